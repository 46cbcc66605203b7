"""The one table: what it says is what a server says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from generator.comfy import catalogue
from generator.comfy.catalogue import is_editor_only, pack_of, version_number
from generator.comfy.nodes import ServerNodes
from tests.comfy_nodes import object_info


@pytest.mark.parametrize(
    ("class_type", "pack"),
    [
        ("WanVideoSampler", "ComfyUI-WanVideoWrapper"),
        ("LoadWanVideoT5TextEncoder", "ComfyUI-WanVideoWrapper"),
        ("WanVideoNAG", "ComfyUI-KJNodes"),
        ("WanVideoMemoryEfficientSageAttentionPatch", "ComfyUI-KJNodes"),
        ("WanVideoTorchCompileSettings", "ComfyUI-WanVideoWrapper"),
        ("TorchCompileModelWanVideoV2", "ComfyUI-KJNodes"),
        ("ImageResizeKJv2", "ComfyUI-KJNodes"),
        ("VHS_VideoCombine", "ComfyUI-VideoHelperSuite"),
        ("UnetLoaderGGUFAdvanced", "ComfyUI-GGUF"),
        ("WanMoeKSamplerAdvanced", "ComfyUI-WanMoeKSampler"),
        ("Power Lora Loader (rgthree)", "rgthree-comfy"),
        ("RIFE VFI", "ComfyUI-Frame-Interpolation"),
        ("WanImageToVideo", ""),
        ("TorchCompileModel", ""),
    ],
)
def test_a_node_comes_with_one_pack(class_type: str, pack: str) -> None:
    """As `python_module` of a server with all of them says."""
    assert pack_of(class_type) == pack


@pytest.mark.parametrize(
    ("class_type", "only"),
    [
        ("MarkdownNote", True),
        ("Fast Groups Muter (rgthree)", True),
        ("Mute / Bypass Repeater (rgthree)", True),
        ("Power Lora Loader (rgthree)", False),
        ("PreviewImage", False),
    ],
)
def test_nodes_of_the_editor_alone(class_type: str, only: bool) -> None:
    """They never reach the server, and nobody asks it for them."""
    assert is_editor_only(class_type) is only


def test_every_input_of_the_table_is_one_that_the_server_declares() -> None:
    """Held against the nodes of the test server, for those that it has."""
    nodes = ServerNodes(object_info())
    known = [name for name in catalogue.NODES if name in nodes]
    assert len(known) > 15
    for name in known:
        row, declared = catalogue.NODES[name], nodes.inputs(name)
        parts = {row.seed, row.prefix, row.fps, row.length, row.shift, row.compiles, ""}
        parts |= set(row.texts or ()) | set(row.loader.inputs if row.loader else ())
        if sampler := row.sampler:
            parts |= {sampler.seed, sampler.steps, sampler.shift, sampler.start, sampler.end}
            parts |= {sampler.positive, sampler.negative, *sampler.cfg}
            parts |= {model for model, _ in sampler.models}
        assert parts - {""} <= set(declared), name


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0.3.64", (0, 3, 64)),
        ("v0.28.0-3-gabc", (0, 28, 0)),
        ("1.0", (1, 0, 0)),
        ("", None),
        ("nightly", None),
    ],
)
def test_versions_are_read_in_one_way(said: str, number: tuple[int, int, int] | None) -> None:
    """The render and the doctor compare the same numbers."""
    assert version_number(said) == number


def test_the_extra_asks_for_the_client_that_we_expect() -> None:
    """One lowest version of comfy-cli."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    (wanted,) = project["project"]["optional-dependencies"]["wan"]
    assert wanted == f"comfy-cli>={catalogue.OLDEST_CLI},<2"


def test_a_pack_that_the_editor_noted_is_told_in_our_own_spelling() -> None:
    """The registry writes what the repositories do not."""
    assert pack_of("NovelKJNode", "comfyui-kjnodes") == "ComfyUI-KJNodes"
    assert pack_of("Novel", "a-novel-pack") == "a-novel-pack"
