"""Is SageAttention here, and does it compute attention? Compared with sdpa on the same GPU."""

import importlib.util
import json
import sys


def main():
    """Absent: {"installed": False}. Present: its error against sdpa, or the way it dies."""
    if importlib.util.find_spec("sageattention") is None:
        return {"installed": False}
    import sageattention
    import torch

    version = str(getattr(sageattention, "__version__", ""))
    if not torch.cuda.is_available():
        return {"installed": True, "version": version}
    torch.manual_seed(20220728)
    query, key, value = (
        torch.randn(1, 8, 1024, 128, device="cuda", dtype=torch.bfloat16) for _ in range(3)
    )
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value).float()
    result = sageattention.sageattn(query, key, value, tensor_layout="HND").float()
    error = torch.linalg.vector_norm(result - expected) / torch.linalg.vector_norm(expected)
    return {"installed": True, "version": version, "relative_error": float(error)}


sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(main()))
