"""What is found in a photo that nobody has drawn on yet: its brightest light, its lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts import Point
from generator.scene.model import Box, Layer
from generator.video.srgb import LUMINANCE

_SMALL_PX = 160
_LINES_PX = 800
_EYE: Point = (0.5, 0.45)
_FAR = 0.62
"""The far wall's size in a guessed room, a share of the picture."""
_EVERYWHERE: tuple[Point, ...] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def guessed_layers(plate: NDArray[np.uint8]) -> tuple[Layer, ...]:
    """A cloud over the room, and dust in its brightest beam.

    `plate`: (h, w, 3) uint8 RGB. Shapes are fractions of it.
    """
    return (
        Layer(name="daylight", motion="light", shape=_EVERYWHERE, strength=0.8),
        Layer(name="dust in the light", motion="dust", shape=brightest_beam(plate)),
    )


def brightest_beam(plate: NDArray[np.uint8]) -> tuple[Point, ...]:
    """Round the brightest part of a picture, and below it, where its light falls."""
    height = max(2, round(_SMALL_PX * plate.shape[0] / plate.shape[1]))
    small = cv2.resize(plate, (_SMALL_PX, height), interpolation=cv2.INTER_AREA)
    luma = small.astype(np.float32) @ LUMINANCE.astype(np.float32)
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), _SMALL_PX * 0.03), np.float32)
    peak = np.unravel_index(int(luma.argmax()), luma.shape)
    level = max(float(np.percentile(luma, 75)), 0.6 * float(luma.max()))
    _, labels = cv2.connectedComponents((luma >= level).astype(np.uint8))
    bright = np.argwhere(labels == labels[peak])[:, ::-1].astype(np.float32)
    fallen = bright + np.array([0.0, 0.35 * height], np.float32)
    hull = cv2.convexHull(np.concatenate([bright, fallen]))[:, 0, :].astype(np.float64)
    middle = hull.mean(axis=0)
    grown = (hull - middle) * 1.15 + middle
    points = np.clip((grown + 0.5) / (_SMALL_PX, height), 0.0, 1.0)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in points)


def guessed_box(plate: NDArray[np.uint8]) -> Box:
    """A believable room: the vanishing point of the picture's lines, a far wall round it.

    Fractions of the plate. Where too few lines meet, the eye is a little above the middle.
    """
    x, y = vanishing_point(plate) or _EYE
    left, right = (x + (edge - x) * _FAR for edge in (0.0, 1.0))
    top, bottom = (y + (edge - y) * _FAR for edge in (0.0, 1.0))
    return Box(wall=((left, top), (right, top), (right, bottom), (left, bottom)), eye=(x, y))


def vanishing_point(plate: NDArray[np.uint8]) -> Point | None:
    """Where the lines that lead away from one meet, fractions of the picture, or None.

    The place that most of the picture's slanted line segments point at, by their length: each pair
    of long ones proposes one (Rother, "A new approach to vanishing point detection in architectural
    environments", 2002, without the search for the other two).
    """
    height = max(2, round(_LINES_PX * plate.shape[0] / plate.shape[1]))
    small = cv2.resize(plate, (_LINES_PX, height), interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    lines = np.asarray([] if found[0] is None else found[0], np.float64).reshape(-1, 4)
    way = lines[:, 2:] - lines[:, :2]
    length = np.hypot(*way.T)
    slant = np.degrees(np.arctan2(np.abs(way[:, 1]), np.abs(way[:, 0])))
    keep = (length > 0.03 * _LINES_PX) & (slant > 6.0) & (slant < 80.0)
    lines, way, length = lines[keep], way[keep] / length[keep, None], length[keep]
    if len(lines) < 4:
        return None
    longest = np.argsort(-length, kind="stable")[:40]
    middle = (lines[:, :2] + lines[:, 2:]) / 2
    best, where = 0.0, np.zeros(2)
    for number, first in enumerate(longest):
        for second in longest[number + 1 :]:
            cross = way[first, 0] * way[second, 1] - way[first, 1] * way[second, 0]
            if abs(cross) < 0.1:
                continue
            gap = middle[second] - middle[first]
            reach = (gap[0] * way[second, 1] - gap[1] * way[second, 0]) / cross
            place = middle[first] + reach * way[first]
            share = place / (_LINES_PX, height)
            if not ((share > 0.15) & (share < 0.85)).all():
                continue
            to = place - middle
            off = np.abs(to[:, 0] * way[:, 1] - to[:, 1] * way[:, 0])
            off = off / np.maximum(np.hypot(*to.T), 1.0)
            score = float((length * np.exp(-((off / 0.03) ** 2))).sum())
            if score > best:
                best, where = score, share
    if best < 0.25 * length.sum():
        return None
    return (round(float(where[0]), 4), round(float(where[1]), 4))
