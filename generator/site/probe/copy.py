"""A deployed copy of a bundle, as its host sends it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from generator.engine.codings import MAX_BYTES, decoded
from generator.engine.http import AGENT
from generator.engine.ports import Fetcher, FetchReply
from generator.site.headers import headers_for
from generator.site.manifest import FileEntry, Manifest

_PATIENCE_S = 300.0
"""With one file: a clip over a slow line."""


@dataclass(frozen=True)
class DeployedCopy:
    """Where it is, what it says of itself, and each file as it came, plain; "" is the page.

    `now_s`: Unix seconds.
    """

    base: str
    manifest: Manifest
    replies: dict[str, FetchReply]
    client: Fetcher
    now_s: float

    @property
    def scheme(self) -> str:
        """Http or https."""
        return urlsplit(self.base).scheme

    @property
    def clips(self) -> tuple[FileEntry, ...]:
        """The videos in it."""
        return tuple(entry for entry in self.manifest.files if entry.type.startswith("video/"))

    @property
    def clip_count(self) -> int:
        """How many videos."""
        return len(self.clips)

    @property
    def file_count(self) -> int:
        """How many files the host serves."""
        return len(self.manifest.files)

    @property
    def megabytes(self) -> float:
        """All files together, as they are."""
        return sum(entry.size for entry in self.manifest.files) / 1e6

    def ask(self, path: str, **headers: str) -> FetchReply:
        """GET a path of the copy; `Accept_Encoding` in `headers` means `Accept-Encoding`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.client, urljoin(self.base, path), named)

    def expected(self, entry: FileEntry) -> dict[str, str]:
        """The headers that the manifest wants with a file."""
        return headers_for(self.manifest.rules, self.manifest.base_path + entry.path)


def ask(client: Fetcher, url: str, headers: Mapping[str, str] | None = None) -> FetchReply:
    """GET `url` as a browser would. Raises RemoteError when no whole answer comes."""
    named = {"User-Agent": f"{AGENT} (probe)", **(headers or {})}
    return client.get(url, headers=named, timeout_s=_PATIENCE_S, max_bytes=MAX_BYTES)


def plain_sha256(reply: FetchReply) -> str:
    """The sha256 of what a browser would see, in hex."""
    try:
        body = decoded(reply.body, reply.headers.get("content-encoding", ""))
    except ValueError as exc:
        return f"unreadable, {exc}"
    return hashlib.sha256(body).hexdigest()
