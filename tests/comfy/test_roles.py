"""Which node plays which part, and which model file is whose: by links, never by a name."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from generator.comfy.catalogue import FILES, LOADERS, ModelFile
from generator.comfy.editor import read_graph, sketch
from generator.comfy.graph import Graph
from generator.comfy.patch import Settings, patch
from generator.comfy.roles import model_role, models_of, needed_files
from generator.doctor.setup import render
from generator.doctor.wanted import wanted_for
from generator.render.wan.prompts import compose
from generator.scene.model import Scene, Wan

FIXTURE = Path(__file__).parents[1] / "fixtures/comfy/wrapper_ui.json"


def ours(name: str = "native-i2v") -> Graph:
    """A workflow of our own."""
    text = files("generator.comfy").joinpath("workflows", f"{name}.json").read_text()
    return Graph.from_api(json.loads(text))


def named(graph: Graph, high: str, low: str) -> Graph:
    """Our own workflow with other files at its two stages."""
    graph = graph.with_input("high-model", "unet_name", high)
    return graph.with_input("low-model", "unet_name", low)


def editor_form(high: str, low: str) -> Any:
    """The wrapper's workflow as the editor saves it, with other files at its two stages."""
    saved = json.loads(FIXTURE.read_text())
    for node in saved["nodes"]:
        if node["id"] in (3, 4):
            node["widgets_values"][0] = high if node["id"] == 3 else low
    return saved


def test_our_own_workflow_names_four_known_files() -> None:
    """Each with its folder, its size, its place in the repository."""
    found = needed_files(ours(), {})
    assert {file.folder for file in found} == {"diffusion_models", "text_encoders", "vae"}
    assert set(found) <= set(FILES)
    assert len(found) == 4
    assert sum(bool(file.sha256) for file in found) == 2


def test_a_scene_s_own_models_replace_by_role() -> None:
    """`[wan] models`: only that role changes."""
    chosen = {"low": "mine\\low.gguf", "vae": "other.safetensors"}
    found = {file.name: file for file in needed_files(ours(), chosen)}
    assert found["low.gguf"] == ModelFile("low.gguf", "diffusion_models")
    assert "other.safetensors" in found
    assert "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors" in found


NAMES = [
    ("a_noise14B.safetensors", "b_noise14B.safetensors"),
    ("wan_high_noise_flowmatch.safetensors", "wan_yellow_high.safetensors"),
    ("wan_low.safetensors", "wan_high.safetensors"),
]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("form", ["api", "editor"])
def test_high_and_low_are_told_by_links_for_render_doctor_and_setup(
    names: tuple[str, str], form: str
) -> None:
    """All three want both files of the scene, whatever the workflow's own are called."""
    raw = named(ours(), *names).to_api() if form == "api" else editor_form(*names)
    graph = read_graph(raw)
    own = models_of(graph)
    assert (own["high"], own["low"]) == names
    wan = Wan(models={"high": "H.safetensors", "low": "L.safetensors"})
    wanted = wanted_for(Scene(wan=wan), "box", 8188, [graph])
    assert {"H.safetensors", "L.safetensors"} < {file.name for file in wanted.models}
    assert not set(names) & {file.name for file in wanted.models}
    settings = render(wan, wanted.models)["settings.sh"]
    assert "diffusion_models H.safetensors" in settings
    assert "diffusion_models L.safetensors" in settings
    if form == "api":
        asked = Settings("hero.png", (64, 64), 9, 16, compose("ambient"), 1, "x", models=wan.models)
        sent = models_of(patch(graph, asked, None, name="w").graph)
        assert (sent["high"], sent["low"]) == ("H.safetensors", "L.safetensors")


def test_one_sampler_that_runs_both_models_tells_them_apart() -> None:
    """It changes the model at a boundary by itself: which input a loader leads to decides."""
    loader = {"class_type": "UNETLoader", "inputs": {"unet_name": "x.safetensors"}}
    inputs = {"model_high_noise": ["1", 0], "model_low_noise": ["2", 0]}
    sampler = {"class_type": "WanMoeKSampler", "inputs": inputs}
    graph = Graph.from_api({"1": loader, "2": loader, "3": sampler})
    assert [model_role(graph, i) for i in ("1", "2")] == ["high", "low"]


def test_the_lora_of_a_stage_is_told_by_what_it_leads_to() -> None:
    """The wrapper's are picked at one node and applied at another."""
    graph = sketch(json.loads(FIXTURE.read_text()))
    assert [model_role(graph, i) for i in ("5", "6")] == ["lora_high", "lora_low"]


def test_a_lora_that_changes_the_text_encoder_too_is_a_lora() -> None:
    """`LoraLoader` was known to the doctor and not to the render."""
    graph = ours()
    lora = {"model": ["low-model", 0], "clip": ["text-encoder", 0], "lora_name": "x.safetensors"}
    api = {**graph.to_api(), "lora": {"class_type": "LoraLoader", "inputs": lora}}
    api["low-shift"]["inputs"]["model"] = ["lora", 0]
    assert models_of(Graph.from_api(api))["lora_low"] == "x.safetensors"


def test_what_a_loader_that_we_do_not_know_names_is_wanted_too() -> None:
    """Save that of interpolators, whose pack fetches it."""
    api = ours().to_api()
    api["odd"] = {"class_type": "OddLoader", "inputs": {"file": "odd.gguf"}}
    api["high-shift"]["inputs"]["model"] = ["odd", 0]
    between = {"frames": ["pictures", 0], "ckpt_name": "rife49.pth"}
    api["between"] = {"class_type": "RIFE VFI", "inputs": between}
    api["clip"]["inputs"]["images"] = ["between", 0]
    names = {file.name for file in needed_files(Graph.from_api(api), {})}
    assert "odd.gguf" in names and "rife49.pth" not in names


def test_what_the_clip_does_not_need_is_not_wanted() -> None:
    """A second branch that nobody saves costs no download."""
    api = ours().to_api()
    api["beside"] = {"class_type": "VAELoader", "inputs": {"vae_name": "beside.safetensors"}}
    assert "beside.safetensors" not in {f.name for f in needed_files(Graph.from_api(api), {})}
    scene = replace(Scene(), wan=Wan(models={"vae": "v.safetensors"}))
    wanted = wanted_for(scene, "box", 8188, [Graph.from_api(api)])
    assert "v.safetensors" in {file.name for file in wanted.models}


def test_several_places_of_one_loader_are_all_files() -> None:
    """An empty place is none; `[wan] models` replaces the first."""
    assert len(LOADERS["WanVideoLoraSelectMulti"].inputs) == 5
    loras = {"lora_0": "a.safetensors", "lora_1": "b.safetensors", "lora_2": "none"}
    api = {"1": {"class_type": "WanVideoLoraSelectMulti", "inputs": loras}}
    found = needed_files(Graph.from_api(api), {"lora_high": "mine.safetensors"})
    assert [file.name for file in found] == ["mine.safetensors", "b.safetensors"]
    assert {file.folder for file in found} == {"loras"}


def test_the_longest_clip_that_is_rendered_decides() -> None:
    """Frames that do not fit 4n + 1 are rounded as the render will round them."""
    wanted = wanted_for(Scene(), "box", 8188, [ours()])
    assert wanted.frame_count == 177
    assert wanted.size_px == (1280, 704)
    assert "KSamplerAdvanced" in wanted.nodes
