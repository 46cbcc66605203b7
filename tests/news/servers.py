"""Web servers as they are: what each does with a request for a feed, and what becomes of it.

A case has `titles` when its feed arrives, and an `error` (a pattern) when it does not.
"""

from __future__ import annotations

import gzip
import zlib
from http.server import BaseHTTPRequestHandler

import brotli
import zstandard

from tests.feed_server import Answer, Behaviour, raw, reset, server_of
from tests.news.hostile import Case, item, rss

FEED = rss(item())
TOO_LONG = "more than 1000000 bytes"
CUT = "cut short"
SLOW = "no whole answer in 1.5 s"


def _arrives(name: str, answer: Behaviour) -> Case:
    return Case(name, answer)


def _fails(name: str, answer: Behaviour, error: str) -> Case:
    return Case(name, answer, (), error)


def _hangs(name: str, answer: Behaviour) -> Case:
    return Case(name, answer, (), SLOW, timeout_s=1.5)


def _packed(coding: str, body: bytes) -> Answer:
    return Answer(body, headers={"Content-Encoding": coding})


def _to(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


def _head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join((status, *lines, "", "")).encode("latin-1")


def _raw_deflate(data: bytes) -> bytes:
    pack = zlib.compressobj(wbits=-15)
    return pack.compress(data) + pack.flush()


def _zstd(data: bytes) -> bytes:
    """Without its size in the header, as a stream has it."""
    pack = zstandard.ZstdCompressor().compressobj()
    return pack.compress(data) + pack.flush()


def _only_with_a_cookie(handler: BaseHTTPRequestHandler) -> None:
    if "cookie" in {name.lower() for name in handler.headers}:
        Answer(FEED)(handler)
    else:
        headers = {"Location": handler.path, "Set-Cookie": "seen=1"}
        Answer(status=302, headers=headers)(handler)


def _chain(hops: int) -> Behaviour:
    """So many redirects, then the feed."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path, _, done = handler.path.partition("?")
        further = f"{path}?{int(done or 0) + 1}"
        server_of(handler).answers[further] = answer
        (Answer(FEED) if int(done or 0) == hops else _to(further))(handler)

    return answer


WITH_A_FEED = [
    *(_arrives(f"status {n}", Answer(FEED, status=n)) for n in (200, 201, 202, 203, 207, 226)),
    _arrives("206 that nobody asked for", Answer(FEED, status=206)),
    _arrives(
        "206 with its range",
        Answer(
            FEED,
            status=206,
            headers={"Content-Range": f"bytes 0-{len(FEED) - 1}/{len(FEED)}"},
        ),
    ),
    _arrives(
        "a hint before the answer", raw(_head(status="HTTP/1.1 103 Early Hints"), _head(), FEED)
    ),
    _arrives("100 before the answer", raw(_head(status="HTTP/1.1 100 Continue"), _head(), FEED)),
]
REFUSALS = [
    *(
        _fails(f"status {n}", Answer(b"no", "text/plain", n), f"got status {n}")
        for n in (400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 418, 421, 425, 429, 451)
    ),
    *(
        _fails(f"status {n}", Answer(b"no", "text/html", n), f"got status {n}")
        for n in (500, 501, 502, 503, 504, 505, 507, 511, 520, 522, 530, 599)
    ),
    _fails("404 with a feed in it", Answer(FEED, status=404), "got status 404"),
    _fails("500 with a feed in it", Answer(FEED, status=500), "got status 500"),
    _fails(
        "403 in an encoding of its own",
        Answer(b"\1\2", status=403, headers={"Content-Encoding": "dcb"}),
        "got status 403",
    ),
    _fails("204", Answer(status=204), "got status 204"),
    _fails("205", raw(_head("Content-Length: 0", status="HTTP/1.1 205 Reset")), "got status 205"),
    _fails("304 that nobody asked for", raw(_head(status="HTTP/1.1 304 Same")), "got status 304"),
    _fails(
        "101 that nobody asked for", raw(_head("Upgrade: x", status="HTTP/1.1 101 Switch")), "."
    ),
    _fails("200 with nothing", Answer(), "got nothing"),
]
REDIRECTS = [
    *(_arrives(f"redirect {n}", _to("/feed", n)) for n in (301, 302, 303, 307, 308)),
    _arrives("redirect with a fragment", _to("/feed#top")),
    _arrives("redirect with a query", _to("/feed?")),
    _arrives("redirect by five", _chain(5)),
    _arrives("redirect to itself with a cookie", _only_with_a_cookie),
    _arrives(
        "redirect to a path in UTF-8",
        raw("HTTP/1.1 302 Found\r\nLocation: /z\u00fcrich\r\nContent-Length: 0\r\n\r\n".encode()),
    ),
    _arrives("redirect to a path with a space", _to("/my feed")),
    _fails("redirect by six", _chain(6), "more than 5 redirects"),
    _fails("redirect to itself", lambda handler: _to(handler.path)(handler), "more than 5 redir"),
    _fails("redirect to nowhere", Answer(status=302), "a redirect to nowhere"),
    _fails("a choice of places", Answer(b"<a>", status=300), "a redirect to nowhere"),
    *(
        _fails(f"redirect to {where}", _to(where), "a redirect to .*expected one to an http")
        for where in ("file:///etc/passwd", "javascript:x()", "data:text/xml,x", "ftp://x.invalid/")
    ),
    _fails("redirect to a broken address", _to("http://[::1/x"), "."),
    _fails("redirect to an impossible port", _to("http://127.0.0.1:99999/"), "a redirect to"),
    _fails("redirect to a name that nobody has", _to("http://news.invalid/"), "."),
    _fails(
        "a page that sends its readers on",
        Answer(b"<html><meta http-equiv=refresh content='0;/feed'>", "text/html"),
        "a web page",
    ),
]
PACKED = [
    *(
        _arrives(f"{coding} from {name}", _packed(coding, body))
        for coding, name, body in (
            ("gzip", "gzip", gzip.compress(FEED)),
            ("GZip", "gzip", gzip.compress(FEED)),
            ("x-gzip", "gzip", gzip.compress(FEED)),
            ("deflate", "zlib", zlib.compress(FEED)),
            ("deflate", "bare deflate", _raw_deflate(FEED)),
            ("br", "brotli", brotli.compress(FEED)),
            ("zstd", "zstd", _zstd(FEED)),
            ("gzip, br", "both", brotli.compress(gzip.compress(FEED))),
            ("br, gzip", "both", gzip.compress(brotli.compress(FEED))),
            ("identity", "nothing", FEED),
            ("", "gzip", gzip.compress(FEED)),
            ("", "zstd", _zstd(FEED)),
            ("br", "gzip", gzip.compress(FEED)),
            ("utf-8", "nothing", FEED),
            ("gzip", "nothing", FEED),
            ("deflate", "nothing", FEED),
            ("br", "nothing", FEED),
            ("zstd", "nothing", FEED),
            ("gzip", "gzip twice", gzip.compress(gzip.compress(FEED))),
            ("gzip", "gzip and zeros", gzip.compress(FEED) + b"\0" * 9),
            ("gzip", "two gzips", gzip.compress(FEED[:50]) + gzip.compress(FEED[50:])),
        )
    ),
    *(
        _fails(f"{coding} cut short", _packed(coding, body[:-12]), CUT)
        for coding, body in (
            ("gzip", gzip.compress(FEED)),
            ("deflate", zlib.compress(FEED)),
            ("br", brotli.compress(FEED)),
            ("zstd", _zstd(FEED)),
        )
    ),
    *(
        _fails(f"a bomb of {coding}", _packed(coding, body), TOO_LONG)
        for coding, body in (
            ("gzip", gzip.compress(b" " * 9_000_000)),
            ("deflate", zlib.compress(b" " * 9_000_000)),
            ("br", brotli.compress(b" " * 9_000_000, quality=5)),
            ("zstd", _zstd(b" " * 9_000_000)),
            ("gzip, gzip, gzip", gzip.compress(gzip.compress(gzip.compress(b" " * 9_000_000)))),
        )
    ),
    _fails("gzip that is brotli", _packed("gzip", brotli.compress(FEED)), "gzip: "),
    _fails("an unknown encoding", _packed("snappy", b"\xff\x06"), "Content-Encoding: snappy"),
    _fails("ten encodings", _packed(", ".join(["br"] * 10), brotli.compress(FEED)), "on top of"),
]
BODIES = [
    _arrives("no length", raw(_head(), FEED)),
    _arrives("HTTP/1.0", raw(_head(status="HTTP/1.0 200 OK"), FEED)),
    _arrives("more than it said", raw(_head(f"Content-Length: {len(FEED)}"), FEED, b"trash")),
    _arrives(
        "the same length twice",
        raw(_head(f"Content-Length: {len(FEED)}", f"Content-Length: {len(FEED)}"), FEED),
    ),
    _arrives(
        "chunks, one with an extension, and a trailer",
        raw(
            _head("Transfer-Encoding: chunked"),
            b"3;x=y\r\n" + FEED[:3] + b"\r\n%X\r\n" % (len(FEED) - 3),
            FEED[3:] + b"\r\n0\r\nX-Sum: 1\r\n\r\n",
        ),
    ),
    _arrives("slow and whole", raw(_head(), *(FEED[k : k + 99] for k in range(0, 999, 99)))),
    _fails("body cut short", raw(_head("Content-Length: 99999"), FEED), CUT),
    _fails("a length below nothing", raw(_head("Content-Length: -5"), FEED), "."),
    _fails("two lengths", raw(_head("Content-Length: 5", "Content-Length: 6"), FEED), "."),
    _fails("a length in words", raw(_head("Content-Length: many"), FEED), "."),
    _fails("chunks cut short", raw(_head("Transfer-Encoding: chunked"), b"ffff\r\n", FEED), CUT),
    _fails("chunks of nonsense", raw(_head("Transfer-Encoding: chunked"), b"zzz\r\n", FEED), "."),
    _fails("torn down in the middle", reset(_head("Content-Length: 99999"), FEED), "reset|cut"),
    _fails("ten megabytes", Answer(rss(item(body="x" * 10_000_000))), TOO_LONG),
    _fails("a body without end", raw(_head(), *[b"<rss>" * 9999] * 99), TOO_LONG),
]
HEADS = [
    _arrives("line ends of Unix", raw(_head().replace(b"\r\n", b"\n"), FEED)),
    _arrives("no reason", raw(_head(status="HTTP/1.1 200"), FEED)),
    _arrives("a folded line", raw(_head("X-A: one", " two"), FEED)),
    _arrives("a header in Latin-1", raw(_head("X-Place: Z\xfcrich"), FEED)),
    _arrives("cookies nobody wants", raw(_head(*["Set-Cookie: a=b; Max-Age=x"] * 50), FEED)),
    _fails("gone at once", raw(b""), "disconnected|reset"),
    _fails("torn down at once", reset(), "reset|disconnected"),
    _fails("not HTTP", raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), "SSH-2.0"),
    _fails("radio", raw(_head(status="ICY 200 OK"), FEED), "ICY"),
    _fails("HTTP of 1991", raw(FEED), "."),
    _fails("HTTP/2 unasked", raw(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18), "."),
    _fails("an alert of TLS", raw(b"\x15\3\1\0\2\2\x28"), "."),
    _fails("a status in words", raw(_head(status="HTTP/1.1 fine OK"), FEED), "."),
    _fails("a header without a colon", raw(_head("hello"), FEED), "."),
    _fails("a null in a header", raw(_head("X: a\0b"), FEED), "."),
    _fails("endless headers", raw(_head()[:-2], *[b"X: y\r\n" * 999] * 99), "got "),
    _fails("an endless header", raw(_head()[:-2] + b"X: ", b"y" * 200_000, b"\r\n\r\n"), "got "),
]
SLOW_ONES = [
    _hangs("silence", raw(b"", b"", pause_s=30)),
    _hangs("silence after the headers", raw(_head(), b"", pause_s=30)),
    _hangs("a drip of headers", raw(_head()[:-2], *[b"X: y\r\n"] * 200, pause_s=0.05)),
    _hangs("a drip of body", raw(_head("Content-Length: 9999"), *[b"<rss>"] * 200, pause_s=0.05)),
    _hangs("a drip without a length", raw(_head(), *[b"<rss>"] * 200, pause_s=0.05)),
    _hangs(
        "a drip of chunks",
        raw(_head("Transfer-Encoding: chunked"), *[b"1\r\nx\r\n"] * 200, pause_s=0.05),
    ),
    _hangs("a drip of hints", raw(*[_head(status="HTTP/1.1 103 X")] * 200, pause_s=0.05)),
]
BEHAVIOURS = [
    *(*WITH_A_FEED, *REFUSALS, *REDIRECTS, *PACKED, *BODIES, *HEADS, *SLOW_ONES),
]
