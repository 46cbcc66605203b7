"""The old recipe in an honest form: Lucas-Kanade features in the ring outside the glass.

The story's own version tracked the four corners, which lie on dark glass where there is nothing
but reflections, and chained them from frame to frame. Here many features of the bezel are followed,
each frame against the picked one, a feature that does not find its way back is dropped, and a plane
is fitted to the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.errors import TrackError
from generator.track.motion import Motion
from generator.track.patches import Luma
from generator.video import homography
from generator.video.homography import Floats

RING = (1.03, 1.4)
FEATURES = 400
LEAST_FEATURES = 12
WINDOW_PX = 21
LEVELS = 4
RETURN_PX = 0.5
"""A feature tracked forth and back must land so near to where it started."""
RANSAC_PX = 1.0
Bytes = NDArray[np.uint8]


def follow(
    luma: Sequence[Luma],
    glass: Floats,
    picked_frame: int,
    *,
    grey_scale: float = 1.0,
    on_frame: Callable[[int], None] | None = None,
) -> Motion:
    """Track the plane of `glass`; arguments and errors as in `dense.follow`.

    The fit is a similarity: on the few features of a plain bezel a homography explodes.
    """
    picked = _bytes(luma[picked_frame], grey_scale)
    start = _features(picked, glass)
    if len(start) < LEAST_FEATURES:
        raise TrackError(
            f"tracking from frame {picked_frame} by features",
            got=f"{len(start)} features around the glass",
            expected=f"at least {LEAST_FEATURES}",
            remedy='write method = "dense" in [track], or pick a frame where the bezel shows',
        )
    count = len(luma)
    maps = np.tile(np.eye(3), (count, 1, 1))
    share = np.zeros(count)
    kept = np.zeros(count, dtype=np.int64)
    order = [*range(picked_frame, count), *range(picked_frame - 1, -1, -1)]
    for frame in order:
        neighbour = frame - 1 if frame > picked_frame else min(frame + 1, picked_frame)
        image = _bytes(luma[frame], grey_scale)
        maps[frame], kept[frame] = _fit(picked, image, start, maps[neighbour])
        share[frame] = kept[frame] / len(start)
        if on_frame:
            on_frame(frame)
    good = kept >= LEAST_FEATURES
    residual = np.where(good, 0.0, 1.0)  # features tell no residual: what does not agree is dropped
    return Motion(
        maps=maps,
        residual=residual,
        inlier_share=share,
        patch_count=kept,
        found=good,
        noise=np.zeros((count, 4, 2)),
        method="lk",
        model="similarity",
    )


def _bytes(frame: Luma, grey_scale: float) -> Bytes:
    if frame.dtype == np.uint8 and grey_scale == 1.0:
        return np.asarray(frame, dtype=np.uint8)
    grey: Bytes = np.clip(np.rint(frame * grey_scale), 0, 255).astype(np.uint8)
    return grey


def _features(picked: Bytes, glass: Floats) -> NDArray[np.float32]:
    """(n, 2) float32, OpenCV's pixel coordinates: corners of the ring outside the glass."""
    centre = glass.mean(axis=0)
    mask = np.zeros(picked.shape, np.uint8)
    for factor, value in ((RING[1], 255), (RING[0], 0)):
        corners = np.rint(centre + (glass - centre) * factor).astype(np.int32)
        cv2.fillConvexPoly(mask, corners, value)
    found = cv2.goodFeaturesToTrack(picked, FEATURES, 0.005, 5, mask=mask, blockSize=5)
    return np.asarray([] if found is None else found, dtype=np.float32).reshape(-1, 2)


def _fit(
    picked: Bytes, image: Bytes, start: NDArray[np.float32], guess: Floats
) -> tuple[Floats, int]:
    """The map, and how many features agree on it."""
    size, levels = (WINDOW_PX, WINDOW_PX), LEVELS
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 0.005)
    hoped = homography.apply(guess, start.astype(np.float64) + 0.5) - 0.5
    there, seen, _ = cv2.calcOpticalFlowPyrLK(
        picked,
        image,
        start,
        hoped.astype(np.float32),
        winSize=size,
        maxLevel=levels,
        criteria=stop,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    back, seen_back, _ = cv2.calcOpticalFlowPyrLK(
        image,
        picked,
        there,
        start.copy(),
        winSize=size,
        maxLevel=levels,
        criteria=stop,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    returned = np.linalg.norm(back - start, axis=1) < RETURN_PX
    good = returned & (seen.ravel() == 1) & (seen_back.ravel() == 1)
    if good.sum() < LEAST_FEATURES:
        return guess, int(good.sum())
    cv2.setRNGSeed(1)  # RANSAC draws the same samples on every run
    matrix, inliers = cv2.estimateAffinePartial2D(
        start[good] + 0.5, there[good] + 0.5, ransacReprojThreshold=RANSAC_PX
    )
    if matrix is None:
        return guess, 0
    return np.vstack([matrix, [0.0, 0.0, 1.0]]), int(inliers.sum())
