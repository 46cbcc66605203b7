"""When a feed is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from generator.scene.model import News

MAX_WAIT_S = 86_400
"""However long a server wants to be left alone, it is asked once a day."""
RETRY_S = 300
"""A dead feed is asked again sooner than `ttl_s`, but not at every build."""


@dataclass(frozen=True)
class Wait:
    """A server's wish not to be asked again before `until_s`, Unix seconds.

    `error`: what was wrong with its last answer; empty after a good one.
    """

    until_s: int
    error: str = ""

    def holds(self, now_s: float) -> bool:
        """Whether it is still to be left alone; a clock that was wrong once counts for nothing."""
        return self.until_s - MAX_WAIT_S <= now_s < self.until_s


def patience_s(settings: News, status: str) -> float:
    """When a feed of this status is asked again, unless its server wants to be left alone longer.

    In seconds; a local feed is never due.
    """
    return {"local": inf, "ok": settings.ttl_s}.get(status, min(settings.ttl_s, RETRY_S))
