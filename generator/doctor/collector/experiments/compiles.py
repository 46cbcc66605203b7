"""Does torch.compile really compile, and is the answer right? On the GPU, with an empty cache."""

import json
import sys
import tempfile
import time

import torch


def blend(a, b):
    """Element-wise work that Inductor fuses into one Triton kernel."""
    return torch.nn.functional.silu(a) * b + torch.sin(a)


def main():
    """Compile, run, compare."""
    if not torch.cuda.is_available():
        raise RuntimeError("torch sees no GPU")
    torch.manual_seed(20220728)
    a, b = (torch.randn(1 << 16, device="cuda") for _ in range(2))
    started_s = time.perf_counter()
    result = torch.compile(blend)(a, b)
    torch.cuda.synchronize()
    elapsed_s = time.perf_counter() - started_s
    expected = blend(a.cpu(), b.cpu())
    error = torch.linalg.vector_norm(result.cpu() - expected) / torch.linalg.vector_norm(expected)
    return {"relative_error": float(error), "seconds": round(elapsed_s, 2)}


if __name__ == "__main__":
    import os

    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        os.environ["TRITON_CACHE_DIR"] = cache
        answer = main()
    sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(answer))
