"""A baked track → what a person looks at: the report as a page, and a preview video.

The page is one standalone file: figures, plots drawn as SVG, and a contact sheet.
"""

from __future__ import annotations

import base64
import html
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.artifacts import Quad
from generator.artifacts.decode import encode, read
from generator.artifacts.track import TrackReport
from generator.engine.ports import Ffmpeg, Ports
from generator.errors import MediaError, UsageError
from generator.video import homography
from generator.video.frames import iter_rgb
from generator.video.loops import playing_frames

Pixels = NDArray[np.uint8]

CARD_ROWS = ("READY.", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "", "IS IT GLUED?")
PLOT_PX = (720, 150)
SHEET_COLUMNS = 4
SHEET_FRAMES = 12
THUMBNAIL_PX = 320
PLOTS = (
    ("residual", "Share of the ring's contrast left unexplained"),
    ("inlier_share", "Share of what the patches tell that is seen again"),
    ("drift_px", "Furthest corner's way from where it was picked, px"),
    ("noise_px", "Jitter: standard error of a corner, px"),
)
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;
color:#1c1a17;background:#fbf8f2}h1{font-size:1.5rem}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
table{border-collapse:collapse}td{padding:.15rem 1rem .15rem 0;vertical-align:top}
svg{width:100%;height:auto;background:#fff;border:1px solid #ddd4c4}img{max-width:100%}
"""


def write_report(report_file: Path, master: Path, target: Path, ffmpeg: Ffmpeg) -> None:
    """Write the report of a baked track to `target`: JSON where it ends in .json, else a page.

    Raises AssetError for a report that cannot be read, UsageError when the folder is not there,
    MediaError when the master does not decode.
    """
    _require_folder(target)
    report = read(TrackReport, report_file)
    if target.suffix == ".json":
        target.write_text(json.dumps(encode(report), indent=1) + "\n", encoding="utf-8")
        return
    wanted = contact_frames(report.frame_count)
    pictures = enumerate(iter_rgb(ffmpeg, master, report.settings.size_px))
    drawn = [draw_outline(picture, report, k) for k, picture in pictures if k in wanted]
    page = report_page(report, contact_sheet(drawn, wanted[: len(drawn)]))
    target.write_text(page, encoding="utf-8")


def write_preview(report_file: Path, master: Path, target: Path, ports: Ports) -> None:
    """Write a video of the playing clip with the outline and a text card warped onto the glass.

    Raises as `write_report`.
    """
    ffmpeg = ports.require_ffmpeg("preview")
    _require_folder(target)
    report = read(TrackReport, report_file)
    settings = report.settings
    card = _card(settings.plane_px)
    shown = []
    for frame, picture in enumerate(iter_rgb(ffmpeg, master, settings.size_px)):
        glued = _glue(picture, card, report.frames.corners_px[frame])
        shown.append(draw_outline(glued, report, frame))
        ports.progress.update("preview", frame + 1, report.frame_count)
    order = playing_frames(len(shown), settings.loop, settings.overlap)
    width, height = settings.size_px
    argv = [str(ffmpeg.executable), "-v", "error", "-y", "-f", "rawvideo"]
    argv += ["-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(settings.fps)]
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


def draw_outline(picture: Pixels, report: TrackReport, frame: int) -> Pixels:
    """A copy of an (h, w, 3) RGB picture with the text area and the glass drawn on it."""
    text = np.array(report.frames.corners_px[frame])
    plane = homography.plane_corners(report.settings.plane_px)
    to_frame = homography.from_corners(plane, text)
    glass = homography.apply(to_frame, np.array(report.glass.plane_px))
    drawn = picture.copy()
    for corners, colour in ((glass, (255, 160, 60)), (text, (80, 255, 120))):
        # Four fractional bits, and OpenCV's pixel centres at whole numbers.
        points = np.rint((corners - 0.5) * 16).astype(np.int32)
        cv2.polylines(drawn, [points], True, colour, 1, cv2.LINE_AA, 4)
    return drawn


def _card(plane_px: tuple[int, int]) -> Pixels:
    """Green text on black at twice the plane's size."""
    width, height = (2 * side for side in plane_px)
    card = np.zeros((height, width, 3), np.uint8)
    for row, words in enumerate(CARD_ROWS):
        where = (height // 12, height * (row + 2) // 9)
        cv2.putText(card, words, where, cv2.FONT_HERSHEY_DUPLEX, height / 500, (90, 255, 140), 2)
    cv2.rectangle(card, (2, 2), (width - 3, height - 3), (60, 180, 90), 2)
    return card


def _glue(picture: Pixels, card: Pixels, corners: Quad) -> Pixels:
    """The card warped onto its corners and added to the picture, as light adds."""
    height, width = card.shape[:2]
    edges = homography.plane_corners((width, height))
    moved = homography.between_indices(homography.from_corners(edges, np.array(corners)))
    size = (picture.shape[1], picture.shape[0])
    glued = cv2.add(picture, cv2.warpPerspective(card, moved, size, flags=cv2.INTER_AREA))
    return np.asarray(glued, dtype=np.uint8)


def contact_frames(frame_count: int) -> list[int]:
    """Which frames stand on the contact sheet: evenly spread, first and last among them."""
    count = min(SHEET_FRAMES, frame_count)
    return sorted({round(k) for k in np.linspace(0, frame_count - 1, count)})


def contact_sheet(pictures: Sequence[Pixels], frames: Sequence[int]) -> bytes:
    """A JPEG of thumbnails with their frame numbers. `pictures`: (h, w, 3) RGB."""
    small = []
    for frame, picture in zip(frames, pictures, strict=True):
        height = round(picture.shape[0] * THUMBNAIL_PX / picture.shape[1])
        one = cv2.resize(picture, (THUMBNAIL_PX, height), interpolation=cv2.INTER_AREA)
        cv2.putText(one, str(frame), (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        small.append(one)
    blank = np.zeros_like(small[0])
    small += [blank] * (-len(small) % SHEET_COLUMNS)
    rows = [
        np.hstack(small[start : start + SHEET_COLUMNS])
        for start in range(0, len(small), SHEET_COLUMNS)
    ]
    sheet = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def report_page(report: TrackReport, sheet: bytes) -> str:
    """The page. `sheet`: a JPEG."""
    title = f"Track of {html.escape(report.clip)}"
    evidence = ", ".join(f"{name} +{value:g}" for name, value in report.evidence.items())
    figures = {
        "Method and model": f"{report.method}, {report.model}",
        "Criterion over the chosen model": evidence or "one model only",
        "Frames": f"{report.frame_count}, playing as {report.playing_frame_count}",
        "Reliable from frame": report.reliable_from_frame,
        "Worst frame": f"{report.worst_frame} with {report.worst_residual:.1%} unexplained",
        "Jitter": f"{report.jitter_px} px rms from frame to frame, before smoothing",
        "Smoothing moved corners by": f"{report.smoothed_rms_px} px rms",
        "Motion": f"{report.step_rms_px} px rms a frame",
        "Loop's seam": f"{report.closure_px} px; a usual step is {report.usual_step_px} px",
        "Glass edges seen": ", ".join(report.glass.seen) or "none",
    }
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(str(value))}</td></tr>"
        for name, value in figures.items()
    )
    plots = "".join(
        f"<h2>{html.escape(label)}</h2>{_plot(getattr(report.frames, name))}"
        for name, label in PLOTS
    )
    picture = base64.b64encode(sheet).decode("ascii")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1><table>{rows}</table>{plots}"
        "<h2>Text area (green) and glass (orange), as shown</h2>"
        f'<img alt="Frames of the clip with the tracked outline" '
        f'src="data:image/jpeg;base64,{picture}"></html>\n'
    )


def _plot(values: Sequence[float]) -> str:
    """One curve over frames, from zero to its largest value."""
    width, height = PLOT_PX
    left, bottom = 56, 22
    top = max([*values, 1e-9]) * 1.08
    step = (width - left - 8) / max(1, len(values) - 1)
    points = " ".join(
        f"{left + k * step:.1f},{8 + (1 - value / top) * (height - bottom - 8):.1f}"
        for k, value in enumerate(values)
    )
    base = height - bottom
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img">'
        f'<path d="M{left} 8V{base}H{width - 8}" fill="none" stroke="#998"/>'
        f'<polyline points="{points}" fill="none" stroke="#b4531a" stroke-width="1.5"/>'
        f'<g font-size="11" fill="#554"><text x="4" y="16">{top / 1.08:.3g}</text>'
        f'<text x="4" y="{base}">0</text><text x="{left}" y="{height - 6}">0</text>'
        f'<text x="{width - 8}" y="{height - 6}" text-anchor="end">frame {len(values) - 1}</text>'
        "</g></svg>"
    )
