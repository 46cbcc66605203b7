"""The picked text corners → where the bezel opens and where the glass ends.

The frame is laid flat by the text's own plane. There the edges around a tube are lines nearly
parallel to the text's sides, bowed a little where the tube bulges; reflections on the glass are not
so regular along a whole side. Every side is searched outward from the text for lines along which
the brightness steps the same way from end to end. Two sets of four are taken, each symmetric about
the text, since a tube's text sits in its middle: the strongest, the bezel's opening, by which the
clip is tracked; and the innermost, where the glass ends, to which the border colour reaches.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.track.patches import Singles, noise_variance
from generator.video import homography
from generator.video.homography import Floats

REACH = 0.45
"""How far outward to search, as a share of the text's width or height."""
LEAST_MARGIN = 0.02
USUAL_MARGINS = (0.045, 0.16)
"""Margins left-right and top-bottom, shares of the text's width and height, where no edge shows:
a 4:3 tube with a 16:10 text area and a thin border at its sides."""
SPAN = 0.72
"""The middle share of each side that is looked at: a tube's corners are round."""
STEPS = 320
STRETCHES = 16
"""Stretches of a side that must agree, so that one highlight cannot make an edge."""
TILTS = np.linspace(-0.02, 0.02, 9)
BOWS = np.linspace(-0.01, 0.05, 7)
"""How much further out the middle of a line lies than its ends, shares of the text's size."""
SIGNIFICANT = 4.0
"""Standard errors that a step along a line must have to count as an edge."""
CERTAIN = 60.0
"""More than so many count no more: sixteen stretches tell their own scatter to a fifth only."""
CANDIDATES = 12

Side = Literal["top", "right", "bottom", "left"]
SIDES: tuple[Side, ...] = ("top", "right", "bottom", "left")


@dataclass(frozen=True)
class Edge:
    """An edge beside the text. `margin`: share of the text's size beyond it, at the ends.

    `tilt`: its slope against the text's side. `score`: standard errors of the step along it; 0 for
    an edge that was not seen but assumed.
    """

    margin: float
    tilt: float
    score: float


@dataclass(frozen=True)
class Glass:
    """What lies around the text.

    `ring`: (4, 2) float64 px of the picked frame, the bezel's opening, by which a clip is tracked.
    `corners`: (4, 2) px, where the glass ends, TL TR BR BL, its sides carried past the rounding.
    `plane`: the same in the text plane's units. `seen`: the sides whose glass edge was seen; the
    others follow from their opposite, from the opening or from a usual tube.
    """

    ring: Floats
    corners: Floats
    plane: Floats
    seen: tuple[Side, ...]


def find_glass(
    image: Singles, text: Floats, plane_px: tuple[int, int], given: Floats | None = None
) -> Glass:
    """Look around `text`, (4, 2) px of `image` (h, w) float32 grey levels.

    `given`: the glass's corners, (4, 2) px, where the author says them; only the opening is then
    looked for.
    """
    to_frame = homography.from_corners(homography.plane_corners(plane_px), text)
    noise = noise_variance(image)
    found = {side: _edges(_strip(image, to_frame, plane_px, side), noise) for side in SIDES}
    opening = _pairs(found, _weakness)
    ring = homography.apply(to_frame, _corners(opening, plane_px))
    if given is not None:
        return Glass(ring, given, homography.apply(homography.invert(to_frame), given), SIDES)
    within = {
        side: [edge for edge in found[side] if edge.margin <= opening[side].margin + 1e-9]
        for side in SIDES
    }
    chosen = _pairs(within, _distance)
    plane = _corners(chosen, plane_px)
    return Glass(
        ring=ring,
        corners=homography.apply(to_frame, plane),
        plane=plane,
        seen=tuple(side for side in SIDES if chosen[side].score > 0),
    )


def _strip(image: Singles, to_frame: Floats, plane_px: tuple[int, int], side: Side) -> Floats:
    """One side laid flat: (STEPS, STRETCHES), row 0 on the text's edge, going outward."""
    width, height = plane_px
    fine = 8
    outward = (np.arange(STEPS) + 0.5) / STEPS * REACH
    along = 0.5 + ((np.arange(STRETCHES * fine) + 0.5) / (STRETCHES * fine) - 0.5) * SPAN
    out, run = np.meshgrid(outward, along, indexing="ij")
    x, y = {
        "top": (run, -out),
        "bottom": (run, 1 + out),
        "left": (-out, run),
        "right": (1 + out, run),
    }[side]
    plane = np.stack([x.ravel() * width, y.ravel() * height], axis=-1)
    where = (homography.apply(to_frame, plane) - 0.5).astype(np.float32).reshape(*x.shape, 2)
    flat = cv2.remap(
        image,
        np.ascontiguousarray(where[..., 0]),
        np.ascontiguousarray(where[..., 1]),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    stretches: Floats = np.asarray(flat, np.float64).reshape(STEPS, STRETCHES, fine).mean(axis=2)
    return stretches


def _edges(flat: Floats, noise: float) -> list[Edge]:
    """The most significant steps in a strip, at most `CANDIDATES`, innermost first."""
    soft = cv2.GaussianBlur(flat, (1, 9), sigmaX=0.1, sigmaY=1.5)
    step = np.gradient(soft, axis=0)
    across = ((np.arange(STRETCHES) + 0.5) / STRETCHES - 0.5) * SPAN
    rows = np.arange(STEPS)
    floor = 0.02 * np.sqrt(1.0 + noise)
    tilt, bow = (grid.reshape(-1, 1) for grid in np.meshgrid(TILTS, BOWS, indexing="ij"))
    shift = (across * tilt + bow * (1.0 - (2.0 * across / SPAN) ** 2)) / REACH * STEPS
    index = rows[:, None] + np.rint(shift).astype(int)[:, None, :]
    lines = np.take_along_axis(step[None], np.clip(index, 0, STEPS - 1), axis=1)
    middle = _median(lines)
    spread = _median(np.abs(lines - middle[..., None])) / 0.6745
    scores = np.abs(middle) / (spread / np.sqrt(STRETCHES) + floor)
    best_score, best_tilt = scores.max(axis=0), tilt[scores.argmax(axis=0), 0]
    edges = [
        Edge((_summit(best_score, row) + 0.5) / STEPS * REACH, best_tilt[row], best_score[row])
        for row in _peaks(best_score)
        if best_score[row] > SIGNIFICANT
    ]
    edges = [edge for edge in edges if edge.margin > LEAST_MARGIN]
    strongest = sorted(edges, key=lambda edge: -edge.score)[:CANDIDATES]
    return sorted(strongest, key=lambda edge: edge.margin)


def _median(values: Floats) -> Floats:
    """Over the last axis, of an even length; sorting short rows is quicker than `np.median`."""
    half = values.shape[-1] // 2
    ordered = np.sort(values, axis=-1)
    middle: Floats = (ordered[..., half - 1] + ordered[..., half]) / 2
    return middle


def _summit(score: Floats, row: int) -> float:
    """Where the parabola through a peak and its neighbours is highest."""
    if not 0 < row < len(score) - 1:
        return float(row)
    before, peak, after = score[row - 1 : row + 2]
    bend = before - 2 * peak + after
    return float(row if bend == 0 else row + np.clip(0.5 * (before - after) / bend, -0.5, 0.5))


def _peaks(score: Floats, reach: int = 6) -> NDArray[np.int64]:
    """Indices that are the largest within `reach` on either side."""
    padded = np.pad(score, reach, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.flatnonzero(score >= windows.max(axis=1))


Pair = tuple[Edge, Edge]


def _pairs(found: dict[Side, list[Edge]], disbelief: Callable[[Pair], float]) -> dict[Side, Edge]:
    """One edge a side, opposite sides chosen together by the lowest `disbelief`."""
    none = Edge(0.0, 0.0, 0.0)
    best: dict[Side, Edge] = {}
    opposites: tuple[tuple[Side, Side, float], ...] = (
        ("left", "right", USUAL_MARGINS[0]),
        ("top", "bottom", USUAL_MARGINS[1]),
    )
    for first, second, usual in opposites:
        choices = itertools.product([*found[first], none], [*found[second], none])
        one, other = min(choices, key=disbelief)
        if one.score == 0 and other.score == 0:
            one = other = Edge(usual, 0.0, 0.0)
        elif one.score == 0:
            one = Edge(other.margin, 0.0, 0.0)
        elif other.score == 0:
            other = Edge(one.margin, 0.0, 0.0)
        best[first], best[second] = one, other
    return best


def _lopsided(pair: Pair) -> float:
    """0 for equal margins on both sides, and a fixed price for a side that was not seen."""
    one, other = pair
    unseen = (one.score == 0) + (other.score == 0)
    if unseen:
        return 2.5 if unseen == 1 else 9.0
    return 3.0 * abs(one.margin - other.margin) / (one.margin + other.margin)


def _weakness(pair: Pair) -> float:
    """Lower for edges that are seen on both sides, equally far out, and strong.

    Of two that are much the same the nearer one: it lies nearer to the text's depth.
    """
    strength = sum(math.log(min(max(edge.score, SIGNIFICANT), CERTAIN)) for edge in pair)
    return _lopsided(pair) - 0.25 * strength + max(pair[0].margin, pair[1].margin)


def _distance(pair: Pair) -> float:
    """Lower for edges that are seen on both sides, equally far out, and near the text."""
    return _lopsided(pair) + 10.0 * max(pair[0].margin, pair[1].margin)


def _corners(edges: dict[Side, Edge], plane_px: tuple[int, int]) -> Floats:
    """(4, 2): where the four lines meet, in the text plane's units."""
    width, height = plane_px

    def level(side: Side, sign: float) -> tuple[float, float]:
        """The line y = offset + slope * (x - middle) in shares of the text, for top and bottom."""
        edge = edges[side]
        return (0.5 + sign * (0.5 + edge.margin), sign * edge.tilt)

    top, bottom = level("top", -1.0), level("bottom", 1.0)
    left, right = level("left", -1.0), level("right", 1.0)
    corners = []
    for row, column in ((top, left), (top, right), (bottom, right), (bottom, left)):
        # y = row0 + row1 (x - 1/2), x = column0 + column1 (y - 1/2)
        x = (column[0] + column[1] * (row[0] - row[1] / 2 - 0.5)) / (1 - column[1] * row[1])
        y = row[0] + row[1] * (x - 0.5)
        corners.append((x * width, y * height))
    return np.array(corners)
