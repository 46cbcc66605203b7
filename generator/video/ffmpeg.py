"""FFmpeg as a process: a command put together by ffmpeg-python, its progress, its last words.

    command([Source(hero)], [Filter("scale", {"w": 1280})], still)  →  the arguments
    FfmpegBinary("bundled", progress).run(arguments, label="still", total_s=4.0)

The only module that knows ffmpeg-python. The binary is the imageio-ffmpeg wheel's own, or the first
one on PATH.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, TextIO, TypeAlias, cast

from generator.engine.lifeline import tied
from generator.engine.ports import Progress, SilentProgress
from generator.errors import MediaError

log = logging.getLogger(__name__)

Option: TypeAlias = str | int | float | None
"""An option's value; None is a switch without one (`-an`)."""

_GLOBAL = ("-hide_banner", "-nostdin", "-y", "-nostats", "-loglevel", "level+info")
_TAIL_LINES = 12
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE)
_LACKING = re.compile(r"Unknown encoder|No such filter|Error parsing option|Option not found")
_BAD = re.compile(r"\[(?:error|fatal|panic)\]")


@dataclass(frozen=True)
class Filter:
    """One filter of a chain, with its named options."""

    name: str
    options: Mapping[str, str | int | float] = field(default_factory=dict)


BT709 = Filter(
    "setparams",
    {"range": "tv", "color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"},
)
"""Tags the frames. Ffmpeg's output options for the tags are lost on the way to the file."""


@dataclass(frozen=True)
class Source:
    """One input: a path, the options that stand before its `-i`, and filters of its own."""

    path: Path
    options: Mapping[str, Option] = field(default_factory=dict)
    filters: Sequence[Filter] = ()


def command(
    sources: Sequence[Source],
    filters: Sequence[Filter],
    target: Path | None,
    options: Mapping[str, Option],
) -> tuple[str, ...]:
    """The arguments that lead `sources` through a chain of `filters` into `target`.

    The first filter takes the video of every source, in order, after the source's own filters.
    `target` None throws the pictures away, for filters that only measure. Values are escaped by
    ffmpeg-python.
    """
    import ffmpeg

    videos = []
    for source in sources:
        video = ffmpeg.input(str(source.path), **source.options).video
        for item in source.filters:
            video = ffmpeg.filter(video, item.name, **item.options)
        videos.append(video)
    stream = videos[0] if len(videos) == 1 else videos
    for item in filters:
        stream = ffmpeg.filter(stream, item.name, **item.options)
    if target is None:
        node = ffmpeg.output(stream, "-", **{"f": "null", **options})
    else:
        node = ffmpeg.output(stream, str(target), **options)
    return tuple(ffmpeg.get_args(node))


def find_ffmpeg(choice: Literal["bundled", "path"] = "bundled") -> Path:
    """The binary that `[finish] ffmpeg` names. Raises MediaError when it is not there."""
    if choice == "path":
        found = shutil.which("ffmpeg")
        if found is None:
            raise MediaError(
                'scene.toml [finish] ffmpeg = "path"',
                got="no ffmpeg on PATH",
                remedy='install ffmpeg, or write ffmpeg = "bundled"',
            )
        return Path(found)
    import imageio_ffmpeg

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as exc:
        raise MediaError(
            "imageio-ffmpeg",
            got="a wheel without a binary for this machine",
            remedy='install ffmpeg, and write ffmpeg = "path" under [finish] in scene.toml',
            detail=str(exc),
        ) from exc


class FfmpegBinary:
    """The real `ports.Ffmpeg`. Safe to call from several threads."""

    def __init__(
        self,
        choice: Literal["bundled", "path"] = "bundled",
        progress: Progress | None = None,
    ) -> None:
        self._choice = choice
        self._progress = progress or SilentProgress()
        self._executable: Path | None = None
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[str]] = set()

    @property
    def executable(self) -> Path:
        """The binary. Raises MediaError when it is not there."""
        if self._executable is None:
            self._executable = find_ffmpeg(self._choice)
        return self._executable

    def stop(self) -> None:
        """Kill every run in flight; each of them raises MediaError."""
        with self._lock:
            for child in self._children:
                child.kill()

    def run(
        self,
        args: Iterable[str],
        *,
        label: str,
        total_s: float = 0.0,
        feed: Iterable[bytes] | None = None,
    ) -> str:
        """Run ffmpeg with `args`; returns all it said on stderr, each line led by its `[level]`.

        `total_s` is the length of the output, for the progress report. `feed`: what the input
        `pipe:0` reads, asked for as ffmpeg takes it. The last argument names the output; a file
        that a failed or interrupted run leaves there is removed.
        Raises MediaError with the tail of ffmpeg's words, and whatever `feed` raises.
        """
        arguments = tuple(args)
        argv = [str(self.executable), *_GLOBAL, "-progress", "pipe:1", *arguments]
        log.debug("%s", argv)
        try:
            # Its own session, so that Ctrl-C reaches us alone and we end it in order; where we
            # cannot, since we were killed, the lifeline does.
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as exc:
            raise MediaError(
                str(self.executable), got=str(exc), expected="a program that runs on this machine"
            ) from exc
        said: list[str] = []
        done = False
        try:
            meter = _Meter(self._progress, label, total_s)
            with self._running(child):
                if feed is None:
                    _listen(child, said, meter)
                else:
                    _feed(child, feed, lambda: _listen(child, said, meter))
            _judge(child.returncode, said, label)
            done = True
        finally:
            target = Path(arguments[-1])
            if not done and target.is_file():
                target.unlink()
        return "".join(said)

    @contextmanager
    def _running(self, child: subprocess.Popen[str]) -> Iterator[None]:
        """`stop` and our own end reach the child in this block, which ends after it."""
        with self._lock:
            self._children.add(child)
        try:
            with tied(child.pid):
                yield
        finally:
            with self._lock:
                self._children.discard(child)


class _Meter:
    """Turns `-progress` lines into reports."""

    def __init__(self, progress: Progress, label: str, total_s: float) -> None:
        self._progress = progress
        self._label = label
        self._total_s = total_s

    def read(self, line: str) -> None:
        name, _, value = line.strip().partition("=")
        if self._total_s <= 0.0:
            return
        if name == "out_time_us" and value.lstrip("-").isdigit():
            done_s = int(value) / 1e6
            if 0.0 <= done_s < self._total_s:
                self._progress.update(self._label, done_s, self._total_s)
        elif (name, value) == ("progress", "end"):
            self._progress.update(self._label, self._total_s, self._total_s)


def _feed(child: subprocess.Popen[str], feed: Iterable[bytes], listen: Callable[[], None]) -> None:
    """Write `feed` to `child` while another thread listens to it, and wait for both."""
    if child.stdin is None:
        raise RuntimeError("ffmpeg was started without a pipe to feed")
    stdin = cast("TextIO", child.stdin)
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    fed = False
    try:
        with contextlib.suppress(BrokenPipeError):  # it has ended: its own words say why
            for piece in feed:
                stdin.buffer.write(piece)
            stdin.close()
        fed = True
    finally:
        if not fed:
            child.kill()
        with contextlib.suppress(BrokenPipeError):
            stdin.close()
        listener.join()


def _listen(child: subprocess.Popen[str], said: list[str], meter: _Meter) -> None:
    """Read both pipes of `child` to their ends, and wait for it."""
    stdout, stderr = child.stdout, child.stderr
    if stdout is None or stderr is None:
        raise RuntimeError("ffmpeg was started without pipes")

    def collect(pipe: IO[str]) -> None:
        said.extend(pipe)

    collector = threading.Thread(target=collect, args=(stderr,), daemon=True)
    collector.start()
    with stdout, stderr:
        try:
            for line in stdout:
                meter.read(line)
            child.wait()
        finally:
            # A pipe that somebody reads cannot be closed: end the writer first.
            if child.poll() is None:
                child.kill()
                child.wait()
            collector.join()


def _judge(returncode: int, said: Sequence[str], label: str) -> None:
    """Raise MediaError unless the run went well."""
    if returncode == 0 and not any(_BAD.search(line) and _NO_SPACE.search(line) for line in said):
        return
    errors = [line for line in said if _BAD.search(line)]
    tail = "".join(deque(errors or said, maxlen=_TAIL_LINES))
    if any(_NO_SPACE.search(line) for line in said):
        raise MediaError(
            f"ffmpeg, {label}",
            got="a full disk",
            remedy="free some space and run it again; nothing was left half done",
            detail=tail,
        )
    if returncode < 0:
        raise MediaError(
            f"ffmpeg, {label}",
            got=f"an end by signal {-returncode}",
            remedy="if nobody stopped it, the machine ran out of memory: close something",
            detail=tail,
        )
    remedy = ""
    if _LACKING.search(tail):
        remedy = (
            "this ffmpeg was built without what we need: "
            'write ffmpeg = "bundled" under [finish] in scene.toml'
        )
    raise MediaError(
        f"ffmpeg, {label}", got=f"exit status {returncode}", remedy=remedy, detail=tail
    )
