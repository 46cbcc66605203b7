"""What four corners must be to be a screen.

Corners are fractions of the frame, xy, y down, in the order top left, top right, bottom right,
bottom left: so they run clockwise as seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from generator.artifacts import Quad
from generator.errors import SceneError

MIN_QUAD_AREA = 1e-4
"""A screen smaller than a hundredth of the frame each way cannot be read or tracked."""
NAMES = ("top left", "top right", "bottom right", "bottom left")
_ORDER = "the order " + ", ".join(NAMES)
_PICK = "pick the corners again with ?pick"
_LEVEL_DEG = 60.0
"""A top edge that leans more is none. In fractions of a wide frame 60 degrees are some 45."""
_LARGEST_SLIP, _LARGEST_PERCENT = 2.0, 100.0
"""Up to the first a corner was set a little outside; up to the second it is a percentage."""


def check_quad(quad: Quad, subject: Callable[[], str]) -> None:
    """Refuse corners that are outside the frame, out of order, not convex, or next to nothing.

    Raises SceneError about `subject`, which is asked only then.
    """
    _check_inside(quad, subject)
    turns = []
    for k in range(4):
        (ax, ay), (bx, by), (cx, cy) = quad[k], quad[(k + 1) % 4], quad[(k + 2) % 4]
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    if all(turn < 0 for turn in turns):
        raise SceneError(subject(), got="corners that run anticlockwise", expected=_ORDER)
    if not all(turn > 0 for turn in turns):
        raise SceneError(
            subject(), got="a quadrilateral that is not convex", expected=_ORDER, remedy=_PICK
        )
    _check_upright(quad, subject)
    area = sum(
        quad[k][0] * quad[(k + 1) % 4][1] - quad[(k + 1) % 4][0] * quad[k][1] for k in range(4)
    )
    if area / 2 < MIN_QUAD_AREA:
        raise SceneError(
            subject(),
            got=f"a screen of {area / 2:.1g} of the frame",
            expected=f"at least {MIN_QUAD_AREA:g} of it",
        )


def _check_inside(quad: Quad, subject: Callable[[], str]) -> None:
    remedy, largest = _PICK, max(max(corner) for corner in quad)
    if largest > _LARGEST_PERCENT:
        remedy = "these look like px: divide x by the frame's width and y by its height"
    elif largest > _LARGEST_SLIP:
        remedy = "these look like percent: divide by 100"
    for name, (x, y) in zip(NAMES, quad, strict=True):
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            raise SceneError(
                f"{subject()}, {name} corner",
                got=f"({x:g}, {y:g})",
                expected="fractions of the frame, 0 to 1",
                remedy=remedy,
            )


def _check_upright(quad: Quad, subject: Callable[[], str]) -> None:
    """Corners that start elsewhere are a screen as well, but one with its text turned."""
    (tlx, tly), (trx, try_), (brx, bry), (blx, bly) = quad
    lean_deg = math.degrees(math.atan2(try_ - tly + bry - bly, trx - tlx + brx - blx))
    if abs(lean_deg) > _LEVEL_DEG:
        quarters = round(lean_deg / 90) % 4
        upright = [list(quad[(k - quarters) % 4]) for k in range(4)]
        raise SceneError(
            subject(),
            got=f"corners that start at the {NAMES[quarters]}: the text would be turned",
            expected=_ORDER,
            remedy=f"write {upright}",
        )


def check_glass_holds_text(glass: Quad, text: Quad, subject: Callable[[], str]) -> None:
    """The tracker follows what lies round the glass, so another glass gives another place.

    The middle decides: corners are tried out before one thinks of the glass.
    """
    x, y = sum(x for x, _ in text) / 4, sum(y for _, y in text) / 4
    for k in range(4):
        (ax, ay), (bx, by) = glass[k], glass[(k + 1) % 4]
        if (bx - ax) * (y - ay) - (by - ay) * (x - ax) < 0:
            raise SceneError(
                subject(),
                got="a glass that does not hold the text area, [screen] corners",
                expected="the outer corners of the tube, round the text area",
                remedy="take the line out: the glass is then found from the picture",
            )
