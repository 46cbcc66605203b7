from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from generator.engine.http import HttpClient
from generator.engine.ports import Fetcher, FetchReply
from generator.errors import RemoteError
from generator.server.files import chosen_encoding
from generator.site.bundle import content_bytes
from generator.site.compress import SUFFIXES
from generator.site.headers import HEADERS, headers_for, parse_headers_file
from generator.site.media_types import media_type
from generator.site.probe.report import ProbeReport
from generator.site.probe.report import probe as probe_at
from tests.plain_server import plainly_served
from tests.sample_bundle import sample_files, write_sample

URL = "https://example.org/"
Fault = Callable[[str, FetchReply], FetchReply]


NOW_S = 1_783_900_000.0


def probe(url: str, client: Fetcher) -> ProbeReport:
    """On 12 July 2026."""
    return probe_at(url, client, now_s=NOW_S)


class SampleHost:
    """A good host of the sample bundle in memory, with one fault planted."""

    def __init__(self, fault: Fault = lambda path, reply: reply) -> None:
        self._files = {path: content_bytes(c) for path, c in sample_files().items()}
        self._rules = parse_headers_file(self._files[HEADERS].decode())
        self._fault = fault

    def get(self, url: str, *, headers: Mapping[str, str], **_: float) -> FetchReply:
        """Answer as a host would, then spoil the answer."""
        path = urlsplit(url).path.removeprefix("/")
        reply = self._answer(path, headers)
        return self._fault(path, replace(reply, url=url))

    def _answer(self, path: str, asked: Mapping[str, str]) -> FetchReply:
        name = path or "index.html"
        if name not in self._files or name == HEADERS:
            return FetchReply(404, {"content-type": "text/html"}, self._files["404.html"], "")
        says = {"content-type": media_type(name), **headers_for(self._rules, f"/{path}")}
        copies = {e: self._files[name + s] for e, s in SUFFIXES.items() if name + s in self._files}
        encoding = chosen_encoding(asked.get("Accept-Encoding"), tuple(copies))
        body = copies[encoding] if encoding else self._files[name]
        says["etag"] = f'"{len(body)}"'
        if copies:
            says["vary"] = "Accept-Encoding"
        if encoding:
            says["content-encoding"] = encoding
        if asked.get("If-None-Match") == says["etag"]:
            return FetchReply(304, says, b"", "")
        first, _, last = asked.get("Range", "").removeprefix("bytes=").partition("-")
        if not first:
            return FetchReply(200, says, body, "")
        if int(first) >= len(body):
            return FetchReply(416, says, b"", "")
        part = body[int(first) : int(last) + 1 if last else None]
        says["content-range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
        return FetchReply(206, says, part, "")


def without(header: str) -> Fault:
    """The host forgets one header."""
    return lambda path, reply: replace(
        reply, headers={k: v for k, v in reply.headers.items() if k != header}
    )


def saying(pattern: str, **headers: str) -> Fault:
    """The host says something else with files whose path matches."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda path, reply: (
        replace(reply, headers={**reply.headers, **named}) if re.search(pattern, path) else reply
    )


def sending(pattern: str, **changes: object) -> Fault:
    """The host sends another answer for files whose path matches."""
    return lambda path, reply: (
        replace(reply, **changes) if re.search(pattern, path) else reply  # type: ignore[arg-type]
    )


def ignoring_ranges(path: str, reply: FetchReply) -> FetchReply:
    """Every answer is 200, as from the simplest of servers."""
    if reply.status not in (206, 416):
        return reply
    whole = content_bytes(sample_files()[path])
    return replace(reply, status=200, body=whole)


def damaged_copies(path: str, reply: FetchReply) -> FetchReply:
    """The compressed copies were cut short on the way up."""
    is_compressed = "content-encoding" in reply.headers
    return replace(reply, body=reply.body[: len(reply.body) // 2]) if is_compressed else reply


INLINE = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self'; base-uri 'none'"
FAULTS: dict[str, tuple[str, Fault]] = {
    "no Range": ("range", ignoring_ranges),
    "clips compressed on the fly": ("range", saying(r"\.mp4$", content_encoding="gzip")),
    "a clip as octets": ("types", saying(r"\.mp4$", content_type="application/octet-stream")),
    "modules as text": ("types", saying(r"\.js$", content_type="text/plain")),
    "a stale news file": ("intact", sending(r"news\.json$", body=b'{"items": ["old"]}')),
    "a lost clip": ("intact", sending(r"walkin", status=404)),
    "a stale page at the folder": ("page", sending(r"^$", body=b"<!doctype html><title>Old")),
    "no policy": ("policy", without("content-security-policy")),
    "a policy with inline scripts": ("policy", saying("", content_security_policy=INLINE)),
    "pages kept for a week": ("cache", saying(r"^$|html$", cache_control="max-age=604800")),
    "hashed files revalidated": ("cache", saying("^assets/", cache_control="no-cache")),
    "no nosniff": ("headers", without("x-content-type-options")),
    "no CORS": ("cors", without("access-control-allow-origin")),
    "no compression": ("compression", without("content-encoding")),
    "damaged compressed copies": ("compression", damaged_copies),
    "no Vary": ("compression", without("vary")),
    "the page for every path": ("missing", sending("no-such", status=200)),
    "_headers on show": ("private", sending("_headers", status=200)),
    "no manifest": ("manifest", sending("manifest", status=404, body=b"Not found")),
    "no page": ("page", sending("^$", status=503)),
}


def test_a_good_host_passes() -> None:
    """With brotli, ranges and all headers there is nothing to say."""
    report = probe(URL, SampleHost())
    assert [f for f in report.findings if f.status != "ok"] == []
    assert report.passed


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    """The question that it belongs to fails, with evidence and a way to mend it."""
    question, fault = FAULTS[name]
    report = probe(URL, SampleHost(fault))
    failed = {finding.name: finding for finding in report.findings if finding.status == "fail"}
    assert question in failed
    assert failed[question].evidence
    assert failed[question].fix
    assert not report.passed


@pytest.mark.parametrize(
    ("question", "url", "fault"),
    [
        ("transport", "http://example.org/", lambda path, reply: reply),
        ("revalidation", URL, without("etag")),
    ],
)
def test_what_only_costs_is_a_warning(question: str, url: str, fault: Fault) -> None:
    """It is said, and the copy passes."""
    report = probe(url, SampleHost(fault))
    assert [f.name for f in report.findings if f.status == "warn"] == [question]
    assert report.passed


@pytest.mark.parametrize(
    ("news", "is_old"),
    [
        ({"items": [{"title": "a", "date_published": "2026-07-11T10:00:00Z"}]}, False),
        ({"items": [{"title": "a", "date_published": "2026-07-10T10:00:00Z"}]}, True),
        ({"items": [{"title": "a"}], "_breathe": {"fetched": "2026-07-12T10:00:00Z"}}, False),
        ({"items": [], "_breathe": {"fetched": "2026-06-12T10:00:00Z"}}, True),
        ({"items": [], "_breathe": {"fetched": None}}, False),
        ({"items": [{"title": "a", "date_published": "lately"}]}, False),
    ],
)
def test_old_news_is_a_warning(news: dict[str, Any], *, is_old: bool) -> None:
    """Two days after the last of it; what has no date has no age."""
    report = probe(URL, SampleHost(sending(r"news\.json$", body=json.dumps(news).encode())))
    (found,) = (finding for finding in report.findings if finding.name == "news")
    assert found.status == ("warn" if is_old else "ok")


def test_a_host_with_gzip_alone_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub Pages knows no brotli: slower, not broken."""
    host = SampleHost()
    answer = host.get

    def gzip_only(url: str, *, headers: dict[str, str], **limits: Any) -> FetchReply:
        fewer = {k: v.replace("br", "") for k, v in headers.items()}
        return answer(url, headers=fewer, **limits)

    monkeypatch.setattr(host, "get", gzip_only)
    report = probe(URL, host)
    assert [(f.name, f.status) for f in report.findings if f.status != "ok"] == [
        ("compression", "warn")
    ]


def test_a_host_may_add_directives_but_not_change_ours() -> None:
    """`upgrade-insecure-requests` does no harm; a wider script-src does."""
    policy = headers_for(
        parse_headers_file(str(content_bytes(sample_files()[HEADERS]), "utf-8")), "/"
    )
    ours = policy["content-security-policy"]
    added = saying("", content_security_policy=f"{ours}; upgrade-insecure-requests")
    assert probe(URL, SampleHost(added)).passed
    wider = saying("", content_security_policy=ours.replace("script-src", "script-src cdn.example"))
    assert not probe(URL, SampleHost(wider)).passed


def test_the_command_exits_1_on_a_bad_copy_and_prints_json(tmp_path: Path) -> None:
    """As a deploy script wants it: against a plain file server, which knows none of our rules."""
    with plainly_served(write_sample(tmp_path)) as url:
        done = subprocess.run(
            [sys.executable, "-m", "generator", "probe", "--json", url],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1, done.stderr
    failed = {c["name"] for c in json.loads(done.stdout)["checks"] if c["status"] == "fail"}
    assert {"range", "policy", "cache", "compression", "cors", "private"} <= failed
    assert "intact" not in failed


def test_a_host_that_is_down_is_one_clear_message() -> None:
    """Not a finding: nothing could be asked."""
    with pytest.raises(RemoteError, match="host is up"):
        probe("http://127.0.0.1:1/", HttpClient())
