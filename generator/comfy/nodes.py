"""What a ComfyUI server can do: its node classes, as `/object_info` tells them.

    nodes = ServerNodes(object_info)
    nodes.options("VAELoader", "vae_name")    # → ("wan_2.1_vae.safetensors",)

Both spellings of a choice are read: `[["a", "b"], {}]` and `["COMBO", {"options": ["a", "b"]}]`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PACKS = {
    "WanVideoNAG": "ComfyUI-KJNodes",
    "WanVideoTeaCacheKJ": "ComfyUI-KJNodes",
    "WanVideoEnhanceAVideoKJ": "ComfyUI-KJNodes",
    "WanVideo": "ComfyUI-WanVideoWrapper",
    "LoadWanVideo": "ComfyUI-WanVideoWrapper",
    "CreateCFGSchedule": "ComfyUI-WanVideoWrapper",
    "VHS_": "ComfyUI-VideoHelperSuite",
    "ImageResizeKJ": "ComfyUI-KJNodes",
    "INTConstant": "ComfyUI-KJNodes",
    "FloatConstant": "ComfyUI-KJNodes",
    "GetImageSizeAndCount": "ComfyUI-KJNodes",
    "PathchSageAttentionKJ": "ComfyUI-KJNodes",
    "TorchCompileModelWanVideo": "ComfyUI-KJNodes",
}
"""Where the custom nodes of the known Wan workflows come from, by the start of their class.

The first that fits counts. Held against the /object_info of a server that has all three."""


def pack_of(class_type: str) -> str:
    """The pack of custom nodes that brings a class, as far as is known; "" for ComfyUI's own."""
    return next((pack for start, pack in PACKS.items() if class_type.startswith(start)), "")


@dataclass(frozen=True)
class InputSpec:
    """One input of a node class. `type`: INT, FLOAT, STRING, BOOLEAN, COMBO or a link's type."""

    type: str
    options: tuple[str, ...]
    required: bool
    minimum: float | None
    maximum: float | None


class ServerNodes:
    """The node classes of one server."""

    def __init__(self, object_info: Mapping[str, Any]) -> None:
        """`object_info`: the server's own JSON, class → description."""
        self._raw = object_info

    def __contains__(self, class_type: str) -> bool:
        return bool(self._raw.get(class_type))

    def inputs(self, class_type: str) -> dict[str, InputSpec]:
        """The declared inputs of a class, by name; empty for a class that is not there."""
        declared = self._raw.get(class_type, {}).get("input", {})
        return {
            name: _spec(raw, required=kind == "required")
            for kind in ("required", "optional")
            for name, raw in (declared.get(kind) or {}).items()
        }

    def options(self, class_type: str, name: str) -> tuple[str, ...]:
        """What may be chosen for an input; empty where it is not a choice."""
        spec = self.inputs(class_type).get(name)
        return spec.options if spec else ()

    def is_output(self, class_type: str) -> bool:
        """Whether a node of this class ends a graph (saves or shows something)."""
        return bool(self._raw.get(class_type, {}).get("output_node"))

    def near(self, class_type: str) -> str:
        """Words that help with a class that is missing: its pack, or the nearest name there is."""
        if pack := pack_of(class_type):
            return f"it comes with {pack}"
        near = difflib.get_close_matches(class_type, list(self._raw), n=1, cutoff=0.6)
        return f"the server has {near[0]}" if near else ""


def _spec(raw: Any, *, required: bool) -> InputSpec:
    kind = raw[0] if isinstance(raw, Sequence) and not isinstance(raw, str) and raw else raw
    extra = raw[1] if isinstance(raw, Sequence) and len(raw) > 1 else {}
    extra = extra if isinstance(extra, Mapping) else {}
    if isinstance(kind, list):
        return InputSpec("COMBO", tuple(map(str, kind)), required, None, None)
    options = tuple(map(str, extra.get("options") or ())) if kind == "COMBO" else ()
    return InputSpec(str(kind), options, required, extra.get("min"), extra.get("max"))
