"""Takes: every render that was ever asked for, from the intent to the file, one folder each.

    assets/baked/takes/ambient/0123456789abcdef/
        take.json     the journal: what was asked, of whom, how far it came
        graph.json    the graph as it was sent
        master.mp4    the clip, once it is here whole

`take.json` is written before a job is submitted and again with every step, each time by one
rename. So whatever dies, the next run knows what to look for: the key stands in the name of the
file that the server saves, and the server's queue and history carry that name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from generator.artifacts import Json, JsonMap
from generator.artifacts.decode import decode
from generator.engine.disk import canonical_json, disk_errors, write_atomic
from generator.errors import StoreError
from generator.scene.model import ClipName

TAKES_DIR = "assets/baked/takes"
RECORD = "take.json"
GRAPH = "graph.json"
SCHEMA = 1
KEY_DIGITS = 16

State = Literal["intent", "submitted", "rendered", "done", "failed", "cancelled"]
"""intent: about to be submitted, perhaps it was. submitted: the server gave an id. rendered: the
server has the file. done: so have we. failed, cancelled: the server said so; it may be asked anew.
"""


@dataclass(frozen=True)
class TakeFile:
    """The clip of a finished take."""

    name: str
    sha256: str
    bytes: int
    frame_count: int
    fps: float
    size_px: tuple[int, int]


@dataclass(frozen=True)
class Take:
    """One render: what was asked for, and how far it came.

    `recipe` is everything that decides the pixels, and nothing else; `key` is its sha256. `wish`:
    prompt, negative and seed as the scene would say them; `varied` says what differs from the
    scene. `attempt` counts submissions. `output` is the file on the server: filename, subfolder,
    type. `refused`: jobs whose file turned out to be gone or broken. `promoted`: the clip of the
    scene is this one. Times are seconds since the Unix epoch.
    """

    clip: ClipName
    key: str
    recipe: JsonMap
    state: State = "intent"
    attempt: int = 0
    varied: str = ""
    wish: Mapping[str, str | int] = field(default_factory=dict)
    host: str = ""
    server: JsonMap = field(default_factory=dict)
    prompt_id: str = ""
    asked_at_s: float = 0.0
    submitted_at_s: float = 0.0
    finished_at_s: float = 0.0
    output: Mapping[str, str] = field(default_factory=dict)
    file: TakeFile | None = None
    models: Mapping[str, JsonMap] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    quality: JsonMap = field(default_factory=dict)
    reason: str = ""
    refused: tuple[str, ...] = ()
    promoted: bool = False

    @property
    def short_key(self) -> str:
        """The key as folders and file names carry it."""
        return self.key[:KEY_DIGITS]

    @property
    def prefix(self) -> str:
        """The server's name for the saved file, without its number.

        A second attempt has another, so that a cached answer is not taken for a new render.
        """
        again = f"-{self.attempt}" if self.attempt > 1 else ""
        return f"breathe/{self.clip}-{self.short_key}{again}"


def recipe_key(recipe: JsonMap) -> str:
    """The sha256 by which a render is known, here and on the server."""
    return hashlib.sha256(canonical_json(recipe)).hexdigest()


class TakeShelf:
    """The takes of one project."""

    def __init__(self, root: Path) -> None:
        """`root`: the project folder."""
        self.root = root

    def folder(self, clip: str, key: str) -> Path:
        """Where a take lives."""
        return self.root / TAKES_DIR / clip / key[:KEY_DIGITS]

    def load(self, clip: str, key: str) -> Take | None:
        """The take with this key, if it was ever asked for. Raises StoreError when unreadable."""
        try:
            return _take(self.folder(clip, key) / RECORD)
        except FileNotFoundError:
            return None

    def save(self, take: Take) -> Take:
        """Write a take's record, whole or not at all."""
        raw: dict[str, Any] = {"schema": SCHEMA, **asdict(take)}
        text = json.dumps(raw, ensure_ascii=False, indent=1) + "\n"
        path = self.folder(take.clip, take.key) / RECORD
        with disk_errors(str(path)):
            write_atomic(path, text.encode())
        return take

    def update(self, take: Take, **changes: Any) -> Take:
        """Save a take with some of its fields changed."""
        return self.save(replace(take, **changes))

    def clip_path(self, take: Take) -> Path | None:
        """The clip of a finished take, if it lies there in its full size."""
        if take.file is None:
            return None
        path = self.folder(take.clip, take.key) / take.file.name
        try:
            return path if path.stat().st_size == take.file.bytes else None
        except OSError:
            return None

    def all(self, clip: str = "") -> tuple[Take, ...]:
        """Every take, of one clip or of all, oldest first. Unreadable ones raise StoreError."""
        home = self.root / TAKES_DIR
        records = sorted(home.glob(f"{clip or '*'}/*/{RECORD}"))
        return tuple(
            sorted(map(_take, records), key=lambda take: (take.clip, take.asked_at_s, take.key))
        )


def remove_losing_takes(root: Path) -> list[Path]:
    """Remove the folders of takes that are over and not promoted; a running render stays.

    Returns what was removed. Raises StoreError.
    """
    shelf = TakeShelf(root)
    removed = []
    for take in shelf.all():
        if take.promoted or take.state in ("intent", "submitted", "rendered"):
            continue
        folder = shelf.folder(take.clip, take.key)
        with disk_errors(str(folder)):
            shutil.rmtree(folder)
        removed.append(folder)
    return removed


def differences(takes: tuple[Take, ...]) -> dict[str, tuple[Json, ...]]:
    """What was asked differently among some takes: setting → its value in each."""
    names = sorted({name for take in takes for name in take.recipe})
    table = {name: tuple(take.recipe.get(name) for take in takes) for name in names}
    return {n: row for n, row in table.items() if len({canonical_json(v) for v in row}) > 1}


def _take(path: Path) -> Take:
    """Raises FileNotFoundError, StoreError for anything but a journal."""
    try:
        return decode(Take, json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as exc:
        raise StoreError(
            str(path),
            got=f"a journal that cannot be read ({exc})",
            expected="what breathe wrote",
            remedy="delete the folder it lies in; a render still on the server is found again",
        ) from exc
