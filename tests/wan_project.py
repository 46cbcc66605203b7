"""A small project whose ambient clip is rendered by a server, for tests of the way to it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from generator.engine.ports import Ports
from generator.render.takes import Take, TakeShelf
from generator.render.wan import stage as wan
from generator.render.wan.outcome import Patience
from generator.render.wan.server import CLI_HOME
from generator.scene.model import Clip, Room, Scene, Wan
from generator.video.ffmpeg import FfmpegBinary

HASTE = Patience(poll_s=0.03, unreachable_s=20.0, stall_s=60.0, looks=20)
SCENE = Scene(
    room=Room(hero="hero.png", size=(128, 64)),
    ambient=Clip(render="wan", frames=9, loop="pingpong", seed=3),
)


@dataclass
class Told:
    """Progress that remembers what was said."""

    notes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    steps: list[tuple[str, float]] = field(default_factory=list)

    def update(self, label: str, done: float, total: float) -> None:
        """A step."""
        del total
        self.steps.append((label, done))
        if label not in self.labels:
            self.labels.append(label)

    def note(self, message: str) -> None:
        """A line."""
        self.notes.append(message)

    @property
    def text(self) -> str:
        """Everything in one."""
        return "\n".join(self.notes)


@dataclass
class WanProject:
    """`collect()` has the ambient clip rendered, as the stage does."""

    root: Path
    scene: Scene
    told: Told = field(default_factory=Told)

    @classmethod
    def at(cls, root: Path, url: str, **wan_settings: Any) -> WanProject:
        """A project in `root` with a hero of 256x128 px."""
        root.mkdir(parents=True, exist_ok=True)
        hero = root / "hero.png"
        if not hero.is_file():
            ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
            source = ["-f", "lavfi", "-i", "testsrc2=size=256x128"]
            subprocess.run(
                [ffmpeg, "-v", "error", *source, "-frames:v", "1", str(hero)], check=True
            )
        # One test looks at how tracking is switched off; the others need not do it again.
        mark = root / CLI_HOME / "tracking-off"
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        return cls(root, replace(SCENE, wan=Wan(host=url, **wan_settings)))

    @property
    def ports(self) -> Ports:
        """Real doors, and a progress that remembers."""
        return Ports(progress=self.told, ffmpeg=FfmpegBinary())

    def collect(self, patience: Patience = HASTE, **ports: Any) -> Take:
        """Have the take on the shelf."""
        doors = replace(self.ports, **ports)
        return wan.make_take(self.root, doors, self.scene, "ambient", patience=patience)

    def take(self) -> Take:
        """The only take there is."""
        (take,) = TakeShelf(self.root).all("ambient")
        return take
