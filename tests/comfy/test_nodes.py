"""What a server would let pass is named before hours are spent on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import generator.comfy
from generator.comfy.cli import Address, ComfyCli, RejectedError
from generator.comfy.graph import Graph
from generator.comfy.nodes import (
    ServerNodes,
    check_nodes,
    check_values,
    in_server_form,
    without_blanks,
)
from generator.errors import ComfyError, SceneError
from tests.comfy_nodes import object_info

NODES = ServerNodes(object_info())


def test_all_that_is_missing_is_told_in_one_go() -> None:
    """Nodes with their packs, and models with what is near, where anything is."""
    loader = {"class_type": "VAELoader", "inputs": {"vae_name": "wan_2.1_vae_fp16.safetensors"}}
    other = {"class_type": "CLIPLoader", "inputs": {"clip_name": "qwen.safetensors"}}
    missing = {name: {"class_type": name} for name in ("VHS_Missing", "VaeLoader", "Novel")}
    graph = Graph.from_api({**missing, "1": loader, "2": other})
    with pytest.raises(ComfyError) as caught:
        check_nodes(graph, NODES, host="box", wanted={"text": "none_like_it.gguf"})
    message = str(caught.value)
    assert "no node Novel, VHS_Missing, VaeLoader, and no model wan_2.1_vae_fp16" in message
    assert "VHS_Missing: it comes with ComfyUI-VideoHelperSuite" in message
    assert "VaeLoader: the server has VAELoader" in message
    assert "Novel: nobody here knows it" in message
    assert 'to use one: [wan] models.vae = "wan_2.1_vae.safetensors"' in message
    assert "none_like_it.gguf, of CLIPLoader (node 2): the server has none like it" in message


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("codec", "av9", "codec is 'av9', not one of auto, h264"),
        ("video", ["nobody", 0], "linked to node nobody"),
        ("filename_prefix", None, "filename_prefix is missing"),
    ],
)
def test_faults_of_a_saving_node(name: str, value: Any, fault: str) -> None:
    """The codec is one of the choices that the server itself does not check."""
    workflow = Path(generator.comfy.__file__).parent / "workflows/native-i2v.json"
    graph = Graph.from_api(json.loads(workflow.read_text(encoding="utf-8")))
    check_values(graph, NODES, name="w")
    broken = graph.without_input("save", name)
    if value is not None:
        broken = graph.with_input("save", name, value)
    with pytest.raises(SceneError) as caught:
        check_values(broken, NODES, name="w")
    assert fault in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("length", 0), ("width", "wide"), ("width", 99999)])
def test_numbers_out_of_their_range(name: str, value: Any) -> None:
    """Positional widgets of another age land in the wrong place: this is how it shows."""
    workflow = Path(generator.comfy.__file__).parent / "workflows/native-i2v.json"
    graph = Graph.from_api(json.loads(workflow.read_text(encoding="utf-8")))
    with pytest.raises(SceneError, match="of the same age"):
        check_values(graph.with_input("start", name, value), NODES, name="w")


def test_a_blank_that_landed_on_a_newer_input_means_nothing() -> None:
    """As the real wrapper's example has it: an empty text where a switch has been added since."""
    inputs = {"images": ["1", 0], "frame_rate": 16.0, "loop_count": "", "save_output": True}
    sampler = {"seed": 1, "scheduler": "", "add_noise_to_samples": "", "rope_function": ""}
    graph = Graph.from_api(
        {
            "1": {"class_type": "WanVideoSampler", "inputs": sampler},
            "2": {"class_type": "VHS_VideoCombine", "inputs": inputs},
        }
    )
    cured, notes = without_blanks(graph, NODES)
    assert dict(cured.nodes["1"].inputs) == {"seed": 1, "scheduler": ""}
    assert cured.nodes["2"] == graph.nodes["2"]
    assert len(notes) == 2 and "add_noise_to_samples of WanVideoSampler (node 1)" in notes[1]
    with pytest.raises(SceneError, match="is ''"):
        check_values(cured, NODES, name="w")


def test_a_choice_that_may_be_blank_stays() -> None:
    """Where the node itself offers the empty choice, or the input is text."""
    nodes = ServerNodes(
        {"X": {"input": {"optional": {"mode": [["", "on"]], "words": ["STRING"], "n": ["INT"]}}}}
    )
    graph = Graph.from_api({"1": {"class_type": "X", "inputs": {"mode": "", "words": "", "n": ""}}})
    assert dict(without_blanks(graph, nodes)[0].nodes["1"].inputs) == {"mode": "", "words": ""}


RECORDED = Path(__file__).parents[1] / "fixtures/comfy/nodes_0.33.json"
NEWER = json.loads(RECORDED.read_text())
"""The nodes of a real 0.33.0 (record_nodes.py), where the container brings its codecs along."""


def ours(name: str) -> Graph:
    workflow = Path(generator.comfy.__file__).parent / f"workflows/{name}.json"
    return Graph.from_api(json.loads(workflow.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["native-i2v", "native-first-last"])
def test_our_own_workflows_fit_a_server_whose_choices_bring_inputs_along(
    name: str, tmp_path: Path
) -> None:
    """In the spelling that comfy-cli's own check asks for, which judges before anything is sent."""
    nodes = ServerNodes(NEWER)
    graph, notes = in_server_form(ours(name), nodes)
    assert graph.nodes["save"].inputs["format.codec"] == "h264"
    assert "codec" not in graph.nodes["save"].inputs
    assert notes == ("codec of Save (SaveVideo, node save) is format.codec on this server",)
    check_values(graph, nodes, name="w")
    (tmp_path / "graph.json").write_text(json.dumps(graph.to_api()))
    cli = ComfyCli.find(tmp_path / "home", Address("127.0.0.1", 1))
    cli.validate(tmp_path / "graph.json", RECORDED)
    (tmp_path / "graph.json").write_text(json.dumps(ours(name).to_api()))
    with pytest.raises(RejectedError, match=r"node save \(format\.codec\): required dynamic-combo"):
        cli.validate(tmp_path / "graph.json", RECORDED)


def test_an_export_of_a_newer_server_fits_an_older_one() -> None:
    """There the codec is an input like any other."""
    newer = ours("native-i2v").without_input("save", "codec")
    newer = newer.with_input("save", "format.codec", "h264")
    graph, _ = in_server_form(newer, NODES)
    assert graph == ours("native-i2v")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"format": "mp4"}, "format.codec is missing"),
        ({"format": "mp4", "format.codec": "av9"}, "format.codec is 'av9', not one of auto, h264"),
        ({"format": "avi"}, "format is 'avi', not one of auto, mp4"),
        (
            {
                "format": "mp4",
                "format.codec": "h264",
                "format.codec.encoding": "re-encode",
                "format.codec.encoding.crf": 99.0,
                "format.codec.encoding.color_space": "auto",
            },
            "format.codec.encoding.crf is 99.0, over 51",
        ),
    ],
)
def test_inputs_that_a_choice_brings_along_are_checked(values: dict[str, Any], fault: str) -> None:
    """As deep as they go."""
    api = ours("native-i2v").to_api()
    api["save"]["inputs"] = {"video": ["clip", 0], "filename_prefix": "x", **values}
    with pytest.raises(SceneError) as caught:
        check_values(Graph.from_api(api), ServerNodes(NEWER), name="w")
    assert fault in str(caught.value)


def test_an_input_that_grows_is_not_missed_under_its_own_name() -> None:
    """`values.a` and `values.b` are what the editor makes of `values`."""
    inputs = {"expression": "a * b", "values.a": ["1", 0], "values.b": 16}
    graph = Graph.from_api(
        {
            "1": {"class_type": "PrimitiveFloat", "inputs": {"value": 5.0}},
            "2": {"class_type": "ComfyMathExpression", "inputs": inputs},
        }
    )
    check_values(graph, ServerNodes(NEWER), name="w")
    assert in_server_form(graph, ServerNodes(NEWER)) == (graph, ())
