"""Why a job on the server did not end well, said to its author."""

from __future__ import annotations

from generator.comfy.jobs import Job
from generator.comfy.patch import Settings
from generator.errors import ComfyError
from generator.render.takes import Take


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
