"""A baked track → what a person looks at: the report as a page, and a preview video."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.engine.ports import Ffmpeg, Ports
from generator.errors import MediaError, UsageError
from generator.video.loops import playing_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from generator.video.homography import Floats

CARD_ROWS = ("READY.", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "", "IS IT GLUED?")


def write_report(report: Path, master: Path, target: Path, ffmpeg: Ffmpeg) -> None:
    """Write the report of a baked track to `target`: JSON where it ends in .json, else a page.

    Raises UsageError when the folder is not there, MediaError when the master does not decode.
    """
    from generator.track.report_page import (
        contact_frames,
        contact_sheet,
        draw_outline,
        report_page,
    )

    _require_folder(target)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if target.suffix == ".json":
        target.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        return
    wanted = contact_frames(told["frame_count"])
    drawn = []
    for frame, picture in enumerate(_pictures(told, master, ffmpeg)):
        if frame in wanted:
            corners = told["frames"]["corners_px"][frame]
            drawn.append(draw_outline(picture, corners, _glass(told, corners).tolist()))
    page = report_page(told, contact_sheet(drawn, wanted[: len(drawn)]))
    target.write_text(page, encoding="utf-8")


def write_preview(report: Path, master: Path, target: Path, ports: Ports) -> None:
    """Write a video of the playing clip with the outline and a text card warped onto the glass.

    Raises as `write_report`.
    """
    from generator.track.report_page import draw_outline

    ffmpeg = ports.require_ffmpeg("preview")
    _require_folder(target)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    settings = told["settings"]
    card = _card(tuple(settings["plane_px"]))
    shown = []
    for frame, picture in enumerate(_pictures(told, master, ffmpeg)):
        corners = told["frames"]["corners_px"][frame]
        glued = _glue(picture, card, corners)
        shown.append(draw_outline(glued, corners, _glass(told, corners).tolist()))
        ports.progress.update("preview", frame + 1, told["frame_count"])
    order = playing_frames(len(shown), settings["loop"], settings["overlap"])
    width, height = settings["size_px"]
    argv = [str(ffmpeg.executable), "-v", "error", "-y", "-f", "rawvideo"]
    argv += ["-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(settings["fps"])]
    argv += ["-i", "-", "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", str(target)]
    playing = b"".join(shown[frames[0]].tobytes() for frames, _ in order)
    ended = subprocess.run(argv, input=playing, capture_output=True, check=False)
    if ended.returncode != 0:
        raise MediaError(
            f"preview {target.name}",
            got="an encode that failed",
            expected="a name that ends in .mp4 or .mkv",
            detail=ended.stderr.decode(errors="replace")[-600:],
        )


def _require_folder(target: Path) -> None:
    if not target.parent.is_dir():
        raise UsageError(str(target), got="a folder that does not exist", expected="one that does")


def _pictures(told: dict[str, Any], master: Path, ffmpeg: Ffmpeg) -> Iterator[NDArray[np.uint8]]:
    from generator.video.frames import iter_rgb

    width, height = told["settings"]["size_px"]
    return iter_rgb(ffmpeg, master, (width, height))


def _to_frame(told: dict[str, Any], corners: Any) -> Floats:
    import numpy as np

    from generator.video import homography

    plane = homography.plane_corners(tuple(told["settings"]["plane_px"]))
    return homography.from_corners(plane, np.array(corners))


def _glass(told: dict[str, Any], corners: Any) -> Floats:
    """The glass's corners on the frame whose text corners these are, (4, 2) px."""
    import numpy as np

    from generator.video import homography

    return homography.apply(_to_frame(told, corners), np.array(told["glass"]["plane_px"]))


def _card(plane_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Green text on black at twice the plane's size."""
    import cv2
    import numpy as np

    width, height = (2 * side for side in plane_px)
    card = np.zeros((height, width, 3), np.uint8)
    for row, words in enumerate(CARD_ROWS):
        where = (height // 12, height * (row + 2) // 9)
        cv2.putText(card, words, where, cv2.FONT_HERSHEY_DUPLEX, height / 500, (90, 255, 140), 2)
    cv2.rectangle(card, (2, 2), (width - 3, height - 3), (60, 180, 90), 2)
    return card


def _glue(picture: NDArray[np.uint8], card: NDArray[np.uint8], corners: Any) -> NDArray[np.uint8]:
    """The card warped onto its corners and added to the picture, as light adds."""
    import cv2
    import numpy as np

    from generator.video import homography

    height, width = card.shape[:2]
    edges = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    half = np.array([[1.0, 0, -0.5], [0, 1.0, -0.5], [0, 0, 1.0]])
    moved = half @ homography.from_corners(edges, np.array(corners)) @ np.linalg.inv(half)
    size = (picture.shape[1], picture.shape[0])
    glued = cv2.add(picture, cv2.warpPerspective(card, moved, size, flags=cv2.INTER_AREA))
    return np.asarray(glued, dtype=np.uint8)
