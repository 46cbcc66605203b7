"""A graph is patched by class and link, never by node number: the same for every workflow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import generator.comfy
from generator.comfy import roles
from generator.comfy.graph import Graph, is_api, is_ui
from generator.comfy.nodes import ServerNodes
from generator.comfy.patch import Patched, Settings, patch
from generator.comfy.roles import models_of
from generator.errors import SceneError
from generator.render.wan.lint import PromptText, lint_clip
from generator.render.wan.prompts import MODEL_NEGATIVE, compose
from tests.comfy_nodes import object_info

NODES = ServerNodes(object_info())
WORKFLOWS = Path(generator.comfy.__file__).parent / "workflows"
SETTINGS = Settings(
    image="hero.png",
    size=(640, 352),
    frames=33,
    fps=24,
    prompts=compose("ambient", prompt="A {red|blue} lamp // at night."),
    seed=7,
    prefix="breathe/ambient-0123456789abcdef",
)


def ours(name: str = "native-i2v") -> Graph:
    return Graph.from_api(json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8")))


def patched(graph: Graph, settings: Settings = SETTINGS) -> Patched:
    return patch(graph, settings, NODES, name="workflow.json")


def changed(graph: Graph, node_id: str, **inputs: Any) -> Graph:
    for name, value in inputs.items():
        graph = graph.with_input(node_id, name, value)
    return graph


@pytest.mark.parametrize("name", ["native-i2v", "native-first-last"])
def test_our_own_workflows_take_every_setting(name: str) -> None:
    """Both stages get the seed, and the prompts arrive to the byte."""
    nodes = patched(ours(name)).graph.nodes
    assert nodes["hero"].inputs["image"] == "hero.png"
    start = nodes["start"].inputs
    assert (start["width"], start["height"], start["length"]) == (640, 352, 33)
    assert nodes["wanted"].inputs["text"] == SETTINGS.prompts.positive
    assert nodes["unwanted"].inputs["text"] == SETTINGS.prompts.negative
    assert nodes["unwanted"].inputs["text"].endswith(MODEL_NEGATIVE)
    assert [nodes[i].inputs["noise_seed"] for i in ("high", "low")] == [7, 7]
    assert nodes["clip"].inputs["fps"] == 24.0
    assert nodes["save"].inputs["filename_prefix"] == SETTINGS.prefix


def test_a_first_last_workflow_ends_where_it_starts() -> None:
    """One still at both ends."""
    start = ours("native-first-last").nodes["start"].inputs
    assert start["start_image"] == start["end_image"] == ["hero", 0]


def test_renumbered_nodes_are_found_all_the_same() -> None:
    """Roles come from classes and links."""
    text = json.dumps(ours().to_api())
    for k, name in enumerate(ours().nodes):
        text = text.replace(f'"{name}"', f'"{900 - k}"')
    nodes = patched(Graph.from_api(json.loads(text))).graph.nodes
    prompts = {n.inputs["text"] for n in nodes.values() if n.class_type == "CLIPTextEncode"}
    assert prompts == {SETTINGS.prompts.positive, SETTINGS.prompts.negative}


def test_swapped_prompts_are_told_apart_by_what_they_lead_to() -> None:
    """Not by their order in the file."""
    graph = changed(ours(), "start", positive=["unwanted", 0], negative=["wanted", 0])
    nodes = patched(graph).graph.nodes
    assert nodes["unwanted"].inputs["text"] == SETTINGS.prompts.positive


def test_the_high_noise_stage_is_the_one_that_starts_from_noise() -> None:
    """Whatever stands first in the file."""
    reversed_file = Graph(dict(reversed(ours().nodes.items())))
    assert [(s.node_id, s.place) for s in roles.samplers(reversed_file)] == [
        ("high", "high"),
        ("low", "low"),
    ]


def test_models_are_matched_by_their_last_part_across_both_separators() -> None:
    """A Windows path finds the flat file, and the server's own spelling is sent."""
    graph = changed(ours(), "vae", vae_name="wan\\2_2\\wan_2.1_vae.safetensors")
    graph = changed(
        graph, "high-model", unet_name="x/wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors"
    )
    models = models_of(patched(graph).graph)
    assert models["vae"] == "wan_2.1_vae.safetensors"
    assert models["high"] == "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors"


def test_a_model_that_is_not_there_is_named_with_the_nearest() -> None:
    """And with the setting that would choose it."""
    graph = changed(ours(), "vae", vae_name="wan_2.2_vae.safetensors")
    with pytest.raises(SceneError) as caught:
        patched(changed(graph, "text-encoder", clip_name="umt5_xxl_fp9.safetensors"))
    message = str(caught.value)
    assert "models that are not on the server: umt5_xxl_fp9.safetensors, wan_2.2_vae" in message
    assert 'models.vae = "wan_2.1_vae.safetensors"' in message
    assert "umt5_xxl_fp9.safetensors, of Text encoder (CLIPLoader" in message


def test_models_by_role_come_from_the_scene() -> None:
    """High and low stay apart; a role that does not exist is refused."""
    low = "Wan2_2-I2V-A14B-LOW_fp8_e4m3fn_scaled_KJ.safetensors"
    models = models_of(patched(ours(), replace(SETTINGS, models={"low": low})).graph)
    assert models["low"] == low and "high_noise" in models["high"]
    with pytest.raises(SceneError, match="did you mean high"):
        patched(ours(), replace(SETTINGS, models={"hihg": low}))


def test_steps_keep_the_share_of_the_two_stages() -> None:
    """20 with a hand-over at 10 becomes 6 with one at 3."""
    nodes = patched(ours(), replace(SETTINGS, steps=6, cfg=2.0, shift=8.0)).graph.nodes
    assert [nodes[i].inputs["steps"] for i in ("high", "low")] == [6, 6]
    assert nodes["high"].inputs["end_at_step"] == nodes["low"].inputs["start_at_step"] == 3
    assert nodes["low"].inputs["end_at_step"] == 10000
    assert nodes["low"].inputs["cfg"] == 2.0 and nodes["low-shift"].inputs["shift"] == 8.0


def test_a_silenced_negative_is_said_to_have_no_place() -> None:
    """ConditioningZeroOut throws the text away; the positive prompt must not get it."""
    api = ours().to_api()
    api["zero"] = {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["wanted", 0]}}
    api["start"]["inputs"]["negative"] = ["zero", 0]
    done = patched(Graph.from_api(api))
    assert done.graph.nodes["wanted"].inputs["text"] == SETTINGS.prompts.positive
    assert any("negative prompt has no place" in note for note in done.notes)


@pytest.mark.parametrize(
    ("node_id", "missing"),
    [
        ("hero", "the still"),
        ("high", "the prompt"),
        ("save", "the clip"),
    ],
)
def test_a_patch_that_finds_no_place_says_so(node_id: str, missing: str) -> None:
    """A render with the wrong picture costs hours; a message costs nothing."""
    api = ours().to_api()
    api[node_id]["class_type"] = "SomethingElse"
    if node_id == "high":
        api["low"]["class_type"] = "SomethingElse"
    with pytest.raises(SceneError, match=f"no place for {missing}"):
        patched(Graph.from_api(api))


def test_a_node_that_makes_the_clip_and_is_not_known_is_named_as_that() -> None:
    """Control and camera workflows want more than a still; nothing is missing in the file."""
    api = ours().to_api()
    api["start"]["class_type"] = "WanFunControlToVideo"
    with pytest.raises(SceneError, match=r"WanFunControlToVideo, node start\) makes: not known"):
        patched(Graph.from_api(api))


def test_two_saved_clips_are_refused_by_name() -> None:
    """Which of them is meant, only the author knows."""
    api = ours().to_api()
    api["second"] = api["save"]
    with pytest.raises(SceneError, match="2 saved clips"):
        patched(Graph.from_api(api))


def test_previews_are_left_out_of_what_is_sent() -> None:
    """They cost time, and an invalid one would go unnoticed."""
    api = ours().to_api()
    api["look"] = {"class_type": "PreviewImage", "inputs": {"images": ["pictures", 0]}}
    done = patched(Graph.from_api(api))
    assert "look" not in done.graph.nodes and "left out" in done.notes[0]


def test_compile_nodes_are_cut_out_and_the_model_goes_straight_through() -> None:
    """ComfyUI's own between loader and sampler, KJNodes' between VAE and decoder."""
    api = ours().to_api()
    api["fast-vae"] = {"class_type": "TorchCompileVAE", "inputs": {"vae": ["vae", 0]}}
    api["pictures"]["inputs"]["vae"] = ["fast-vae", 0]
    api["fast"] = {"class_type": "TorchCompileModel", "inputs": {"model": ["high-model", 0]}}
    api["high-shift"]["inputs"]["model"] = ["fast", 0]
    nodes = patched(Graph.from_api(api)).graph.nodes
    assert "fast" not in nodes and nodes["high-shift"].inputs["model"] == ["high-model", 0]
    assert "fast-vae" not in nodes and nodes["pictures"].inputs["vae"] == ["vae", 0]


def test_what_the_author_asked_for_and_will_not_get_is_a_warning() -> None:
    """Guidance as it will be sent decides, not as the workflow had it; other notes are none."""
    fast = changed(changed(ours(), "high", cfg=1.0), "low", cfg=1.0)
    ignored = "cfg is 1: the negative prompt is ignored at 1"
    assert patched(fast).warnings == (ignored,)
    assert patched(fast, replace(SETTINGS, cfg=3.5)).warnings == ()
    assert patched(ours(), replace(SETTINGS, cfg=1.0)).warnings == (ignored,)
    done = patched(ours(), replace(SETTINGS, models={"vision": "clip.safetensors"}))
    assert done.warnings == ("[wan] models.vision has no place in this workflow",)
    assert set(done.warnings) < set(done.notes)


def linked(*constants: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """Our own workflow with more nodes: id, class and inputs."""
    more = {i: {"class_type": kind, "inputs": inputs} for i, kind, inputs in constants}
    return {**ours().to_api(), **more}


def test_a_constant_that_feeds_two_inputs_is_not_overwritten_by_the_second() -> None:
    """One number for both sides in the workflow: the scene's clip is 640x352 all the same."""
    api = linked(("side", "INTConstant", {"value": 720}))
    api["start"]["inputs"] |= {"width": ["side", 0], "height": ["side", 0]}
    done = patched(Graph.from_api(api))
    start = done.graph.nodes["start"].inputs
    assert (start["width"], start["height"]) == (640, 352)
    assert "side" not in done.graph.nodes
    assert "width: 720 → 640 in From the still (WanImageToVideo, node start)" in done.notes


def test_what_the_workflow_computes_gives_way_to_the_scene() -> None:
    """As today's official template has it: seconds times the rate are its length."""
    api = linked(
        ("s", "PrimitiveFloat", {"value": 5.0}),
        ("fps", "PrimitiveFloat", {"value": 16.0}),
        ("n", "ComfyMathExpression", {"expression": "a * b + 1", "values.a": ["s", 0]}),
    )
    api["n"]["inputs"]["values.b"] = ["fps", 0]
    api["start"]["inputs"]["length"] = ["n", 1]
    api["clip"]["inputs"]["fps"] = ["fps", 0]
    done = patched(Graph.from_api(api))
    assert done.graph.nodes["start"].inputs["length"] == 33
    assert done.graph.nodes["clip"].inputs["fps"] == 24.0
    assert not done.graph.nodes.keys() & {"s", "fps", "n"}
    assert any(note.startswith("frames: computed → 33 in ") for note in done.notes)


def switched(turned: bool) -> Graph:
    """Steps, hand-over and guidance behind switches: 20, 10 and 3.5, or 4, 2 and just over 1."""
    numbers = {"steps": (20, 4), "end": (10, 2), "cfg": (3.5, 1.0000000000000002)}
    api = linked(("turbo", "PrimitiveBoolean", {"value": turned}))
    for name, sides in numbers.items():
        for side, value in zip(("slow", "fast"), sides, strict=True):
            inputs = {"value": value}
            api[f"{name}-{side}"] = {"class_type": "PrimitiveFloat", "inputs": inputs}
        inputs = {"switch": ["turbo", 0], "on_false": [f"{name}-slow", 0]}
        inputs["on_true"] = [f"{name}-fast", 0]
        api[name] = {"class_type": "ComfySwitchNode", "inputs": inputs}
    for stage in ("high", "low"):
        api[stage]["inputs"] |= {"steps": ["steps", 0], "cfg": ["cfg", 0]}
    api["high"]["inputs"]["end_at_step"] = api["low"]["inputs"]["start_at_step"] = ["end", 0]
    return Graph.from_api(api)


def test_a_switch_is_followed_to_the_side_that_is_on() -> None:
    """The share of the stages and the guidance are those that would run."""
    assert roles.guidance(switched(turned=False)) == 3.5
    nodes = patched(switched(turned=False), replace(SETTINGS, steps=8)).graph.nodes
    assert [nodes[i].inputs["steps"] for i in ("high", "low")] == [8, 8]
    assert nodes["high"].inputs["end_at_step"] == nodes["low"].inputs["start_at_step"] == 4
    nodes = patched(switched(turned=True), replace(SETTINGS, steps=8, cfg=2.0)).graph.nodes
    assert nodes["high"].inputs["end_at_step"] == 4 and nodes["low"].inputs["cfg"] == 2.0


def test_a_guidance_that_float32_makes_of_one_is_one() -> None:
    """1.0000000000000002 is what the editor saves."""
    ignored = "cfg is 1: the negative prompt is ignored at 1"
    assert patched(switched(turned=True)).warnings == (ignored,)
    assert patched(switched(turned=False)).warnings == ()
    assert [f.rule for f in lint_clip(PromptText("ambient", "", cfg=1.0000000000000002))] == [
        "cfg-1"
    ]


def test_a_schedule_gives_way_to_a_guidance_of_the_scene() -> None:
    """The wrapper's samplers may take a list of numbers; without a wish it stays."""
    inputs = {"steps": 20, "cfg_scale_start": 3.0, "cfg_scale_end": 1.0}
    api = linked(("plan", "CreateCFGScheduleFloatList", inputs))
    api["high"]["inputs"]["cfg"] = ["plan", 0]
    graph = Graph.from_api(api)
    assert patched(graph).graph.nodes["high"].inputs["cfg"] == ["plan", 0]
    done = patched(graph, replace(SETTINGS, cfg=2.0))
    assert done.graph.nodes["high"].inputs["cfg"] == 2.0 and done.warnings == ()


def test_forms_are_told_apart() -> None:
    """What the editor saves, what the server takes, and neither."""
    assert is_api(ours().to_api()) and not is_ui(ours().to_api())
    assert is_ui({"nodes": [], "links": []}) and not is_api({"nodes": [], "links": []})
    with pytest.raises(SceneError, match="neither"):
        Graph.from_api([1, 2])
    assert Graph.from_api({"prompt": ours().to_api()}).nodes.keys() == ours().nodes.keys()
