"""What a ComfyUI server says about jobs: its `/queue` and `/history` as values, and signs of life.

    find_jobs(queue, history, "0123456789abcdef")   # jobs whose saved file carries that key
    with Watch(server.cli, prompt_id, clock) as watch:
        watch.latest        # Sign(node="low", done=3, total=10, at_s=…), or None so far

A job that neither queue nor history knows is unknown, not failed: it may have moved between two
reads, or have been lost with a server that restarted. Deciding that is up to whoever asks. The
socket behind a Watch only informs: messages that were missed are not sent again, and a connection
can fall silent for ever. So nothing is decided by it, and when it breaks another is opened after a
pause (one opened before the old one is closed would get nothing).
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from generator.comfy.cli import ComfyCli
from generator.engine.lifeline import tied
from generator.engine.ports import Clock
from generator.errors import ComfyError, StoreError

log = logging.getLogger(__name__)

_PAUSE_S = 3.0
"""Before a progress socket that broke is opened again."""
_CLIP = re.compile(r"[^/\\\x00-\x1f]{1,200}\.(mp4|mkv|webm|mov|avi|gif|webp)", re.IGNORECASE)
_FOLDER = re.compile(r"[^\\\x00-\x1f:]{0,400}")
_OUT_OF_MEMORY = re.compile(
    r"OutOfMemory|out of memory|can't allocate memory|MemoryError|not enough memory", re.IGNORECASE
)


@dataclass(frozen=True)
class OutputFile:
    """A saved file as the server names it, checked: no part of it leads out of a folder."""

    filename: str
    subfolder: str
    type: str

    @property
    def suffix(self) -> str:
        """`.mp4` and the like, in lower case: all that we take over from a foreign name."""
        return "." + self.filename.rsplit(".", 1)[1].lower()


@dataclass(frozen=True)
class Fault:
    """Why a job failed, in the server's words."""

    node: str
    exception: str
    message: str

    @property
    def out_of_memory(self) -> bool:
        """Whether the machine's memory was too small for it."""
        return bool(_OUT_OF_MEMORY.search(f"{self.exception} {self.message}"))


@dataclass(frozen=True)
class Job:
    """One job. `ahead`: how many run or wait before it. `number`: its place in line for ever."""

    prompt_id: str
    state: Literal["pending", "running", "done", "failed", "interrupted"]
    number: float = 0.0
    ahead: int = 0
    saved: tuple[Any, ...] = ()
    """The files of the nodes that save under a name, as the server listed them."""
    fault: Fault | None = None


def queued_jobs(queue: Any) -> Iterator[tuple[Job, Any]]:
    """The jobs in line with their graphs, the running one first."""
    running = _entries(queue, "queue_running")
    pending = sorted(_entries(queue, "queue_pending"), key=lambda entry: float(entry[0]))
    for entry in running:
        yield Job(str(entry[1]), "running", float(entry[0])), entry[2]
    for k, entry in enumerate(pending):
        yield Job(str(entry[1]), "pending", float(entry[0]), ahead=len(running) + k), entry[2]


def past_jobs(history: Any) -> Iterator[tuple[Job, Any]]:
    """The jobs that ended, with their graphs."""
    for prompt_id, entry in history.items() if isinstance(history, Mapping) else ():
        if isinstance(entry, Mapping):
            prompt = entry.get("prompt")
            line = prompt if isinstance(prompt, list) and len(prompt) > 2 else [0.0, "", {}]
            yield _past(str(prompt_id), entry, _number(line[0]), line[2]), line[2]


def find_jobs(queue: Any, history: Any, key: str) -> list[Job]:
    """Jobs that save a file with `key` in its name; those in line first, then the newest ended."""
    waiting = [job for job, graph in queued_jobs(queue) if _carries(graph, key)]
    ended = [job for job, graph in past_jobs(history) if _carries(graph, key)]
    return waiting + sorted(ended, key=lambda job: job.number, reverse=True)


def clip_of(job: Job) -> OutputFile:
    """The clip that a finished job saved.

    Raises ComfyError when there is none, or when its name is not a plain file name: such a name is
    never used as a path here, and no ComfyUI gives one.
    """
    for item in job.saved:
        name, folder = str(item.get("filename", "")), str(item.get("subfolder") or "")
        kind = str(item.get("type", "output"))
        parts = re.split(r"[/\\]", folder)
        safe = _CLIP.fullmatch(name) and _FOLDER.fullmatch(folder) and not folder.startswith("/")
        if not safe or ".." in parts or kind not in ("output", "temp", "input"):
            raise ComfyError(
                "the name of the rendered clip",
                got=f"{folder}/{name} ({kind})" if folder else f"{name} ({kind})",
                expected="a plain file name of a video",
                remedy="nothing was written; look at what really listens on that port",
            )
        return OutputFile(name, folder, kind)
    raise ComfyError(
        f"job {job.prompt_id}",
        got="success, but no saved clip",
        expected="a file",
        remedy="run it in ComfyUI itself and look at the node that saves",
    )


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
            self._over.wait(_PAUSE_S)

    def _hear_out(self) -> None:
        """One connection from beginning to end."""
        with self._lock:
            if self._over.is_set():
                return
            self._process = self._cli.started("jobs", "watch", self._prompt_id)
        with self._process as process, tied(process.pid):
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


def _entries(queue: Any, name: str) -> list[list[Any]]:
    listed = queue.get(name) if isinstance(queue, Mapping) else None
    return [e for e in listed or () if isinstance(e, list) and len(e) > 2]


def _past(prompt_id: str, entry: Mapping[str, Any], number: float, graph: Any) -> Job:
    status = entry.get("status")
    status = status if isinstance(status, Mapping) else {}
    messages = {m[0]: m[1] for m in status.get("messages") or () if isinstance(m, list) and m[1:]}
    if "execution_interrupted" in messages:
        return Job(prompt_id, "interrupted", number)
    if error := messages.get("execution_error"):
        fault = Fault(
            f"{error.get('node_type', '?')} (node {error.get('node_id', '?')})",
            str(error.get("exception_type", "")),
            str(error.get("exception_message", "")).strip(),
        )
        return Job(prompt_id, "failed", number, fault=fault)
    if status.get("status_str", "success") != "success":
        return Job(prompt_id, "failed", number, fault=Fault("?", "", "the server gave no reason"))
    outputs = entry.get("outputs")
    saved = tuple(
        item
        for node_id, kinds in (outputs.items() if isinstance(outputs, Mapping) else ())
        if isinstance(kinds, Mapping) and _prefix(graph, node_id)
        for files in kinds.values()
        if isinstance(files, list)
        for item in files
        if isinstance(item, Mapping)
    )
    return Job(prompt_id, "done", number, saved=saved)


def _carries(graph: Any, key: str) -> bool:
    """Whether a node of this graph saves under a name with `key` in it."""
    return isinstance(graph, Mapping) and any(key in _prefix(graph, node_id) for node_id in graph)


def _prefix(graph: Any, node_id: str) -> str:
    """The name that a node saves under; empty for one that saves nothing."""
    node = graph.get(node_id) if isinstance(graph, Mapping) else None
    inputs = node.get("inputs") if isinstance(node, Mapping) else None
    return str(inputs.get("filename_prefix", "")) if isinstance(inputs, Mapping) else ""


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
