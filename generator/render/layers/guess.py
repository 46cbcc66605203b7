"""What can be found in a photo that nobody has drawn on yet: the light of the brightest window."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts import Point
from generator.scene.model import Layer

_SMALL_PX = 160
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
    luma = small.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
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
