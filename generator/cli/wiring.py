"""Opens the real doors: which adapter stands behind each Protocol of `ports`."""

from __future__ import annotations

from generator.cli.output import TerminalProgress
from generator.cli.questions import TerminalQuestions
from generator.engine.ports import Ports, Progress
from generator.news.fetch import UrlFetcher
from generator.scene.model import Scene
from generator.video.ffmpeg import FfmpegBinary


def real_ports(scene: Scene, *, offline: bool = False, progress: Progress | None = None) -> Ports:
    """The doors for one command. Offline, nobody is called."""
    progress = progress or TerminalProgress()
    return Ports(
        progress=progress,
        ffmpeg=FfmpegBinary(scene.finish.ffmpeg, progress),
        fetcher=None if offline else UrlFetcher(),
        questions=TerminalQuestions.if_anyone(),
    )
