"""Typed values of everything baked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonMap: TypeAlias = Mapping[str, Json]

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Four corners, fractions of the frame, xy, order TL TR BR BL."""
FRACTION_DIGITS = 5
"""Decimals of a fraction of the frame: a hundredth of a pixel at 1280."""
