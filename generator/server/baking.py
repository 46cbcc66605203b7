"""Stale stages run beside the server, one stage a process, the quick ones never behind the slow.

    baker.offer(built.due) → bake("track:ambient") → rebuild → baker.offer(…) → …

Two lanes: encodes take minutes, and a track that was asked for meanwhile must not wait for them.
After every stage the page is built anew, so it follows step by step and the next stage starts from
the scene as it is by then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from generator.errors import StageError

RETRY_S, LONGEST_RETRY_S = 10.0, 120.0
"""What failed for no fault of the project's is tried again after as long, then after twice that."""
REST_S = 1.0
"""A bake takes what the machine has, so it begins when the author has paused for as long."""


@dataclass(frozen=True)
class Due:
    """A stage that can run now. `key`: the stage's own, so it changes with all that it reads."""

    stage: str
    key: str
    is_slow: bool


class BakeError(StageError):
    """A stage said no."""

    key: str | None = None
    """What it ran under: another than it was asked under when an edit came between, None when the
    project could not be read."""
    is_passing: bool = False
    """Nothing that it reads is to blame, but the machine: it may go well the next time."""


Report = Callable[[str, float], None]
"""What is being done, and the share of it that is, 0 to 1."""
Bake = Callable[[Due, Report], Awaitable[None]]


class Baker:
    """Runs what is due, and knows what is wrong."""

    def __init__(
        self,
        bake: Bake,
        *,
        changed: Callable[[], None],
        baked: Callable[[str, float], None],
        overtaken: Callable[[], None],
        judge: Callable[[Exception], dict[str, Any]],
    ) -> None:
        """`bake` runs one stage; a BakeError says under which key it failed.

        `changed`: called when there is news of work. `baked`: with a stage that was made, and the
        seconds it took. `overtaken`: called when a failure is one of a project that is no more.
        Both must lead to a build and a new offer. `judge`: a failure as a page shows it.
        """
        self._bake = bake
        self._changed = changed
        self._baked = baked
        self._overtaken = overtaken
        self._judge = judge
        self._due: Sequence[Due] = ()
        self._rest_until_s = 0.0
        self._offered = {is_slow: asyncio.Event() for is_slow in (False, True)}
        self._failed: dict[str, tuple[str, dict[str, Any]]] = {}
        self._retry_s: dict[str, float] = {}
        """What failed in passing, and how long it waits the next time."""
        self._again: set[str] = set()
        """What failed and may be tried again."""
        self._making: dict[Due, asyncio.Task[None]] = {}
        self._doing: dict[str, tuple[str, float]] = {}

    @property
    def problem(self) -> dict[str, Any] | None:
        """The first failure that nothing has mended yet."""
        return next((problem for _, problem in self._failed.values()), None)

    @property
    def doing(self) -> list[dict[str, Any]]:
        """What is being made: {stage, step, done}."""
        return [
            {"stage": stage, "step": step, "done": round(done, 3)}
            for stage, (step, done) in self._doing.items()
        ]

    def edited(self) -> None:
        """The author is at work: nothing new is begun for a moment, then what failed in passing."""
        self._rest_until_s = time.monotonic() + REST_S
        self._again.update(self._retry_s)

    def offer(self, due: Sequence[Due]) -> None:
        """What a build found stale.

        What failed before is left alone until its key changes; an encode that nobody wants any
        more is stopped.
        """
        self._due = due
        for making, task in self._making.items():
            if making.is_slow and making not in due:
                task.cancel()
        keys = {each.stage: each.key for each in due}
        for stage, (key, _) in tuple(self._failed.items()):
            if keys.get(stage) != key:
                self._forget(stage)
        for event in self._offered.values():
            event.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            for is_slow in (False, True):
                lanes.create_task(self._lane(is_slow))

    async def _lane(self, is_slow: bool) -> None:
        while True:
            offered = self._offered[is_slow]
            await offered.wait()
            offered.clear()
            if self._next(is_slow) is None:
                continue
            while (rest_s := self._rest_until_s - time.monotonic()) > 0:
                await asyncio.sleep(rest_s)
            due = self._next(is_slow)
            if due is None:
                continue
            task = self._making[due] = asyncio.create_task(self._make(due))
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
                await asyncio.wait({task})
                del self._making[due]

    def _next(self, is_slow: bool) -> Due | None:
        barred = self._failed.keys() - self._again
        wanted = (d for d in self._due if d.is_slow is is_slow and d.stage not in barred)
        return next(wanted, None)

    async def _make(self, due: Due) -> None:
        def report(step: str, done: float) -> None:
            self._doing[due.stage] = (step, done)
            self._changed()

        started_s = time.perf_counter()
        self._again.discard(due.stage)
        report("", 0.0)
        try:
            await self._bake(due, report)
        except Exception as exc:  # whatever a stage makes of things, the page must stay
            key = exc.key if isinstance(exc, BakeError) else due.key
            if key and any((d.stage, d.key) == (due.stage, key) for d in self._due):
                self._failed[due.stage] = (key, self._judge(exc))
                if isinstance(exc, BakeError) and exc.is_passing:
                    self._try_later(due.stage)
                self._offered[due.is_slow].set()  # others may be due
            else:
                self.edited()
                self._overtaken()
        else:
            self._forget(due.stage)
            self._baked(due.stage, time.perf_counter() - started_s)
        finally:
            self._doing.pop(due.stage, None)
            self._changed()

    def _try_later(self, stage: str) -> None:
        delay_s = self._retry_s.get(stage, RETRY_S)
        self._retry_s[stage] = min(2 * delay_s, LONGEST_RETRY_S)

        def again() -> None:
            self._again.add(stage)
            for event in self._offered.values():
                event.set()

        asyncio.get_running_loop().call_later(delay_s, again)

    def _forget(self, stage: str) -> None:
        """It has not failed: it went well, or what it reads is other than it was."""
        self._failed.pop(stage, None)
        self._retry_s.pop(stage, None)
        self._again.discard(stage)
