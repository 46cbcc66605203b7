"""One real operation on the GPU, compared with the same on the CPU in float32.

The inputs are rounded to bfloat16 first, so that both sides start from the same numbers. What is
reported is the relative error |gpu - cpu| / |cpu| in the Euclidean norm: about 0.002 to 0.003 for a
result rounded once to bfloat16 (8 bits of mantissa), near 1 for garbage.
"""

import json
import sys
import time

import torch

SEED = 20220728


def main(operation):
    """Run `operation` twice (the first time loads kernels); its relative error and time."""
    torch.manual_seed(SEED)
    inputs, on_gpu, on_cpu = {"matmul": matmul, "sdpa": sdpa, "fft": fft}[operation]()
    expected = on_cpu(*inputs)
    moved = [each.to("cuda") for each in inputs]
    on_gpu(*moved)
    torch.cuda.synchronize()
    started_s = time.perf_counter()
    result = on_gpu(*moved)
    torch.cuda.synchronize()
    elapsed_s = time.perf_counter() - started_s
    result = result.to("cpu", expected.dtype)
    error = torch.linalg.vector_norm(result - expected) / torch.linalg.vector_norm(expected)
    return {"relative_error": float(error), "milliseconds": round(elapsed_s * 1000, 3)}


def matmul():
    """A 2048 x 2048 matrix product."""
    inputs = [torch.randn(2048, 2048).bfloat16() for _ in range(2)]
    return inputs, torch.matmul, lambda a, b: a.float() @ b.float()


def sdpa():
    """Attention over 1024 tokens, 8 heads of 128: the head size of Wan 2.2."""
    attend = torch.nn.functional.scaled_dot_product_attention
    inputs = [torch.randn(1, 8, 1024, 128).bfloat16() for _ in range(3)]
    return inputs, attend, lambda q, k, v: attend(q.float(), k.float(), v.float())


def fft():
    """A complex FFT and a product: run-time compiled on CUDA, missing from some wheels on 12.1."""

    def filtered(signal):
        spectrum = torch.fft.fft(signal)
        return torch.fft.ifft(spectrum * torch.angle(spectrum).cos()).real

    return [torch.randn(64, 1024)], filtered, filtered


sys.stdout.write(
    "\x02breathe-experiment\x03" + json.dumps(main(json.loads(sys.argv[1])["operation"]))
)
