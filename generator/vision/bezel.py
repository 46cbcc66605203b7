"""The picked text corners → where the glass ends.

The frame is laid flat by the text's own plane. There the edge between tube and bezel is four lines
nearly parallel to the text's sides; reflections on the glass are not straight along a whole side.
Every side is searched outward from the text for lines along which the brightness steps the same
way from end to end, and the four that make the most believable tube are taken: the innermost set
that is symmetric about the text, since a tube's text sits in its middle.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.vision import homography
from generator.vision.homography import Floats
from generator.vision.patches import Singles, noise_variance

REACH = 0.5
"""How far outward to search, as a share of the text's width or height."""
LEAST_MARGIN = 0.015
MARGIN_PRIOR = (0.045, 0.16)
"""Margins left-right and top-bottom, shares of the text's width and height, where no edge shows:
a 4:3 tube with a 16:10 text area and a thin border at its sides."""
SPAN = 0.72
"""The middle share of each side that is looked at: a tube's corners are round."""
TILTS = np.linspace(-0.02, 0.02, 9)
SIGNIFICANT = 6.0
"""Standard errors that a step along a line must have to count as an edge."""
CANDIDATES = 4

Side = Literal["top", "right", "bottom", "left"]
SIDES: tuple[Side, ...] = ("top", "right", "bottom", "left")


@dataclass(frozen=True)
class Edge:
    """A straight edge beside the text. `margin`: share of the text's size beyond it, at the middle.

    `tilt`: its slope against the text's side. `score`: standard errors of the step along it.
    """

    margin: float
    tilt: float
    score: float


@dataclass(frozen=True)
class Glass:
    """Where the glass ends.

    `corners`: (4, 2) float64 px of the picked frame, TL TR BR BL, the sides carried on past the
    rounding. `plane`: the same in the text plane's units. `seen`: the sides whose edge was seen;
    the others follow from their opposite or from a usual tube.
    """

    corners: Floats
    plane: Floats
    seen: tuple[Side, ...]


def glass_from_corners(text: Floats, glass: Floats, plane_px: tuple[int, int]) -> Glass:
    """The glass as the author gives it: (4, 2) px each."""
    to_frame = homography.from_corners(plane_corners(plane_px), text)
    return Glass(glass, homography.apply(homography.invert(to_frame), glass), SIDES)


def find_glass(image: Singles, text: Floats, plane_px: tuple[int, int]) -> Glass:
    """Find the glass around `text`, (4, 2) px of `image` (h, w) float32 grey levels."""
    to_frame = homography.from_corners(plane_corners(plane_px), text)
    found: dict[Side, list[Edge]] = {}
    for side in SIDES:
        flat, noise = _strip(image, to_frame, plane_px, side)
        found[side] = _edges(flat, noise)
    chosen = _most_believable(found)
    plane = _corners(chosen, plane_px)
    return Glass(
        corners=homography.apply(to_frame, plane),
        plane=plane,
        seen=tuple(side for side in SIDES if chosen[side].score > 0),
    )


def plane_corners(plane_px: tuple[int, int]) -> Floats:
    """(4, 2): the text area's own corners in its own units."""
    width, height = plane_px
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)


STRIP_STEPS = 320
STRIP_SPAN = 256


def _strip(
    image: Singles, to_frame: Floats, plane_px: tuple[int, int], side: Side
) -> tuple[Singles, float]:
    """One side laid flat: (STRIP_STEPS, STRIP_SPAN), row 0 on the text's edge, going outward."""
    width, height = plane_px
    outward = (np.arange(STRIP_STEPS) + 0.5) / STRIP_STEPS * REACH
    along = 0.5 + ((np.arange(STRIP_SPAN) + 0.5) / STRIP_SPAN - 0.5) * SPAN
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
    return np.asarray(flat, dtype=np.float32), noise_variance(image)


def _edges(flat: Singles, noise: float) -> list[Edge]:
    """The most significant straight steps in a strip, at most `CANDIDATES`, innermost first."""
    soft = cv2.GaussianBlur(flat, (1, 0 * 2 + 9), sigmaX=0.1, sigmaY=1.5)
    step = np.gradient(soft.astype(np.float64), axis=0)
    columns = np.linspace(-0.5, 0.5, flat.shape[1]) * SPAN
    best_score = np.zeros(flat.shape[0])
    best_tilt = np.zeros(flat.shape[0])
    rows = np.arange(flat.shape[0], dtype=np.float64)
    for tilt in TILTS:
        shift = columns * tilt / REACH * flat.shape[0]
        index = np.clip(np.rint(rows[:, None] + shift).astype(int), 0, flat.shape[0] - 1)
        line = np.take_along_axis(step, index, axis=0)
        # Eight stretches of the side must agree, so that one highlight cannot make an edge.
        stretches = line.reshape(flat.shape[0], 8, -1).mean(axis=2)
        middle = np.median(stretches, axis=1)
        spread = np.median(np.abs(stretches - middle[:, None]), axis=1) / 0.6745
        floor = 0.02 * np.sqrt(1.0 + noise)
        score = np.abs(middle) / (spread / np.sqrt(8.0) + floor)
        better = score > best_score
        best_score[better], best_tilt[better] = score[better], tilt
    edges = []
    for row in _peaks(best_score):
        margin = (row + 0.5) / flat.shape[0] * REACH
        if margin > LEAST_MARGIN and best_score[row] > SIGNIFICANT:
            edges.append(Edge(float(margin), float(best_tilt[row]), float(best_score[row])))
    strongest = sorted(edges, key=lambda edge: -edge.score)[:CANDIDATES]
    return sorted(strongest, key=lambda edge: edge.margin)


def _peaks(score: Floats, reach: int = 6) -> NDArray[np.int64]:
    """Indices that are the largest within `reach` on either side."""
    padded = np.pad(score, reach, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.flatnonzero(score >= windows.max(axis=1))


def _most_believable(found: dict[Side, list[Edge]]) -> dict[Side, Edge]:
    """One edge a side: symmetric about the text, and innermost among the significant."""
    none = Edge(0.0, 0.0, 0.0)
    best: dict[Side, Edge] = {}
    opposites: tuple[tuple[Side, Side, float], ...] = (
        ("left", "right", MARGIN_PRIOR[0]),
        ("top", "bottom", MARGIN_PRIOR[1]),
    )
    for first, second, usual in opposites:
        pairs = itertools.product([*found[first], none], [*found[second], none])
        one, other = min(pairs, key=_disbelief)
        if one.score == 0 and other.score == 0:
            one = other = Edge(usual, 0.0, 0.0)
        elif one.score == 0:
            one = Edge(other.margin, 0.0, 0.0)
        elif other.score == 0:
            other = Edge(one.margin, 0.0, 0.0)
        best[first], best[second] = one, other
    return best


def _disbelief(pair: tuple[Edge, Edge]) -> float:
    """Lower is better: seen on both sides, equal margins, close to the text."""
    one, other = pair
    unseen = (one.score == 0) + (other.score == 0)
    if unseen == 2:
        return 9.0
    if unseen:
        return 1.6 + 1.5 * max(one.margin, other.margin)
    lopsided = abs(one.margin - other.margin) / (one.margin + other.margin)
    return 4.0 * lopsided + 1.5 * (one.margin + other.margin) / 2


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
