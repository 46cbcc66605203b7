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
from urllib.parse import quote, unquote

import tornado.httpserver
import tornado.iostream
import tornado.netutil
import tornado.web

from generator.errors import AssetError, UsageError
from generator.server.negotiation import (
    UnsatisfiableRange,
    already_has,
    byte_range,
    chosen_encoding,
)
from generator.site.compress import SUFFIXES
from generator.site.headers import HEADERS, HeaderRule, headers_for, parse_headers_file
from generator.site.manifest import MANIFEST, Manifest, parse_manifest
from generator.site.media_types import is_text, media_type

HOST = "127.0.0.1"
NOT_FOUND_PAGE = "404.html"
_CHUNK_BYTES = 64 * 1024


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


class BundleHandler(tornado.web.RequestHandler):
    """GET and HEAD of one bundle."""

    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, bundle: BundleFolder, base_path: str) -> None:
        """Tornado's constructor."""
        self.bundle = bundle
        self.base_path = base_path

    def set_default_headers(self) -> None:
        """Nothing that a bundle does not say itself."""
        self.clear_header("Server")

    def compute_etag(self) -> str | None:
        """Tornado would hash the body; ours is set from the file."""
        return None

    async def head(self) -> None:
        """As GET, without the body."""
        await self.get()

    async def get(self) -> None:
        """Answer with the file, the part of it, or the reason why not."""
        try:
            path = unquote(self.request.path, errors="strict")
        except UnicodeDecodeError:
            await self._not_found()
            return
        if not path.startswith(self.base_path):
            if path in ("/", self.base_path.removesuffix("/")):
                self.redirect(self.base_path)
                return
            await self._not_found()
            return
        name = path[len(self.base_path) :]
        found = self.bundle.find(name)
        if found is not None:
            await self._send(found, path)
        elif self.bundle.is_folder(name):
            self.redirect(quote(f"{path}/"), permanent=True)
        else:
            await self._not_found()

    async def _send(self, found: Found, path: str) -> None:
        copies = self.bundle.copies(found) if is_text(found.name) else {}
        wanted = (
            None
            if "Range" in self.request.headers
            else self.request.headers.get_list("Accept-Encoding")
        )
        encoding = chosen_encoding(",".join(wanted), tuple(copies)) if wanted else None
        file = copies[encoding] if encoding else found.path
        etag = entity_tag(file)
        self._say(path, found.name)
        self.set_header("ETag", etag)
        self.set_header("Accept-Ranges", "bytes")
        if copies:
            self.set_header("Vary", "Accept-Encoding")
        if already_has(self.request.headers.get("If-None-Match"), etag):
            self.set_status(304)
            return
        if encoding:
            self.set_header("Content-Encoding", encoding)
        size = file.stat().st_size
        try:
            part = byte_range(self._range(etag), size)
        except UnsatisfiableRange:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{size}")
            return
        start, stop = (part.start, part.stop) if part else (0, size)
        if part:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        await self._stream(file, start, stop)

    def _range(self, etag: str) -> str | None:
        """The Range header, unless If-Range says that the visitor's part is of another file."""
        if self.request.headers.get("If-Range", etag) != etag:
            return None
        return self.request.headers.get("Range")

    def _say(self, path: str, name: str) -> None:
        self.set_header("Content-Type", media_type(name))
        for header, value in headers_for(self.bundle.rules(), path).items():
            self.set_header(header, value)

    async def _stream(self, file: Path, start: int, stop: int) -> None:
        self.set_header("Content-Length", str(stop - start))
        if self.request.method == "HEAD":
            return
        with file.open("rb") as stream:
            stream.seek(start)
            while start < stop:
                chunk = stream.read(min(_CHUNK_BYTES, stop - start))
                if not chunk:
                    break
                start += len(chunk)
                self.write(chunk)
                try:
                    await self.flush()
                except tornado.iostream.StreamClosedError:
                    return  # the visitor left; a player does so at every seek

    async def _not_found(self) -> None:
        self.set_status(404)
        page = self.bundle.find(NOT_FOUND_PAGE)
        if page is None:
            self.set_header("Content-Type", media_type("404.txt"))
            self.write("Not found\n")
            return
        self._say(self.base_path + NOT_FOUND_PAGE, page.name)
        await self._stream(page.path, 0, page.path.stat().st_size)


def bundle_application(root: Path) -> tornado.web.Application:
    """The web application of one bundle. Raises AssetError when `root` holds none."""
    bundle = BundleFolder(root)
    settings = {"bundle": bundle, "base_path": bundle.manifest().base_path}
    return tornado.web.Application([(r".*", BundleHandler, settings)], log_function=_no_log)


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
