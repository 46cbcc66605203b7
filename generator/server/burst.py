"""When an edit is built.

burst = Burst()
burst.wait_s(now_s)  # 0.0: at once; then 0.2 while one edit chases the other
"""

from __future__ import annotations

BURST_S = 0.2
"""Edits that follow each other faster than this are built when they have paused for as long."""
LONGEST_BURST_S = 1.0


class Burst:
    """When to build: an edit at once; edits that chase each other, when they have paused."""

    def __init__(self) -> None:
        """No edit yet."""
        self._edited_at_s = self._begun_s = float("-inf")

    def wait_s(self, now_s: float) -> float:
        """Seconds to wait after an edit at `now_s`; what was waited for before is off."""
        is_chased = now_s - self._edited_at_s < BURST_S
        self._edited_at_s = now_s
        if not is_chased:
            self._begun_s = now_s
            return 0.0
        rest_s = self._begun_s + LONGEST_BURST_S - now_s
        if rest_s <= 0:
            self._begun_s, rest_s = now_s, LONGEST_BURST_S
        return min(BURST_S, rest_s)
