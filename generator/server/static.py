"""A built bundle over HTTP, as a good host serves it, so that what works here works there.

What is said with each file comes from the bundle's own `_headers`. Ranges, conditional requests
and the precompressed copies are answered; `_headers`, hidden files and anything outside the
folder are not there. Binds to 127.0.0.1 only.

    serve_bundle(Path("dist"), port=8000, announce=print)
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import tornado.httpserver
import tornado.netutil
import tornado.web

from generator.errors import AssetError, UsageError
from generator.server.files import FileHandler, chosen_encoding
from generator.site.compress import SUFFIXES
from generator.site.headers import HEADERS, HeaderRule, headers_for, parse_headers_file
from generator.site.manifest import MANIFEST, Manifest, parse_manifest
from generator.site.media_types import is_text, media_type

HOST = "127.0.0.1"
NOT_FOUND_PAGE = "404.html"


@dataclass(frozen=True)
class Found:
    """A file that a request means: where it lies, and its path in the bundle."""

    path: Path
    name: str


class BundleFolder:
    """A folder with a bundle in it. Looked at anew for each request: a build may replace it."""

    def __init__(self, root: Path) -> None:
        """Raises AssetError when there is no bundle in `root`."""
        self.root = root
        if not (root / "index.html").is_file():
            raise AssetError(
                f"the bundle {root}",
                got="no index.html in it" if root.is_dir() else "no such folder",
                expected="what `breathe build` wrote",
                remedy="run breathe build first",
            )

    def manifest(self) -> Manifest:
        """What the bundle says of itself. Raises BuildError when that is damaged."""
        file = self.root / MANIFEST
        return parse_manifest(file.read_bytes()) if file.is_file() else Manifest("/", (), ())

    def rules(self) -> tuple[HeaderRule, ...]:
        """What `_headers` says now."""
        file = self.root / HEADERS
        return parse_headers_file(file.read_text("utf-8")) if file.is_file() else ()

    def find(self, name: str) -> Found | None:
        """The file called `name` in the bundle; None for anything that a host would not show."""
        if name.endswith("/") or not name:
            name += "index.html"
        parts = name.split("/")
        if any(part in ("", "..") or part.startswith(".") or "\0" in part for part in parts):
            return None
        if name == HEADERS or name.endswith(tuple(SUFFIXES.values())):
            return None
        try:
            path = (self.root / name).resolve(strict=True)
        except (OSError, RuntimeError):
            return None
        inside = path.is_relative_to(self.root.resolve())
        return Found(path, name) if inside and path.is_file() else None

    def is_folder(self, name: str) -> bool:
        """Whether `name` wants a / at its end to be a page."""
        return bool(name) and not name.endswith("/") and self.find(f"{name}/") is not None

    def copies(self, found: Found) -> dict[str, Path]:
        """Content-Encoding → precompressed copy, for those that lie beside the file."""
        beside = {
            name: found.path.with_name(found.path.name + suffix)
            for name, suffix in SUFFIXES.items()
        }
        return {name: path for name, path in beside.items() if path.is_file()}


def entity_tag(path: Path) -> str:
    """The file's strong ETag: its content's hash, so a rebuild of the same bytes is not news."""
    stat = path.stat()
    return f'"{_digest(path, stat.st_ino, stat.st_mtime_ns, stat.st_size)}"'


@lru_cache(maxsize=512)
def _digest(path: Path, inode: int, mtime_ns: int, size: int) -> str:
    del inode, mtime_ns, size  # parts of the cache's key only
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


class BundleHandler(FileHandler):
    """GET and HEAD of one bundle."""

    def initialize(  # type: ignore[override]  # tornado passes what the route says
        self, bundle: BundleFolder, base_path: str
    ) -> None:
        """Tornado's constructor."""
        self.bundle = bundle
        self.base_path = base_path

    def set_default_headers(self) -> None:
        """Nothing that a bundle does not say itself."""
        self.clear_header("Server")

    def find(self, path: str) -> str | None:
        """The file to send, which may be a precompressed copy; None when the visitor is sent on."""
        if path in ("/", self.base_path.removesuffix("/")) and path != self.base_path:
            self.redirect(self.base_path)
            return None
        inside = path.startswith(self.base_path)
        name = path.removeprefix(self.base_path)
        self.found = self.bundle.find(name) if inside else None
        if self.found is None and inside and self.bundle.is_folder(name):
            self.redirect(quote(f"{path}/"), permanent=True)
            return None
        if self.found is None:
            raise tornado.web.HTTPError(404)
        return str(self._copy(self.found))

    def _copy(self, found: Found) -> Path:
        """The file itself, or the copy of it in an encoding that the visitor takes."""
        headers = self.request.headers
        copies = self.bundle.copies(found) if is_text(found.name) else {}
        accepted = ",".join(headers.get_list("Accept-Encoding"))
        self.encoding = None if "Range" in headers else chosen_encoding(accepted, tuple(copies))
        self.has_copies = bool(copies)
        file = copies[self.encoding] if self.encoding else found.path
        if headers.get("If-Range", entity_tag(file)) != entity_tag(file):
            headers.pop("Range", None)  # the visitor's part is of another file
        return file

    def compute_etag(self) -> str | None:
        """Of the content, in the encoding that is sent."""
        return entity_tag(Path(self.absolute_path or ""))

    def get_content_type(self) -> str:
        """The bundle's own, whatever this machine's table says."""
        return media_type(self.found.name) if self.found else ""

    def set_extra_headers(self, path: str) -> None:
        """What `_headers` says."""
        if self.has_copies:
            self.set_header("Vary", "Accept-Encoding")
        if self.encoding:
            self.set_header("Content-Encoding", self.encoding)
        for header, value in headers_for(self.bundle.rules(), path).items():
            self.set_header(header, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The page of the bundle for what is not there."""
        del kwargs
        page = self.bundle.find(NOT_FOUND_PAGE) if status_code == 404 else None
        self.set_header("Content-Type", media_type(page.name if page else "error.txt"))
        if page:
            path = self.base_path + page.name
            for header, value in headers_for(self.bundle.rules(), path).items():
                self.set_header(header, value)
        self.finish(page.path.read_bytes() if page else f"{status_code}\n")


def bundle_application(root: Path) -> tornado.web.Application:
    """The web application of one bundle. Raises AssetError when `root` holds none."""
    bundle = BundleFolder(root)
    settings = {"bundle": bundle, "base_path": bundle.manifest().base_path}
    return tornado.web.Application([(r"(.*)", BundleHandler, settings)], log_function=_no_log)


def _no_log(handler: tornado.web.RequestHandler) -> None:
    """The terminal shows the URL, not every request."""
    del handler


def serve_bundle(root: Path, *, port: int, announce: Callable[[str], None]) -> None:
    """Serve the bundle in `root` until the process is told to stop.

    `announce` gets the URL before the first request can come; port 0 takes a free one.
    Raises AssetError for no bundle, UsageError for a port that is taken.
    """
    application = bundle_application(root)
    try:
        sockets = tornado.netutil.bind_sockets(port, HOST)
    except OSError as exc:
        raise UsageError(
            f"port {port}",
            got=exc.strerror or str(exc),
            expected="a port that is free",
            remedy="pass another one, or --port 0 for any",
        ) from exc
    base_path = BundleFolder(root).manifest().base_path
    announce(f"http://{HOST}:{sockets[0].getsockname()[1]}{base_path}")

    async def until_stopped() -> None:
        server = tornado.httpserver.HTTPServer(application)
        server.add_sockets(sockets)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        await stopped.wait()
        server.stop()
        await server.close_all_connections()

    asyncio.run(until_stopped())
