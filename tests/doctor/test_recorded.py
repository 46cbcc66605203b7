"""The doctor on what the collector brought back from a real NVIDIA H200, whole and broken there.

recorded/h200.json is one run of the collector on a healthy machine (torch 2.11.0+cu130, driver
580).
recorded/h200_broken.json holds experiments run there in environments broken on purpose; each key is
`how.which`: CUDA_VISIBLE_DEVICES="" (no_device), CUDA_FORCE_PTX_JIT=1 (ptx_jit: kernels that carry
no PTX are then missing, as on a GPU that the wheel was not built for), CC=/bin/false (no_cc), and
the real ptxas of Triton 3.6 asked for a Spark's target (spark). Stand-ins are named as such below.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator.comfy.catalogue import FILES, ModelFile
from generator.doctor.check import Finding
from generator.doctor.collector.runner import not_tried
from generator.doctor.evidence import Evidence, Gpu, load_evidence
from generator.doctor.examination import examine
from generator.doctor.wanted import Wanted

HERE = Path(__file__).with_name("recorded")
HEALTHY: dict[str, Any] = json.loads((HERE / "h200.json").read_text())
BROKEN: dict[str, Any] = json.loads((HERE / "h200_broken.json").read_text())
WANTED = Wanted("", 8188, "~/breathing-room", FILES[:2], (), (1280, 704), 81)


def findings(evidence: Evidence, wanted: Wanted = WANTED) -> dict[str, Finding]:
    """The doctor's findings by name."""
    return {finding.name: finding for finding in examine(evidence, wanted)}


def with_experiments(**changed: Any) -> Evidence:
    """The recorded machine, some experiments replaced."""
    return load_evidence({**HEALTHY, **changed})


def spark(**box: Any) -> Evidence:
    """A stand-in for a GB10, which was not at hand: the H200 under a Spark's names."""
    gpu = {
        "name": "NVIDIA GB10",
        "compute_cap": "12.1",
        "driver_version": "580",
        "memory_total": "[N/A]",
    }
    torch = {**HEALTHY["torch"]["data"], "device": "NVIDIA GB10", "capability": [12, 1]}
    return load_evidence(
        {
            **HEALTHY,
            "box": {**HEALTHY["box"], "machine": "aarch64", "gpus": [gpu], **box},
            "torch": {**HEALTHY["torch"], "data": torch},
        }
    )


def test_a_healthy_h200_passes_every_check_of_gpu_and_compiler() -> None:
    """True reasons: measured errors and times, on the real torch."""
    found = findings(load_evidence(HEALTHY))
    for name in (
        "gpu",
        "nvidia-smi-memory",
        "memory",
        "disk",
        "hf",
        "venv",
        "torch",
        "torch-origin",
        "torch-cuda",
        "matmul",
        "sdpa",
        "fft",
        "torchvision",
        "torchaudio",
        "sageattention",
        "compiler",
        "python-headers",
        "cuda-headers",
        "ptxas",
        "torch-compile",
    ):
        assert found[name].status == "ok", found[name]
    assert found["gb10"].status == "warn"
    assert "not a GB10" in found["gb10"].evidence
    assert found["page-cache"].status == found["swap"].status == "skipped"


@pytest.mark.parametrize(
    ("check", "experiment", "key", "status", "words"),
    [
        ("torch-cuda", "torch", "no_device.torch", "fail", "does not see NVIDIA H200"),
        ("matmul", "matmul", "ptx_jit.matmul", "fail", "CUBLAS_STATUS_INTERNAL_ERROR"),
        ("fft", "fft", "ptx_jit.fft", "fail", "no kernel image is available for execution"),
        ("torch-compile", "compile", "no_cc.compile", "warn", "cuda_utils.c"),
        ("compiler", "headers", "no_cc.headers", "warn", "exit status 1"),
    ],
)
def test_an_h200_broken_on_purpose_fires_the_right_check_and_no_other(
    check: str, experiment: str, key: str, status: str, words: str
) -> None:
    """Every one of these was seen on the machine, in CUDA's own words."""
    before = findings(load_evidence(HEALTHY))
    found = findings(with_experiments(**{experiment: BROKEN[key]}))
    changed = {
        name
        for name, finding in found.items()
        if finding.status != before[name].status and finding.status in ("warn", "fail")
    }
    assert changed == {check}
    assert found[check].status == status
    assert words in found[check].evidence
    assert found[check].fix


def test_the_ptxas_of_triton_3_6_assembles_for_a_spark() -> None:
    """Asked on the H200's machine for sm_121a; older ones do not know it."""
    found = findings(with_experiments(headers=BROKEN["spark.headers"]))["ptxas"]
    assert found.status == "ok"
    assert "ptxas-blackwell assembles for sm_121a" in found.evidence


@pytest.mark.parametrize(
    ("check", "experiment", "data", "status"),
    [
        ("sdpa", "sdpa", {"relative_error": 0.9, "milliseconds": 0.2}, "fail"),
        ("matmul", "matmul", {"relative_error": float("nan"), "milliseconds": 0.2}, "fail"),
        ("torch-compile", "compile", {"relative_error": 0.5, "seconds": 9}, "warn"),
        ("sageattention", "sageattention", {"installed": True, "relative_error": 0.7}, "fail"),
        ("sageattention", "sageattention", {"installed": True, "relative_error": 0.03}, "ok"),
    ],
)
def test_wrong_numbers_are_caught(check: str, experiment: str, data: Any, status: str) -> None:
    """Stand-ins: a kernel that computes garbage without an error was not to be had."""
    changed = {**HEALTHY[experiment], "ok": True, "data": data}
    assert findings(with_experiments(**{experiment: changed}))[check].status == status


def test_a_gb10_is_known_by_its_name_and_judged_by_one_pool() -> None:
    """A stand-in: N/A is explained, memory is the host's, swap is warned about."""
    found = findings(spark())
    assert found["gb10"].status == "ok"
    assert found["nvidia-smi-memory"].status == "ok"
    assert "one pool of 125.9 GiB; look at free -h" in found["nvidia-smi-memory"].evidence
    assert "MemAvailable is 125.4 GiB" in found["memory"].evidence
    assert found["swap"].status == "ok"
    assert findings(spark(swap_total_bytes=16 << 30))["swap"].status == "warn"
    assert findings(spark(memory_free_bytes=1 << 30))["page-cache"].status == "warn"
    assert findings(spark(machine="x86_64"))["gb10"].status == "warn"


def test_memory_that_nvidia_smi_does_not_know_is_odd_elsewhere() -> None:
    """A stand-in: N/A on a card with memory of its own."""
    evidence = load_evidence(HEALTHY)
    gpu = replace(evidence.box.gpus[0], memory_total="[N/A]")
    found = findings(replace(evidence, box=replace(evidence.box, gpus=(gpu,))))
    assert found["nvidia-smi-memory"].status == "warn"
    assert found["memory"].status == "skipped"


def test_a_small_card_is_warned_about() -> None:
    """Memory of its own: one model at a time must fit, the rest may wait in the host's."""
    evidence = load_evidence(HEALTHY)
    gpu = Gpu("NVIDIA RTX", "8.9", "580", "16384")
    found = findings(replace(evidence, box=replace(evidence.box, gpus=(gpu,))))
    assert found["memory"].status == "warn"
    assert "it has 16.0 GiB" in found["memory"].evidence


@pytest.mark.parametrize(
    ("image", "on_spark", "status"),
    [
        ("24.10", True, "fail"),
        ("24.10", False, "warn"),
        ("25.10", True, "ok"),
        ("26.02", True, "ok"),
        ("", True, "skipped"),
    ],
)
def test_an_old_image_is_refused_on_a_spark(image: str, on_spark: bool, status: str) -> None:
    """A stand-in: the image says its version in the environment."""
    evidence = (
        spark(image=image) if on_spark else with_experiments(box={**HEALTHY["box"], "image": image})
    )
    assert findings(evidence)["container"].status == status


def test_sage_on_a_spark_is_warned_about_even_when_it_agrees() -> None:
    """A stand-in for the report of corrupted video without an error."""
    agrees = {**HEALTHY["sageattention"], "data": {"installed": True, "relative_error": 0.01}}
    evidence = replace(spark(), sageattention=with_experiments(sageattention=agrees).sageattention)
    assert findings(evidence)["sageattention"].status == "warn"


def test_what_the_collector_left_out_is_skipped_with_its_reason() -> None:
    """A running render comes first when memory is short."""
    left_out = not_tried("only 3.0 GiB are available")
    names = ("matmul", "sdpa", "fft", "sageattention", "compile")
    found = findings(with_experiments(**dict.fromkeys(names, left_out)))
    for check in ("matmul", "sdpa", "fft", "sageattention", "torch-compile"):
        assert found[check].status == "skipped"
        assert "only 3.0 GiB are available" in found[check].evidence


def test_a_model_of_unknown_size_counts_as_it_weighs_on_the_box() -> None:
    """A custom file is on no record: 14.9 GB lie there, of the other nobody knows."""
    models = (ModelFile("mine.safetensors", "diffusion_models"), ModelFile("gone.pt", "vae"))
    weights = {
        "ok": True,
        "data": {"models": [{"name": "mine.safetensors", "size_bytes": 14_900_000_000}]},
    }
    wanted = replace(WANTED, models=models, size_px=(128, 64), frame_count=9)
    box = spark(memory_available_bytes=100 << 30, memory_total_bytes=119 << 30)
    told = findings(
        replace(box, weights=load_evidence({**HEALTHY, "weights": weights}).weights), wanted
    )
    assert "128x64x9 takes up to 19.5 GiB and what gone.pt weighs" in told["memory"].evidence
