"""What `POST /prompt` refuses, in ComfyUI's words, for the test server."""

from __future__ import annotations

from typing import Any


def validate(
    graph: dict[str, Any], nodes: dict[str, Any], images: set[str]
) -> dict[str, Any] | None:
    """The body of a 400, or None for a graph that runs. `images`: what was uploaded."""
    for node_id, node in graph.items():
        kind = node.get("class_type")
        if kind not in nodes:
            words = f"Cannot execute because node {kind} does not exist."
            return _refusal("invalid_prompt", words, f"Node ID '#{node_id}'")
    if not any(nodes[n["class_type"]]["output_node"] for n in graph.values()):
        return _refusal("prompt_no_outputs", "Prompt has no outputs")
    errors = {i: e for i, n in graph.items() if (e := _node_errors(n, nodes, images))}
    if not errors:
        return None
    records = {
        i: {"errors": e, "dependent_outputs": [], "class_type": graph[i]["class_type"]}
        for i, e in errors.items()
    }
    words = "Prompt outputs failed validation"
    return {**_refusal("prompt_outputs_failed_validation", words), "node_errors": records}


def _node_errors(
    node: dict[str, Any], nodes: dict[str, Any], images: set[str]
) -> list[dict[str, Any]]:
    errors = []
    for name, spec in nodes[node["class_type"]]["input"]["required"].items():
        value = node["inputs"].get(name)
        if name not in node["inputs"]:
            errors.append(_error("required_input_missing", "Required input is missing", name))
        elif node["class_type"] == "LoadImage":
            if value not in images:
                words = f"image - Invalid image file: {value}"
                failed = "Custom validation failed for node"
                errors.append(_error("custom_validation_failed", failed, words))
        elif isinstance(spec[0], list) and value not in spec[0]:
            words = f"{name}: '{value}' not in {spec[0]}"
            errors.append(_error("value_not_in_list", "Value not in list", words))
        elif spec[0] == "INT" and isinstance(value, int) and value < spec[1].get("min", value):
            words = f"Value {value} smaller than min of {spec[1]['min']}"
            errors.append(_error("value_smaller_than_min", words, name))
    return errors


def _error(kind: str, message: str, details: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def _refusal(kind: str, message: str, details: str = "") -> dict[str, Any]:
    return {"error": _error(kind, message, details), "node_errors": {}}
