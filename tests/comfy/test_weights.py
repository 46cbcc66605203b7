"""The model files that a workflow names, and the memory that they and its size take."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from generator.comfy.weights import (
    CATALOGUE,
    OVERHEAD_BYTES,
    WORKING_BYTES_PER_TOKEN,
    ModelFile,
    classes_of,
    of_workflow,
    peak_bytes,
    shortage,
    token_count,
)
from generator.doctor.examination import wanted_for
from generator.scene.model import Scene


def shipped(name: str) -> Any:
    """A workflow of our own."""
    return json.loads(files("generator.comfy").joinpath("workflows", name).read_text())


UI = {
    "nodes": [
        {
            "type": "WanVideoModelLoader",
            "widgets_values": ["WanVideo\\2_2\\Wan2_2-I2V-A14B-HIGH_fp8.safetensors", "sdpa"],
        },
        {"type": "WanVideoLoraSelect", "widgets_values": ["Wan\\lightx2v_low.safetensors", 1.0]},
        {"type": "Note", "widgets_values": ["put it beside vae.safetensors"]},
        {"type": "VHS_VideoCombine", "widgets_values": {"frame_rate": 16, "save_output": False}},
        {"type": "WanVideoSetBlockSwap", "widgets_values": None},
        {"type": "CLIPLoader", "mode": 2, "widgets_values": ["muted.safetensors", "wan"]},
        {"type": "LoraLoaderModelOnly", "mode": 4, "widgets_values": ["bypassed.safetensors", 1.0]},
        {"type": "8f0e", "widgets_values": []},
    ],
    "definitions": {
        "subgraphs": [
            {"id": "8f0e", "nodes": [{"type": "VAELoader", "widgets_values": ["v.pt"]}]},
            {"id": "unused", "nodes": [{"type": "VAELoader", "widgets_values": ["w.pt"]}]},
        ]
    },
    "links": [],
}


def test_our_own_workflow_names_four_known_files() -> None:
    """Each with its folder, its size, its place in the repository."""
    found = of_workflow(shipped("native-i2v.json"), {})
    assert {file.folder for file in found} == {"diffusion_models", "text_encoders", "vae"}
    assert set(found) <= set(CATALOGUE)
    assert len(found) == 4
    assert sum(bool(file.sha256) for file in found) == 2


def test_a_scene_s_own_models_replace_by_role() -> None:
    """`[wan] models`: only that role changes."""
    chosen = {"low": "mine\\low.gguf", "vae": "other.safetensors"}
    found = {file.name: file for file in of_workflow(shipped("native-i2v.json"), chosen)}
    assert found["low.gguf"] == ModelFile("low.gguf", "diffusion_models")
    assert "other.safetensors" in found
    assert "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors" in found


def test_a_workflow_of_the_editor_is_read_with_its_subgraphs() -> None:
    """Backslashes, lists and maps of widgets; what does not run is neither model nor class."""
    found = {file.name: file.folder for file in of_workflow(UI, {})}
    assert found == {
        "Wan2_2-I2V-A14B-HIGH_fp8.safetensors": "diffusion_models",
        "lightx2v_low.safetensors": "loras",
        "v.pt": "vae",
    }
    assert classes_of(UI) == (
        "VAELoader",
        "VHS_VideoCombine",
        "WanVideoLoraSelect",
        "WanVideoModelLoader",
        "WanVideoSetBlockSwap",
    )


@pytest.mark.parametrize(
    ("size_px", "frame_count", "tokens"),
    [((1280, 704), 81, 21 * 44 * 80), ((1280, 704), 177, 45 * 44 * 80), ((64, 64), 5, 2 * 4 * 4)],
)
def test_tokens_follow_the_published_strides(
    size_px: tuple[int, int], frame_count: int, tokens: int
) -> None:
    """The first two are the counts that the measurement in docs/spark.md was made at."""
    assert token_count(size_px, frame_count) == tokens


def test_the_need_is_the_sum_that_the_guide_gives() -> None:
    """Weights, working memory, allowance; nothing is counted twice."""
    need = peak_bytes(CATALOGUE[:2], (1280, 704), 81)
    assert need == pytest.approx(28.6e9 + 73920 * WORKING_BYTES_PER_TOKEN + OVERHEAD_BYTES)


def test_the_longest_clip_that_is_rendered_decides() -> None:
    """Frames that do not fit 4n + 1 are rounded as the render will round them."""
    wanted = wanted_for(Scene(), "box", 8188, [shipped("native-i2v.json")])
    assert wanted.frame_count == 177
    assert wanted.size_px == (1280, 704)
    assert "KSamplerAdvanced" in wanted.nodes


def test_a_server_with_too_little_memory_is_told_of() -> None:
    """What is short is said, what is unknown is a lower bound, and silence stays silence."""
    two, size = CATALOGUE[:2], (1280, 704)
    assert shortage(two, size, 81, 24.0).startswith("may take 45 GiB, and the server has 24 free")
    mine = (*two, ModelFile("mine.safetensors", "loras"))
    assert shortage(mine, size, 81, 24.0).startswith("takes at least 45 GiB")
    assert shortage(two, size, 81, 100.0) == shortage(two, size, 81, 0.0) == ""
