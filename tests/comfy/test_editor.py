"""A workflow as the editor saves it: what runs of it, how it is linked, and what must survive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.comfy.cli import Address, ComfyCli
from generator.comfy.editor import check_conversion, convert, read_graph, sketch
from generator.comfy.graph import Graph, is_link
from generator.errors import SceneError
from tests.comfy_nodes import object_info

FIXTURE = Path(__file__).parents[1] / "fixtures/comfy/wrapper_ui.json"


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The fixture through comfy-cli's own converter, in a process of its own."""
    cli = ComfyCli.find(tmp_path_factory.mktemp("home"), Address("127.0.0.1", 1))
    return convert(ui(), object_info(), cli, name="w").to_api()


def ui() -> dict[str, Any]:
    saved: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return saved


def test_a_whole_conversion_passes(converted: dict[str, Any]) -> None:
    """Notes, reroutes and muted nodes are rightly gone."""
    check_conversion(ui(), Graph.from_api(converted), name="w")


def test_a_dropped_node_is_named(converted: dict[str, Any]) -> None:
    """The converter only logs it."""
    converted = {i: n for i, n in converted.items() if n["class_type"] != "WanVideoDecode"}
    with pytest.raises(SceneError, match="dropped WanVideoDecode"):
        check_conversion(ui(), Graph.from_api(converted), name="w")


def test_a_lost_link_is_named(converted: dict[str, Any]) -> None:
    """As happens to links that a newer editor saves as objects."""
    inputs = {k: v for k, v in converted["20"]["inputs"].items() if k != "samples"}
    converted = {**converted, "20": {**converted["20"], "inputs": inputs}}
    with pytest.raises(SceneError, match="link to samples of WanVideoDecode"):
        check_conversion(ui(), Graph.from_api(converted), name="w")


def links(graph: Graph) -> dict[str, dict[str, list[Any]]]:
    """Every link of a graph, by node and input."""
    return {
        node_id: {name: [str(v[0]), v[1]] for name, v in node.inputs.items() if is_link(v)}
        for node_id, node in graph.nodes.items()
    }


def test_the_sketch_is_what_the_converter_makes(converted: dict[str, Any]) -> None:
    """The same nodes under the same ids, linked in the same way, without a server to ask."""
    graph = Graph.from_api(converted)
    drawn = sketch(ui())
    assert {i: n.class_type for i, n in drawn.nodes.items()} == {
        i: n.class_type for i, n in graph.nodes.items()
    }
    assert links(drawn) == links(graph)


def node(node_id: int, kind: str, *slots: tuple[str, int | None], **more: Any) -> dict[str, Any]:
    """A node as the editor saves it; `slots`: its inputs with the links that they hold."""
    inputs = [{"name": name, "type": "MODEL", "link": link} for name, link in slots]
    outputs = [{"name": "MODEL", "type": "MODEL"}]
    return {"id": node_id, "type": kind, "inputs": inputs, "outputs": outputs, **more}


WITHIN = {
    "id": "8f0e",
    "inputs": [{"name": "model"}],
    "outputs": [{"name": "MODEL", "linkIds": [2]}],
    "nodes": [
        node(98, "LoraLoaderModelOnly", ("model", 1), widgets_values=["l.safetensors", 1.0]),
        node(97, "Fast Groups Bypasser (rgthree)"),
    ],
    "links": [
        {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 98, "target_slot": 0},
        {"id": 2, "origin_id": 98, "origin_slot": 0, "target_id": -20, "target_slot": 0},
    ],
}
SAVED = {
    "nodes": [
        node(1, "UNETLoader", widgets_values=["a\\b.safetensors", "default"]),
        node(2, "SetNode", ("MODEL", 1), widgets_values=["m"]),
        node(3, "GetNode", widgets_values=["m"]),
        node(4, "Reroute", ("", 2)),
        node(5, "8f0e", ("model", 3)),
        node(6, "ModelSamplingSD3", ("model", 4), mode=4, widgets_values=[5.0]),
        node(7, "KSampler", ("model", 5), ("latent_image", 6)),
        node(8, "EmptyLatentImage", mode=2),
        node(9, "MarkdownNote", widgets_values=["not vae.safetensors"]),
        node(10, "CLIPLoader", mode=2, widgets_values=["muted.safetensors", "wan"]),
    ],
    "links": [
        [1, 1, 0, 2, 0, "MODEL"],
        [2, 3, 0, 4, 0, "MODEL"],
        [3, 4, 0, 5, 0, "MODEL"],
        [4, 5, 0, 6, 0, "MODEL"],
        [5, 6, 0, 7, 0, "MODEL"],
        [6, 8, 0, 7, 1, "LATENT"],
    ],
    "definitions": {"subgraphs": [WITHIN, {**WITHIN, "id": "unused"}]},
}


def test_links_go_through_what_does_not_run() -> None:
    """Set and Get, a reroute, a subgraph's edge and a bypassed node; a muted one gives nothing."""
    drawn = sketch(SAVED)
    assert {i: n.class_type for i, n in drawn.nodes.items()} == {
        "1": "UNETLoader",
        "5:98": "LoraLoaderModelOnly",
        "7": "KSampler",
    }
    assert links(drawn) == {"1": {}, "5:98": {"model": ["1", 0]}, "7": {"model": ["5:98", 0]}}
    assert drawn.nodes["1"].inputs["unet_name"] == "a\\b.safetensors"
    assert drawn.nodes["5:98"].inputs["lora_name"] == "l.safetensors"


def test_a_subgraph_that_holds_itself_ends() -> None:
    """No file may hang us."""
    endless = {**WITHIN, "nodes": [node(98, "8f0e", ("model", 1))]}
    assert not sketch({**SAVED, "definitions": {"subgraphs": [endless]}}).nodes.keys() & {"5:98"}


def test_either_form_is_read_and_nothing_else() -> None:
    """By its shape, not by its name."""
    assert read_graph({"1": {"class_type": "X"}}).nodes["1"].class_type == "X"
    assert read_graph(SAVED).nodes.keys() == {"1", "5:98", "7"}
    with pytest.raises(SceneError, match="neither"):
        read_graph([])


def test_nodes_that_the_clip_does_not_need_may_be_dropped(converted: dict[str, Any]) -> None:
    """A preview beside it, and what the editor alone knows."""
    assert converted["21"]["class_type"] == "PreviewImage"
    saved = ui()
    saved["nodes"] += [node(90, "Fast Groups Muter (rgthree)"), node(91, "Novel", ("x", None))]
    whole = {i: n for i, n in converted.items() if i != "21"}
    check_conversion(saved, Graph.from_api(whole), name="w")


def test_a_reroute_of_the_editor_that_the_converter_does_not_know_is_cut_through() -> None:
    """As it would reach no server."""
    saved = {
        **SAVED,
        "nodes": [
            node(1, "UNETLoader", widgets_values=["a.safetensors", "default"]),
            node(4, "Reroute (rgthree)", ("", 2)),
            node(7, "KSampler", ("model", 5), properties={"cnr_id": "comfy-core"}),
            node(8, "Odd", properties={"aux_id": "somebody/ComfyUI-Odd"}),
        ],
        "links": [[2, 1, 0, 4, 0, "MODEL"], [5, 4, 0, 7, 0, "MODEL"]],
    }
    made = Graph.from_api(
        {
            "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "a.safetensors"}},
            "4": {"class_type": "Reroute (rgthree)", "inputs": {"": ["1", 0]}},
            "7": {"class_type": "KSampler", "inputs": {"model": ["4", 0]}},
            "8": {"class_type": "Odd", "inputs": {}},
        }
    )
    graph = check_conversion(saved, made, name="w")
    assert graph.nodes["7"].inputs["model"] == ["1", 0] and "4" not in graph.nodes
    assert [graph.nodes[i].pack for i in ("1", "7", "8")] == ["", "", "ComfyUI-Odd"]
