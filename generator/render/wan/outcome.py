"""What becomes of one job: watched until it is over, why it failed, whether its clip will do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from generator.comfy import roles
from generator.comfy.client import UnreachableError
from generator.comfy.graph import Graph
from generator.comfy.jobs import Job, Sign, Watch
from generator.comfy.patch import Settings
from generator.engine.disk import sha256_file
from generator.engine.ports import Ports
from generator.errors import AssetError, ComfyError, RemoteError
from generator.render.takes import Take, TakeFile
from generator.render.wan.server import Link
from generator.video.metadata import probe

log = logging.getLogger(__name__)

_LEAVE, _CANCEL = "l", "c"


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds. `looks`: how often for a job whose answer got lost."""

    poll_s: float = 2.0
    unreachable_s: float = 300.0
    stall_s: float = 1800.0
    looks: int = 5


@dataclass
class Waiting:
    """One job, watched until it is over. `graph` names the phases; `cancelled` is told of it."""

    link: Link
    ports: Ports
    patience: Patience
    label: str
    prompt_id: str
    graph: Graph
    cancelled: Callable[[], object]
    _ahead: int = field(default=-1, init=False)
    _alive_at_s: float = field(default=0.0, init=False)
    _state: str = field(default="", init=False)
    _told: Sign | None = field(default=None, init=False)

    def until_over(self) -> Job | None:
        """The job once it ended in any way; None when the server lost it.

        Raises ComfyError when the server stays away or the job stalls (it is left alone then).
        """
        self._alive_at_s = self.ports.clock.now_s()
        with ExitStack() as stack:
            return self._poll(stack)

    def _poll(self, stack: ExitStack) -> Job | None:
        silent_since_s: float | None = None
        watch: Watch | None = None
        while True:
            try:
                job = self.link.server.job(self.prompt_id)
                silent_since_s = None
            except UnreachableError as exc:
                self.link.check()
                now_s = self.ports.clock.now_s()
                if silent_since_s is None:
                    silent_since_s = now_s
                    self.ports.progress.note(f"{self.label}: the server does not answer; waiting")
                if now_s - silent_since_s >= self.patience.unreachable_s:
                    raise self._gone(exc, now_s - silent_since_s) from exc
            else:
                if job is None or job.state not in ("pending", "running"):
                    return job
                watch = watch or stack.enter_context(
                    Watch(self.link.server.cli, self.prompt_id, self.ports.clock)
                )
                self._report(job, watch.latest)
                self._check_pulse(job, watch.latest)
            self.ports.clock.sleep(self.patience.poll_s)

    def _report(self, job: Job, sign: Sign | None) -> None:
        if job.state != self._state:
            self._state = job.state
            self._alive_at_s = self.ports.clock.now_s()
        if job.state == "pending":
            if job.ahead != self._ahead:
                jobs = "job" if job.ahead == 1 else "jobs"
                self.ports.progress.note(f"{self.label}: waiting behind {job.ahead} {jobs}")
            self._ahead = job.ahead
            self._alive_at_s = self.ports.clock.now_s()
        elif sign and sign.total > 1 and sign != self._told:
            self._told = sign
            self.ports.progress.update(f"{self.label} {self._phase(sign)}", sign.done, sign.total)

    def _phase(self, sign: Sign) -> str:
        """What a node does, in words."""
        for stage in roles.samplers(self.graph):
            if stage.node_id == sign.node:
                return {"high": "high noise", "low": "low noise", "only": "sampling"}[stage.place]
        node = self.graph.nodes.get(sign.node)
        return node.class_type if node else "at work"

    def _check_pulse(self, job: Job, sign: Sign | None) -> None:
        if job.state != "running":
            return
        alive_s = max(self._alive_at_s, sign.at_s if sign else 0.0)
        silent_s = self.ports.clock.now_s() - alive_s
        if silent_s < self.patience.stall_s:
            return
        where = f" in {self._phase(sign)}" if sign else " at all"
        if sign and sign.total:
            where += f", step {sign.done:g} of {sign.total:g}"
        raise ComfyError(
            f"{self.label} on {self.link.name}, job {self.prompt_id[:8]}",
            got=f"no sign of progress for {silent_s / 60:.0f} min{where}",
            expected=f"a sign every {self.patience.stall_s / 60:.0f} min ([wan] stall_s)",
            remedy="look whether the GPU is idle (nvidia-smi); if so restart ComfyUI and run "
            "breathe render again. The job was left alone: if it ends, that collects it",
        )

    def _gone(self, exc: UnreachableError, silent_s: float) -> ComfyError:
        return ComfyError(
            f"{self.label} on {self.link.name}",
            got=f"no answer for {silent_s:.0f} s while job {self.prompt_id[:8]} was running",
            expected="a server that answers",
            remedy="bring it back and run breathe render again: the job is looked for there, "
            "and submitted again only when the server has lost it",
            detail=exc.detail,
        )

    def ask_what_now(self) -> None:
        """On Ctrl-C: leave the job running, or cancel it: ours, never another one."""
        answer = _LEAVE
        if self.ports.questions:
            answer = self.ports.questions.choose(
                f"{self.label}: job {self.prompt_id[:8]} is on the server. What now?",
                {
                    _LEAVE: "leave it running; breathe render collects it later",
                    _CANCEL: "cancel it",
                },
                _LEAVE,
            )
        if answer != _CANCEL:
            self.ports.progress.note(
                f"{self.label}: left running as job {self.prompt_id[:8]}; "
                "breathe render collects it"
            )
            return
        try:
            self.link.server.cancel(self.prompt_id)
        except RemoteError as exc:
            self.ports.progress.note(f"{self.label}: could not be cancelled: {exc}")
            return
        self.cancelled()
        self.ports.progress.note(f"{self.label}: job {self.prompt_id[:8]} cancelled")


def failure(take: Take, job: Job, settings: Settings) -> ComfyError:
    """What a job that did not end well says to its author."""
    subject = f"render:{take.clip} on {take.host}, job {job.prompt_id[:8]}"
    if job.state == "interrupted" or job.fault is None:
        return ComfyError(
            subject,
            got="a job that was interrupted on the server",
            expected="a job that runs to its end",
            remedy="run breathe render again to submit it anew",
        )
    width, height = settings.size
    if job.fault.out_of_memory:
        return ComfyError(
            subject,
            got=f"out of memory in {job.fault.node}",
            expected=f"room for {settings.frames} frames of {width}x{height}",
            remedy="free memory on the box (breathe spark doctor names who holds it), "
            "or render fewer frames",
            detail=_head(job.fault.message),
        )
    return ComfyError(
        subject,
        got=f"{job.fault.exception or 'an error'} in {job.fault.node}",
        expected="a job that runs to its end",
        remedy="ComfyUI's log on the box has the whole story",
        detail=_head(job.fault.message),
    )


def _head(text: str) -> str:
    return "\n".join(text.splitlines()[:8])


@dataclass(frozen=True)
class Expected:
    """What was asked for. `size_px`: width, height."""

    frame_count: int
    fps: int
    size_px: tuple[int, int]


def check_clip(ports: Ports, path: Path, expected: Expected, final: str, *, name: str) -> TakeFile:
    """The facts of the clip at `path`, decoded to its end; it will be called `final`.

    Raises AssetError when it is damaged, or not what was asked for.
    """
    probed = probe(ports.require_ffmpeg(name), path, name=name)
    remedy = "run breathe render again; it lies beside the take as refused.*, should you want it"
    if probed.complaints or probed.missing_s > 0.5 / expected.fps:
        raise AssetError(
            name,
            got=f"a damaged file: {probed.frame_count} frames decode",
            expected="a clip that decodes to its end",
            remedy=remedy,
            detail=probed.complaints[:600],
        )
    if probed.size_px != expected.size_px:
        raise AssetError(
            name,
            got="{}x{} px".format(*probed.size_px),
            expected="{}x{} px".format(*expected.size_px),
            remedy=f"look for a resize in the workflow; {remedy}",
        )
    if probed.frame_count != expected.frame_count:
        raise AssetError(
            name,
            got=f"{probed.frame_count} frames",
            expected=f"{expected.frame_count}, as asked",
            remedy=f"set frames to what the workflow makes, or mend it; {remedy}",
        )
    if abs(probed.fps - expected.fps) > 0.02 * expected.fps:
        raise AssetError(
            name,
            got=f"{probed.fps:.3f} frames a second",
            expected=f"{expected.fps}, the room's",
            remedy=f"set the rate at the workflow's saving node; {remedy}",
        )
    return TakeFile(
        name=final,
        sha256=sha256_file(path),
        bytes=path.stat().st_size,
        frame_count=probed.frame_count,
        fps=round(probed.fps, 4),
        size_px=probed.size_px,
    )
