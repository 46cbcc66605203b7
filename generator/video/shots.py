"""What a camera sees of the hero: rectangles in its px, sub-pixel places meant.

>>> fit(Shot(0.0, 0.0, 300.0, 300.0), (200, 100))
Shot(x=0.0, y=75.0, width=300.0, height=150.0)
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import SceneError


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

    Raises SceneError when the crop leaves the hero.
    """
    if crop is None:
        return fit(Shot(0.0, 0.0, *hero_px), size_px)
    x, y, width, height = crop
    if x < 0 or y < 0 or x + width > hero_px[0] or y + height > hero_px[1]:
        raise SceneError(
            f"scene.toml [clips.{clip}] crop",
            got=f"[{x}, {y}, {width}, {height}]",
            expected=f"x, y, width, height inside the hero's {hero_px[0]}x{hero_px[1]} px",
        )
    return fit(Shot(x, y, width, height), size_px)
