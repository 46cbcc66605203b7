"""Opens the real ports of a run: which adapter stands behind each Protocol of `engine.ports`."""

from __future__ import annotations

from generator.box.ssh import ssh_box
from generator.engine.http import HttpClient
from generator.engine.ports import Ports, Progress, Questions
from generator.scene.model import Scene
from generator.video.ffmpeg import FfmpegBinary


def real_ports(
    scene: Scene,
    progress: Progress,
    *,
    questions: Questions | None = None,
    offline: bool = False,
) -> Ports:
    """The ports of one run. `offline`: no server is called."""
    return Ports(
        progress=progress,
        ffmpeg=FfmpegBinary(scene.finish.ffmpeg, progress),
        fetcher=None if offline else HttpClient(),
        box=None if offline else ssh_box,
        questions=questions,
    )
