"""The questions to a deployed copy, in the order that they are shown: `QUESTIONS` at the end.

Each has a function that yields what is wrong, and words for either case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from generator.artifacts.decode import ShapeError, decode
from generator.artifacts.news import News
from generator.site.compress import SUFFIXES
from generator.site.manifest import FileEntry
from generator.site.media_types import essence
from generator.site.probe import headers
from generator.site.probe.copy import DeployedCopy, plain_sha256

Status: TypeAlias = Literal["ok", "warn", "fail"]

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SHOWN = 3
_OLD_DAYS = 2


@dataclass(frozen=True)
class Finding:
    """The answer to one question."""

    name: str
    status: Status
    evidence: str
    fix: str = ""


@dataclass(frozen=True)
class Question:
    """`good`: said when nothing is wrong, with fields of the `copy`; `fix`: how to mend it.

    `milder`: asked next when nothing is wrong so far.
    """

    name: str
    problems: Callable[[DeployedCopy], Iterable[str]]
    good: str
    fix: str
    bad: Status = "fail"
    milder: Question | None = None

    def finding(self, copy: DeployedCopy) -> Finding:
        """`good` when there are no problems; else the first of them, and how to mend it."""
        problems = list(self.problems(copy))
        if problems:
            more = len(problems) - _SHOWN
            shown = [*problems[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
            return Finding(self.name, self.bad, "; ".join(shown), self.fix)
        if self.milder is not None:
            return self.milder.finding(copy)
        return Finding(self.name, "ok", self.good.format(copy=copy))


def _page(copy: DeployedCopy) -> Iterator[str]:
    index = next((e.sha256 for e in copy.manifest.files if e.path == "index.html"), "")
    if plain_sha256(copy.replies[""]) != index:
        yield f"{copy.base} is not the index.html of its manifest"
    content_type = copy.replies[""].headers.get("content-type", "")
    if essence(content_type) != "text/html":
        yield f"{copy.base} comes as {content_type or None}"


def _intact(copy: DeployedCopy) -> Iterator[str]:
    for entry in copy.manifest.files:
        reply = copy.replies[entry.path]
        if reply.status != 200 and entry.path != "404.html":
            yield f"{entry.path}: status {reply.status}"
        elif plain_sha256(reply) != entry.sha256:
            yield f"{entry.path}: {len(reply.body)} other bytes than the manifest's"


def _range(copy: DeployedCopy) -> Iterator[str]:
    for entry in copy.clips:
        yield from (f"{entry.path}: {what}" for what in _range_faults(copy, entry))


def _range_faults(copy: DeployedCopy, entry: FileEntry) -> Iterator[str]:
    whole = copy.replies[entry.path].body
    first = copy.ask(entry.path, Range="bytes=0-1", Accept_Encoding="gzip, br")
    if first.status != 206:
        yield f"bytes=0-1 gets status {first.status}, not 206"
        return
    if "content-encoding" in first.headers:
        yield f"comes encoded as {first.headers['content-encoding']}"
    if first.headers.get("content-range", "").replace(" ", "") != f"bytes0-1/{entry.size}":
        yield f"Content-Range is {first.headers.get('content-range')}"
    tail = copy.ask(entry.path, Range=f"bytes={entry.size // 2}-")
    if first.body != whole[:2] or tail.body != whole[entry.size // 2 :]:
        yield "the part is not the bytes that were asked for"
    past = copy.ask(entry.path, Range=f"bytes={entry.size}-")
    if past.status != 416:
        yield f"a range past the end gets status {past.status}, not 416"


def _compression(copy: DeployedCopy) -> Iterator[str]:
    for entry in copy.manifest.files:
        if not entry.encodings:
            continue
        reply = copy.ask(entry.path, Accept_Encoding="gzip, br")
        encoding = reply.headers.get("content-encoding", "")
        if not encoding:
            yield f"{entry.path} comes plain"
        elif encoding not in SUFFIXES:
            yield f"{entry.path} comes in {encoding}, which was not asked for"
        elif plain_sha256(reply) != entry.sha256:
            yield f"{entry.path} is damaged in {encoding}"
        elif "accept-encoding" not in reply.headers.get("vary", "").lower():
            yield f"{entry.path} lacks Vary: Accept-Encoding"


def _brotli(copy: DeployedCopy) -> Iterator[str]:
    for entry in copy.manifest.files:
        if entry.encodings:
            reply = copy.ask(entry.path, Accept_Encoding="gzip, br")
            encoding = reply.headers.get("content-encoding", "")
            if encoding != "br":
                yield f"{entry.path} comes in {encoding}"


def _revalidation(copy: DeployedCopy) -> Iterator[str]:
    said = copy.replies["index.html"].headers
    if etag := said.get("etag"):
        condition = {"If_None_Match": etag}
    elif since := said.get("last-modified"):
        condition = {"If_Modified_Since": since}
    else:
        yield "index.html has no ETag or Last-Modified"
        return
    again = copy.ask("index.html", Accept_Encoding="identity", **condition)
    if again.status != 304:
        yield f"index.html: status {again.status}, not 304"


def _missing(copy: DeployedCopy) -> Iterator[str]:
    for path in ("no-such-page-3f9c", "assets/no-such-file-3f9c.js"):
        if (status := copy.ask(path).status) not in (404, 410):
            yield f"{path} gets status {status}"


def _private(copy: DeployedCopy) -> Iterator[str]:
    if copy.ask("_headers").status == 200:
        yield "_headers is served"


def _transport(copy: DeployedCopy) -> Iterator[str]:
    if copy.scheme != "https" and urlsplit(copy.base).hostname not in _LOOPBACK:
        yield "plain http"


def _news(copy: DeployedCopy) -> Iterator[str]:
    try:
        news = decode(News, json.loads(copy.replies["news.json"].body))
        newest = datetime.fromisoformat(news.newest)
    except (KeyError, ValueError, ShapeError):
        return  # lost or damaged is another question; undated news has no age
    age_days = int(copy.now_s - newest.astimezone(UTC).timestamp()) // 86_400
    if age_days >= _OLD_DAYS:
        yield f"the newest of it is {age_days} days old ({news.newest})"


_UPLOAD = "upload the whole bundle, then purge the cache of the host"
_SETTINGS = "(breathe hosting writes them)"
QUESTIONS = (
    Question("page", _page, "{copy.base} is the manifest's index.html", _UPLOAD),
    Question(
        "intact",
        _intact,
        "{copy.file_count} files, {copy.megabytes:.2f} MB, every sha256 as built",
        "upload these again, then purge the cache of the host",
    ),
    Question(
        "types",
        headers.types,
        "every Content-Type as browsers want it",
        f"give the host the media types {_SETTINGS}",
    ),
    Question(
        "cache",
        headers.cache,
        "hashed names are cached as immutable, pages and news revalidated",
        "send the bundle's Cache-Control (breathe hosting writes it)",
    ),
    Question(
        "policy",
        headers.policy,
        "Content-Security-Policy as built, nothing inline",
        "send the bundle's Content-Security-Policy with every page",
    ),
    Question(
        "headers",
        headers.headers,
        "nosniff, referrer, permissions and opener as built",
        f"send the bundle's headers with every file {_SETTINGS}",
    ),
    Question(
        "cors",
        headers.cors,
        "pages elsewhere may read the clips and load the modules",
        "send Access-Control-Allow-Origin: * with assets/",
    ),
    Question(
        "range",
        _range,
        "{copy.clip_count} clips answer 206 and 416, and are never encoded",
        "serve clips from a host with byte ranges, and don't compress them: Safari needs both",
    ),
    Question(
        "compression",
        _compression,
        "",
        "send the .br and .gz copies that lie beside each file, with Vary: Accept-Encoding",
        milder=Question(
            "compression",
            _brotli,
            "text comes in brotli and decodes to what was built",
            "brotli is about 12 % smaller; the copies lie in the bundle",
            bad="warn",
        ),
    ),
    Question(
        "revalidation",
        _revalidation,
        "an unchanged page costs a 304",
        "send an ETag and answer If-None-Match, so that an unchanged page costs no download",
        bad="warn",
    ),
    Question(
        "missing",
        _missing,
        "what is not there is a 404",
        "don't answer every path with the page: a lost module would come as HTML",
    ),
    Question(
        "private",
        _private,
        "_headers is not shown",
        "keep _headers off the host, or from being served",
    ),
    Question("transport", _transport, "{copy.scheme}", "serve it over https", bad="warn"),
    Question(
        "news",
        _news,
        "the news is of these days",
        "build and deploy by a timer, or see why the feeds bring nothing new",
        bad="warn",
    ),
)
