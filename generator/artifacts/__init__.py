"""Typed, frozen values of everything baked: a module a subject, and the one decoder of them all.

track = read(Track, path)                      # AssetError names file, place and remedy
facts = facts_of(entries, "track:ambient", TrackFacts)    # in `engine.store`; StoreError
write_atomic(path, dump(track))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonMap: TypeAlias = Mapping[str, Json]

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Four corners, fractions of the frame unless the name says `_px`, xy, order TL TR BR BL.

The one form of a quad between modules; `video.homography` has it as an array to calculate with.
"""
FRACTION_DIGITS = 5
"""Decimals of a fraction of the frame: a hundredth of a pixel at 1280."""
