"""A track's report as one standalone page: figures, plots drawn as SVG, and a contact sheet."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

PLOT_PX = (720, 150)
SHEET_COLUMNS = 4
SHEET_FRAMES = 12
THUMBNAIL_PX = 320
PLOTS = (
    ("residual", "Share of the ring's contrast left unexplained"),
    ("inlier_share", "Share of what the patches tell that is seen again"),
    ("drift_px", "Furthest corner's way from where it was picked, px"),
    ("noise_px", "Tremble that chance adds, px"),
)
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;
color:#1c1a17;background:#fbf8f2}h1{font-size:1.5rem}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
table{border-collapse:collapse}td{padding:.15rem 1rem .15rem 0;vertical-align:top}
svg{width:100%;height:auto;background:#fff;border:1px solid #ddd4c4}img{max-width:100%}
"""


def contact_frames(frame_count: int) -> list[int]:
    """Which frames stand on the contact sheet: evenly spread, first and last among them."""
    count = min(SHEET_FRAMES, frame_count)
    return sorted({round(k) for k in np.linspace(0, frame_count - 1, count)})


def draw_outline(
    picture: NDArray[np.uint8], text: Sequence[Sequence[float]], glass: Sequence[Sequence[float]]
) -> NDArray[np.uint8]:
    """A copy of an (h, w, 3) RGB picture with the text area and the glass drawn on it."""
    drawn = np.ascontiguousarray(picture)
    if drawn is picture or not drawn.flags.writeable:
        drawn = picture.copy()
    for corners, colour in ((glass, (255, 160, 60)), (text, (80, 255, 120))):
        # Four fractional bits, and OpenCV's pixel centres at whole numbers.
        points = np.rint((np.array(corners) - 0.5) * 16).astype(np.int32)
        cv2.polylines(drawn, [points], True, colour, 1, cv2.LINE_AA, 4)
    return drawn


def contact_sheet(pictures: Sequence[NDArray[np.uint8]], frames: Sequence[int]) -> bytes:
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


def report_page(report: Mapping[str, Any], sheet: bytes) -> str:
    """The page. `report`: what `report.summarise` gives; `sheet`: a JPEG."""
    title = f"Track of {html.escape(str(report['clip']))}"
    evidence = ", ".join(f"{name} +{value:g}" for name, value in report["evidence"].items())
    figures = {
        "Method and model": f"{report['method']}, {report['model']}",
        "Criterion over the chosen model": evidence or "one model only",
        "Frames": f"{report['frame_count']}, playing as {report['playing_frame_count']}",
        "Reliable from frame": report["reliable_from_frame"],
        "Worst frame": f"{report['worst_frame']} with {report['worst_residual']:.1%} unexplained",
        "Tremble by chance": f"{report['jitter_px']} px rms from frame to frame, before smoothing",
        "Smoothing moved corners by": f"{report['smoothed_rms_px']} px rms",
        "Motion": f"{report['step_rms_px']} px rms a frame",
        "Loop's seam": f"{report['closure_px']} px; a usual step is {report['usual_step_px']} px",
        "Glass edges seen": ", ".join(report["glass"]["seen"]) or "none",
    }
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(str(value))}</td></tr>"
        for name, value in figures.items()
    )
    plots = "".join(
        f"<h2>{html.escape(label)}</h2>{_plot(report['frames'][name])}" for name, label in PLOTS
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
