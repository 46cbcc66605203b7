"""A small project of still clips, from a photo of a monitor drawn on the spot."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

BREATHE = [sys.executable, "-m", "generator"]
SIZE = (320, 176)
CORNERS = ((0.34, 0.26), (0.66, 0.24), (0.66, 0.62), (0.35, 0.64))
"""Where the drawn screen is: fractions of the frame, order TL TR BR BL."""


def draw_photo(path: Path, seed: int = 0) -> None:
    """A textured wall, a bright bezel, a dark screen."""
    rng = np.random.default_rng(seed)
    width, height = SIZE[0] * 2, SIZE[1] * 2
    wall = rng.normal(150, 30, (height // 8, width // 8, 3)).clip(0, 255).astype(np.uint8)
    image = cv2.resize(wall, (width, height), interpolation=cv2.INTER_CUBIC)
    corners = np.array(CORNERS) * (width, height)
    centre = corners.mean(axis=0)
    for scale, colour in ((1.5, (190, 205, 215)), (1.12, (40, 40, 45)), (1.0, (12, 12, 14))):
        quad = ((corners - centre) * scale + centre).astype(np.int32)
        cv2.fillConvexPoly(image, quad, colour, lineType=cv2.LINE_AA)
    cv2.imwrite(str(path), image)


def make_small_room(root: Path) -> Path:
    """`breathe new --hero` with the scene cut down to few small frames; not built yet."""
    photo = root.parent / f"{root.name}.png"
    draw_photo(photo)
    breathe(root.parent, "new", root.name, "--hero", str(photo))
    scene = root / "site_src/scene.toml"
    text = scene.read_text()
    text = text.replace("size = [1280, 704]", f"size = [{SIZE[0]}, {SIZE[1]}]")
    rows = ",\n".join(f"  [{x}, {y}]" for x, y in CORNERS)
    text = re.sub(r"corners = \[.*?\n\]", f"corners = [\n{rows}\n]", text, flags=re.DOTALL)
    text = re.sub(r'(\[clips\.\w+\]\nrender = "still"[^\n]*\n)', r"\1frames = 8\n", text)
    text = text.replace("[finish]\n", "[finish]\nav1 = false\n")
    scene.write_text(text)
    return root


def make_built_room(root: Path) -> None:
    """The same, built."""
    breathe(make_small_room(root), "build")


def breathe(root: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in the project folder `root`; asserts its exit code."""
    done = subprocess.run(
        [*BREATHE, "-C", str(root), *arguments], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == code, f"breathe {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done
