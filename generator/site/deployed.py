"""A deployed copy of a bundle, as its host sends it, and what is found about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urljoin

from generator.engine.codings import MAX_BYTES, decoded
from generator.engine.http import AGENT
from generator.engine.ports import Fetcher, FetchReply
from generator.site.headers import headers_for
from generator.site.manifest import FileEntry, Manifest

Status: TypeAlias = Literal["ok", "warn", "fail"]

_SHOWN = 3
_PATIENCE_S = 300.0
"""With one file: a clip over a slow line."""


@dataclass(frozen=True)
class Finding:
    """The answer to one question."""

    name: str
    status: Status
    evidence: str
    fix: str = ""


@dataclass(frozen=True)
class DeployedCopy:
    """The deployed copy: where it is, what it says of itself, and each file as it came, plain."""

    base: str
    manifest: Manifest
    replies: dict[str, FetchReply]
    client: Fetcher

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


def finding(
    name: str, problems: Sequence[str], *, good: str, fix: str, bad: Status = "fail"
) -> Finding:
    """`good` when there are no problems; else the first of them, and how to mend it."""
    if not problems:
        return Finding(name, "ok", good)
    shown = "; ".join(problems[:_SHOWN])
    if len(problems) > _SHOWN:
        shown += f"; and {len(problems) - _SHOWN} more"
    return Finding(name, bad, shown, fix)


def plain_sha256(reply: FetchReply) -> str:
    """The sha256 of what a browser would see, in hex."""
    try:
        body = decoded(reply.body, reply.headers.get("content-encoding", ""))
    except ValueError as exc:
        return f"unreadable, {exc}"
    return hashlib.sha256(body).hexdigest()
