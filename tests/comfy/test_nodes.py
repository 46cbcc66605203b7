"""What a server would let pass is named before hours are spent on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import generator.comfy
from generator.comfy.graph import Graph
from generator.comfy.nodes import ServerNodes, check_nodes, check_values, without_blanks
from generator.errors import ComfyError, SceneError
from tests.comfy_nodes import object_info

NODES = ServerNodes(object_info())


def test_missing_classes_are_all_named_with_their_pack() -> None:
    """One message, not one a try."""
    graph = Graph.from_api(
        {"1": {"class_type": "VHS_Missing", "inputs": {}}, "2": {"class_type": "VaeLoader"}}
    )
    with pytest.raises(ComfyError) as caught:
        check_nodes(graph, NODES, host="box")
    message = str(caught.value)
    assert "ComfyUI-VideoHelperSuite" in message and "the server has VAELoader" in message


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
