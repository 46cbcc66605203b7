"""The words of `[clips.*] render`, and the module behind each.

A backend is one module with `stage(scene, clip) -> Stage` (docs/extending.md); its line here is all
of the code that names it. A module is loaded when a scene asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping

RENDER_BACKENDS: Mapping[str, str] = {
    "file": "generator.render.file",
    "layers": "generator.render.layers.stage",
    "still": "generator.render.still",
    "wan": "generator.render.wan.stage",
}

MOVED_BY_US = frozenset({"layers", "still"})
"""Backends that move the camera themselves: where it was is known, and no tracker is run."""
