"""The rows of a screen before a camera that we moved: computed, not tracked.

The picked corners are taken back to the still, and from there to every frame, on the plane of what
carries the screen.
"""

from __future__ import annotations

import numpy as np

from generator.artifacts.camera import Camera, CameraFrame, Surface
from generator.video import homography
from generator.video.camera import closed_up, plane_map
from generator.video.homography import Floats


def known_maps(camera: Camera, picked: Camera, frame: int, corners: Floats) -> Floats:
    """(n, 3, 3): fractions of the picked frame → fractions of each frame of `camera`.

    `picked`: the camera of the clip on whose `frame` the `corners`, (4, 2), were picked.
    """
    plane = _carrier(camera.surfaces or picked.surfaces, picked, frame, corners)
    back = homography.invert(_seen(picked, picked.frames[frame], plane))
    maps: Floats = np.stack(
        [homography.compose(_seen(camera, each, plane), back) for each in camera.frames]
    )
    return maps


def _seen(camera: Camera, frame: CameraFrame, plane: Floats) -> Floats:
    """(3, 3): fractions of the still on a plane → fractions of the frame."""
    closed = closed_up(plane, frame.flat, camera.screen)
    return plane_map(closed, np.array(frame.step), np.array(frame.to_frame))


def _carrier(surfaces: tuple[Surface, ...], picked: Camera, frame: int, corners: Floats) -> Floats:
    """The plane on which the screen lies, (3,): of the nearest thing that is seen there."""
    for surface in reversed(surfaces):
        chosen = None
        for candidate in surface.planes:
            plane = np.array(candidate)
            back = homography.invert(_seen(picked, picked.frames[frame], plane))
            place = homography.apply(back, corners).mean(axis=0)
            near = [float(np.dot(other[:2], place) + other[2]) for other in surface.planes]
            shows = max(near) if surface.inside else min(near)
            own = float(np.dot(plane[:2], place) + plane[2])
            if np.isclose(own, shows) and _holds(surface, place):
                chosen = plane
        if chosen is not None:
            return chosen
    return np.array([0.0, 0.0, 1.0])


def _holds(surface: Surface, place: Floats) -> bool:
    """Whether a place lies in the outline: by the even-odd rule."""
    if not surface.shape:
        return True
    x, y = place
    inside = False
    shape = surface.shape
    for (ax, ay), (bx, by) in zip(shape, (*shape[1:], shape[0]), strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside
