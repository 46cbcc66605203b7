"""Signs of life of one job, heard on the server's socket by `comfy jobs watch`.

    with Watch(server.cli, prompt_id, clock) as watch:
        watch.latest        # Sign(node="low", done=3, total=10, at_s=…), or None so far

The socket only informs: messages that were missed are not sent again, and a connection can fall
silent for ever. So nothing is decided by it, and when it breaks another is opened after a pause
(one opened before the old one is closed would get nothing).
"""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from dataclasses import dataclass
from typing import Self

from generator.comfy.cli import ComfyCli
from generator.engine.ports import Clock
from generator.errors import ComfyError, StoreError

log = logging.getLogger(__name__)

PAUSE_S = 3.0


@dataclass(frozen=True)
class Sign:
    """Something that the job did: `done` of `total` steps of the node called `node`."""

    node: str
    done: float
    total: float
    at_s: float


class Watch:
    """Listens to one job in the background for as long as the block lasts."""

    def __init__(self, cli: ComfyCli, prompt_id: str, clock: Clock) -> None:
        """`clock` dates the signs."""
        self.latest: Sign | None = None
        self._cli = cli
        self._prompt_id = prompt_id
        self._clock = clock
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._listen, name="comfy watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over.set()
            if self._process:
                self._process.terminate()
        self._thread.join()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._hear_out()
            except (ComfyError, StoreError, OSError) as exc:
                log.warning("no progress from the socket: %s", exc)
            self._over.wait(PAUSE_S)

    def _hear_out(self) -> None:
        """One connection from beginning to end."""
        with self._lock:
            if self._over.is_set():
                return
            self._process = self._cli.watch(self._prompt_id)
        with self._process as process:
            for line in process.stdout or ():
                self._hear(line)

    def _hear(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict) and event.get("node") is not None:
            self.latest = Sign(
                node=str(event["node"]),
                done=_number(event.get("completed")),
                total=_number(event.get("total")),
                at_s=self._clock.now_s(),
            )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
