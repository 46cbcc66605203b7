"""Does a deployed copy answer as the bundle needs? Asked from outside, one finding a question.

The copy's own `manifest.json` says what to expect of it; a few things are expected of every copy,
whatever it says. The questions are in `_QUESTIONS`, in the order that they are shown.

    report = probe("https://example.org/nostalgia/", HttpClient())
    report.passed
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from generator.engine.ports import Fetcher
from generator.errors import BuildError
from generator.site import probe_headers
from generator.site.compress import SUFFIXES
from generator.site.deployed import DeployedCopy, Finding, ask, finding, plain_sha256
from generator.site.manifest import MANIFEST, FileEntry, parse_manifest
from generator.site.media_types import essence

_PLAIN = {"Accept-Encoding": "identity"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class ProbeReport:
    """All findings on one copy."""

    url: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed; warnings pass."""
        return all(finding.status != "fail" for finding in self.findings)


def probe(url: str, client: Fetcher) -> ProbeReport:
    """Ask the copy at `url` everything. Raises RemoteError when the host cannot be reached."""
    page = ask(client, url, _PLAIN)
    base = _folder(page.url)
    if page.status != 200:
        found = Finding("page", "fail", f"{page.url}: status {page.status}", "deploy the bundle")
        return ProbeReport(url, (found,))
    listing = ask(client, urljoin(base, MANIFEST), _PLAIN)
    if listing.status != 200:
        evidence = f"{urljoin(base, MANIFEST)}: status {listing.status}"
        fix = "give the address of the room itself; is it that? Upload manifest.json with the rest"
        return ProbeReport(url, (Finding("manifest", "fail", evidence, fix),))
    try:
        manifest = parse_manifest(listing.body)
    except BuildError as exc:
        evidence = f"{urljoin(base, MANIFEST)}: {exc.got}"
        fix = "upload manifest.json with the rest: without it nothing can be compared"
        return ProbeReport(url, (Finding("manifest", "fail", evidence, fix),))
    copy = DeployedCopy(base, manifest, {}, client)
    for entry in manifest.files:
        copy.replies[entry.path] = copy.ask(entry.path, Accept_Encoding="identity")
    copy.replies[""] = page
    return ProbeReport(url, tuple(question(copy) for question in _QUESTIONS))


def _folder(url: str) -> str:
    path = urlsplit(url).path
    last = path.rpartition("/")[2]
    if last and not last.endswith(".html"):
        path += "/"
    return urljoin(url, path.rpartition("/")[0] + "/")


def _page(copy: DeployedCopy) -> Finding:
    index = next((e.sha256 for e in copy.manifest.files if e.path == "index.html"), "")
    problems = []
    if plain_sha256(copy.replies[""]) != index:
        problems.append(f"{copy.base} is not the index.html of its manifest")
    if essence(copy.replies[""].headers.get("content-type", "")) != "text/html":
        problems.append(f"{copy.base} comes as {copy.replies[''].headers.get('content-type')}")
    return finding(
        "page",
        problems,
        good=f"{copy.base} is the manifest's index.html",
        fix="upload the whole bundle, then purge the cache of the host",
    )


def _intact(copy: DeployedCopy) -> Finding:
    problems = []
    for entry in copy.manifest.files:
        reply = copy.replies[entry.path]
        if reply.status != 200 and entry.path != "404.html":
            problems.append(f"{entry.path}: status {reply.status}")
        elif plain_sha256(reply) != entry.sha256:
            problems.append(f"{entry.path}: {len(reply.body)} other bytes than the manifest's")
    total = sum(entry.size for entry in copy.manifest.files)
    return finding(
        "intact",
        problems,
        good=f"{len(copy.manifest.files)} files, {total / 1e6:.2f} MB, every sha256 as built",
        fix="upload these again, then purge the cache of the host",
    )


def _range(copy: DeployedCopy) -> Finding:
    clips = [entry for entry in copy.manifest.files if entry.type.startswith("video/")]
    problems = [f"{entry.path}: {what}" for entry in clips for what in _range_faults(copy, entry)]
    return finding(
        "range",
        problems,
        good=f"{len(clips)} clips answer 206 and 416, and are never encoded",
        fix="serve clips from a host with byte ranges, and don't compress them: Safari needs both",
    )


def _range_faults(copy: DeployedCopy, entry: FileEntry) -> Iterable[str]:
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


def _compression(copy: DeployedCopy) -> Finding:
    problems, gzip_only = [], []
    for entry in copy.manifest.files:
        if not entry.encodings:
            continue
        reply = copy.ask(entry.path, Accept_Encoding="gzip, br")
        encoding = reply.headers.get("content-encoding", "")
        if not encoding:
            problems.append(f"{entry.path} comes plain")
        elif encoding not in SUFFIXES:
            problems.append(f"{entry.path} comes in {encoding}, which was not asked for")
        elif plain_sha256(reply) != entry.sha256:
            problems.append(f"{entry.path} is damaged in {encoding}")
        elif "accept-encoding" not in reply.headers.get("vary", "").lower():
            problems.append(f"{entry.path} lacks Vary: Accept-Encoding")
        elif encoding != "br":
            gzip_only.append(f"{entry.path} comes in {encoding}")
    if not problems and gzip_only:
        fix = "brotli is about 12 % smaller; the copies lie in the bundle"
        return finding("compression", gzip_only, good="", fix=fix, bad="warn")
    return finding(
        "compression",
        problems,
        good="text comes in brotli and decodes to what was built",
        fix="send the .br and .gz copies that lie beside each file, with Vary: Accept-Encoding",
    )


def _revalidation(copy: DeployedCopy) -> Finding:
    reply = copy.replies["index.html"]
    etag = reply.headers.get("etag")
    if not etag and "last-modified" not in reply.headers:
        fix = "send an ETag, so that an unchanged page costs no download"
        return Finding("revalidation", "warn", "index.html has no ETag or Last-Modified", fix)
    condition = (
        {"If_None_Match": etag} if etag else {"If_Modified_Since": reply.headers["last-modified"]}
    )
    again = copy.ask("index.html", Accept_Encoding="identity", **condition)
    problems = [] if again.status == 304 else [f"index.html: status {again.status}, not 304"]
    return finding(
        "revalidation",
        problems,
        good="an unchanged page costs a 304",
        fix="answer If-None-Match",
        bad="warn",
    )


def _missing(copy: DeployedCopy) -> Finding:
    problems = [
        f"{path} gets status {reply.status}"
        for path in ("no-such-page-3f9c", "assets/no-such-file-3f9c.js")
        if (reply := copy.ask(path)).status not in (404, 410)
    ]
    return finding(
        "missing",
        problems,
        good="what is not there is a 404",
        fix="don't answer every path with the page: a lost module would come as HTML",
    )


def _private(copy: DeployedCopy) -> Finding:
    problems = [f"{path} is served" for path in ("_headers",) if copy.ask(path).status == 200]
    return finding(
        "private",
        problems,
        good="_headers is not shown",
        fix="keep _headers off the host, or from being served",
    )


def _transport(copy: DeployedCopy) -> Finding:
    parts = urlsplit(copy.base)
    problems = [] if parts.scheme == "https" or parts.hostname in _LOOPBACK else ["plain http"]
    return finding("transport", problems, good=parts.scheme, fix="serve it over https", bad="warn")


_QUESTIONS: tuple[Callable[[DeployedCopy], Finding], ...] = (
    _page,
    _intact,
    probe_headers.types,
    probe_headers.cache,
    probe_headers.policy,
    probe_headers.headers,
    probe_headers.cors,
    _range,
    _compression,
    _revalidation,
    _missing,
    _private,
    _transport,
)
