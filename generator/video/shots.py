"""What a camera sees of the hero: rectangles in its px, sub-pixel places meant.

>>> fit(Shot(0.0, 0.0, 300.0, 300.0), (200, 100))
Shot(x=0.0, y=75.0, width=300.0, height=150.0)
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import SceneError

MIN_CROP_PX = 16
"""The video model's step; with fewer px of the hero there is nothing to see either."""
_SHARP = 1.02
"""Nobody sees an enlargement up to this."""


@dataclass(frozen=True)
class Shot:
    """A rectangle of the hero in px, from its top left corner."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, share: float) -> Shot:
        """The same centre, `share` (0 to 1) narrower and lower."""
        return Shot(
            self.x + self.width * share / 2,
            self.y + self.height * share / 2,
            self.width * (1 - share),
            self.height * (1 - share),
        )


def fit(shot: Shot, size_px: tuple[int, int]) -> Shot:
    """The largest shot with the aspect of `size_px` (width, height) in the middle of `shot`."""
    aspect = size_px[0] / size_px[1]
    width = min(shot.width, shot.height * aspect)
    height = width / aspect
    return Shot(
        shot.x + (shot.width - width) / 2, shot.y + (shot.height - height) / 2, width, height
    )


def crop_shot(
    crop: tuple[int, int, int, int] | None,
    hero_px: tuple[int, int],
    size_px: tuple[int, int],
    *,
    clip: str,
) -> Shot:
    """The shot that `[clips.<clip>] crop` (x, y, width, height in px) asks for; None is the hero.

    Raises SceneError as `check_crop`.
    """
    if crop is None:
        return fit(Shot(0.0, 0.0, *hero_px), size_px)
    check_crop(crop, hero_px, clip=clip)
    return fit(Shot(*crop), size_px)


def check_crop(crop: tuple[int, int, int, int], hero_px: tuple[int, int], *, clip: str) -> None:
    """Raise SceneError unless the crop lies in the hero and shows more than a few px of it."""
    x, y, width, height = crop
    within = 0 <= x <= x + width <= hero_px[0] and 0 <= y <= y + height <= hero_px[1]
    if not within or min(width, height) < MIN_CROP_PX:
        raise SceneError(
            f"scene.toml [clips.{clip}] crop",
            got=f"[{x}, {y}, {width}, {height}]",
            expected=f"x, y, width, height inside the hero's {hero_px[0]}x{hero_px[1]} px, "
            f"{MIN_CROP_PX} px or more each way",
        )


def enlargement(shot: Shot, size_px: tuple[int, int]) -> float:
    """How many px of the clip are made of one px of the hero; over 1 is soft."""
    return max(size_px[0] / shot.width, size_px[1] / shot.height)


def softness(shot: Shot, hero_px: tuple[int, int], size_px: tuple[int, int]) -> str:
    """What to tell of a shot that shows more px than the hero has there; else nothing."""
    times = enlargement(shot, size_px)
    if times <= _SHARP:
        return ""
    return (
        f"{shot.width:.0f}x{shot.height:.0f} of the hero's {hero_px[0]}x{hero_px[1]} px are "
        f"enlarged {times:.2f} times and will look soft; a wider crop or a larger hero is sharper"
    )
