"""What the dev server answers: the page from memory, its own client, and the two writes.

Every handler looks at the Host first; the two that write look at everything (`guard`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import tornado.web

from generator.artifacts import Quad
from generator.engine.disk import write_atomic
from generator.errors import BreatheError, SceneError
from generator.scene.corners import check_quad
from generator.scene.edit import SceneEdit, edit_adjust, edit_screen, quad_from_json
from generator.scene.load import SCENE_FILE
from generator.scene.model import CLIP_NAMES, AdjustKey, ClipName
from generator.server.files import FileHandler
from generator.server.guard import Refusal, drop_foreign, refuse_write
from generator.server.workshop import Built
from generator.site.bundle import Content, content_bytes, content_size
from generator.site.csp import policy_text
from generator.site.headers import ASSETS, HEADERS, IMMUTABLE
from generator.site.media_types import media_type

CLIENT = Path(__file__).resolve().parent / "client"
BACKUP_FILE = ".breathe/scene.toml.backup"
MAX_OFFSET_PX = 200.0


class State(Protocol):
    """The part of the server's state that handlers read."""

    token: str
    root: Path
    port: int
    built: Built | None

    def find(self, name: str) -> Content | None:
        """A file of the page."""
        ...

    def summary(self) -> dict[str, Any]:
        """How things stand."""
        ...


class DevHandler(tornado.web.RequestHandler):
    """A handler that answers only to this machine."""

    def initialize(self, state: State, edited: Callable[[], None]) -> None:
        """Tornado's constructor. `edited`: call it after writing a file."""
        self.state = state
        self.edited = edited

    def set_default_headers(self) -> None:
        """Caches keep nothing but hashed names; all carries the bundle's CSP plus the live line."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        policy = policy_text(embed_origins=(), frames_itself=True)
        live = f"ws://{self.request.headers.get('Host', '')}"
        self.set_header(
            "Content-Security-Policy",
            policy.replace("connect-src 'self'", f"connect-src 'self' {live}"),
        )

    def prepare(self) -> None:
        """Say nothing at all to a request that names another host."""
        drop_foreign(self, self.state.port)

    def compute_etag(self) -> str | None:
        """Nothing is cached, so nothing is compared."""
        return None

    def refuse(self, refusal: Refusal) -> None:
        """Turn the request down, with a reason for people."""
        self.set_status(refusal.status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(refusal.reason + "\n")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Plain words; no traceback ever leaves the terminal."""
        del kwargs
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}\n")


class PageHandler(DevHandler, FileHandler):  # type: ignore[misc]  # as tornado's own mixins
    """The page and its files, from memory. Only names that the build listed exist."""

    def find(self, path: str) -> str | None:
        """The name of a file of the last good build, index.html in a folder."""
        if self.state.built is None:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_status(503)
            self.write((CLIENT / "waiting.html").read_bytes())
            return None
        name = path.removeprefix("/")
        name += "index.html" if name.endswith("/") or not name else ""
        content = self.state.find(name)
        if content is None or name == HEADERS:
            self.refuse(Refusal(404, "no such file in the page"))
            return None
        self.content = content
        return name

    def get_content_type(self) -> str:
        """As on any host of the bundle."""
        return media_type(self.absolute_path or "")

    def set_extra_headers(self, path: str) -> None:
        """Hashed names are kept even here."""
        if path.startswith(f"/{ASSETS}"):
            self.set_header("Cache-Control", IMMUTABLE)

    def get_content_size(self) -> int:
        """In bytes."""
        return content_size(self.content)

    def part(self, file: str, start: int | None, end: int | None) -> bytes:
        """From memory."""
        del file
        return content_bytes(self.content)[start:end]


class ClientHandler(DevHandler):
    """The server's own modules and styles for the page."""

    def get(self, name: str) -> None:
        """One file of `client/`; the route allows plain names only."""
        file = CLIENT / name
        if not file.is_file():
            self.refuse(Refusal(404, "no such file of the dev client"))
            return
        self.set_header("Content-Type", media_type(name))
        self.write(file.read_bytes())


class StateHandler(DevHandler):
    """How things stand, as JSON."""

    def get(self) -> None:
        """For scripts and tests."""
        self.write(self.state.summary())


class WriteHandler(DevHandler):
    """A handler that changes scene.toml: guarded, whole or not at all, with a backup."""

    def post(self) -> None:
        """Check who asks, change the file, say what changed."""
        headers = {name.lower(): value for name, value in self.request.headers.items()}
        refusal = refuse_write(headers, token=self.state.token)
        if refusal is not None:
            self.refuse(refusal)
            return
        scene_path = self.state.root / SCENE_FILE
        try:
            body = json.loads(self.request.body, parse_constant=_refuse_constant)
            if not isinstance(body, dict):
                raise SceneError("the request", got=type(body).__name__, expected="an object")
            before = scene_path.read_text(encoding="utf-8")
            edit = self.edit(before, body)
        except (ValueError, UnicodeDecodeError, RecursionError) as exc:
            self.refuse(Refusal(400, f"not JSON that can be used: {exc}"))
            return
        except BreatheError as exc:
            self.refuse(Refusal(422, str(exc)))
            return
        if edit.text != before:
            backup = self.state.root / BACKUP_FILE
            backup.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(scene_path, backup)
            write_atomic(scene_path, edit.text.encode())
            self.edited()
        self.write({"diff": edit.diff, "file": SCENE_FILE, "backup": BACKUP_FILE})

    def edit(self, text: str, body: dict[str, Any]) -> SceneEdit:
        """The changed file. Raises SceneError."""
        raise NotImplementedError


class CornersHandler(WriteHandler):
    """`POST /__breathe/corners` {corners, clip, frame} from pick mode."""

    def edit(self, text: str, body: dict[str, Any]) -> SceneEdit:
        """Set `[screen]`."""
        corners = quad_from_json(body.get("corners"), "corners")
        check_quad(corners, lambda: "corners")
        return edit_screen(text, corners=corners, clip=_clip(body), frame=_frame(body))


class AdjustHandler(WriteHandler):
    """`POST /__breathe/adjust` {offset_px, clip, frame, reach_s} from track touch-up."""

    def edit(self, text: str, body: dict[str, Any]) -> SceneEdit:
        """Add, replace or remove one adjust key."""
        offsets: Quad = quad_from_json(body.get("offset_px"), "offset_px")
        if any(abs(value) > MAX_OFFSET_PX for offset in offsets for value in offset):
            raise SceneError("offset_px", got="a huge offset", expected=f"under {MAX_OFFSET_PX} px")
        reach_s = body.get("reach_s", 0.5)
        if isinstance(reach_s, bool) or not isinstance(reach_s, (int, float)):
            raise SceneError("reach_s", got=repr(reach_s), expected="seconds, 0 to 60")
        key = AdjustKey(_clip(body), _frame(body), offsets, float(reach_s))
        return edit_adjust(text, key)


def _clip(body: dict[str, Any]) -> ClipName:
    for name in CLIP_NAMES:
        if body.get("clip") == name:
            return name
    raise SceneError("clip", got=repr(body.get("clip"))[:40], expected=" or ".join(CLIP_NAMES))


def _frame(body: dict[str, Any]) -> int:
    frame = body.get("frame")
    if isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame < 100_000:
        raise SceneError("frame", got=repr(frame)[:40], expected="a whole number from 0")
    return frame


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON has")
