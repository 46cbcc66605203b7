"""Every error this project raises on purpose, and how its message is built.

    BreatheError                 base; `exit_code` says what the command line returns
    ├── UsageError               (2) the command was called wrongly
    ├── SceneError               (2) scene.toml, or something it names, is not usable
    ├── AssetError               (1) a file in the project is missing, damaged or of the wrong shape
    ├── StageError               (1) a stage ran and failed
    │   ├── TrackError           the screen could not be followed
    │   └── GateError            a result exists but fails a gate that the scene sets
    ├── StaleError               (1) --frozen met something stale
    ├── MediaError               (1) ffmpeg or a decoder said no
    ├── FeedError                (1) a feed could not be read
    ├── StoreError               (1) the disk or baked.lock said no
    ├── BuildError               (1) the page could not be put together
    └── RemoteError              (1) something on another machine said no
        ├── SshError             the way to the box
        └── ComfyError           the ComfyUI server on it

A message says four things: the subject, what we got, what we expected, and the remedy.

>>> print(SceneError("scene.toml [room] fps", got="0", expected="a whole number from 1 to 60",
...                  remedy="write fps = 16"))
scene.toml [room] fps: got 0; expected a whole number from 1 to 60
  → write fps = 16
"""

from __future__ import annotations


class BreatheError(Exception):
    """Base of all errors that are shown to people without a traceback."""

    exit_code = 1

    def __init__(
        self,
        subject: str,
        *,
        got: str = "",
        expected: str = "",
        remedy: str = "",
        detail: str = "",
    ) -> None:
        """Keep the four parts apart, so that the terminal and the dev overlay can lay them out.

        `detail` is the tail of somebody else's words (ffmpeg, a server), shown last and indented.
        """
        self.subject = subject
        self.got = got
        self.expected = expected
        self.remedy = remedy
        self.detail = detail
        super().__init__(self._compose())

    def rename(self, subject: str) -> None:
        """Say the same of a subject that is better known by now."""
        self.subject = subject
        self.args = (self._compose(),)

    def _compose(self) -> str:
        clauses = []
        if self.got:
            clauses.append(f"got {self.got}")
        if self.expected:
            clauses.append(f"expected {self.expected}")
        message = self.subject
        if clauses:
            message += ": " + "; ".join(clauses)
        if self.remedy:
            message += f"\n  → {self.remedy}"
        if self.detail:
            indented = "\n".join(f"  | {line}" for line in self.detail.strip().splitlines())
            message += f"\n{indented}"
        return message


class UsageError(BreatheError):
    """The command was called wrongly."""

    exit_code = 2


class SceneError(BreatheError):
    """scene.toml, or something it names, is not usable."""

    exit_code = 2


class AssetError(BreatheError):
    """A file in the project is missing, damaged or of the wrong shape."""


class StageError(BreatheError):
    """A stage ran and failed."""


class TrackError(StageError):
    """The screen could not be followed through the clip."""


class GateError(StageError):
    """A result exists but fails a gate that the scene sets."""


class StaleError(BreatheError):
    """`--frozen` met something stale."""


class MediaError(BreatheError):
    """FFmpeg or a decoder said no."""


class FeedError(BreatheError):
    """A feed could not be read."""


class StoreError(BreatheError):
    """The disk or baked.lock said no."""


class BuildError(BreatheError):
    """The page could not be put together."""


class RemoteError(BreatheError):
    """Something on another machine said no."""


class SshError(RemoteError):
    """The way to the box is closed."""


class ComfyError(RemoteError):
    """The ComfyUI server said no."""
