"""Requests that mean harm: nothing outside is read, nothing is written, the server goes on."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import socket
from pathlib import Path

import pytest

from tests.server.conftest import Dev

SECRET = "the-secret-that-nobody-may-read"

UP = ["..", "%2e%2e", "%2E%2E", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%uff0e%uff0e",
      "....", "..;", "..%5c", "..\\", "%e0%80%ae%e0%80%ae", "..%c1%9c"]  # fmt: skip
SEPARATORS = ["/", "%2f", "//", "\\", "%5c", "/./"]
PREFIXES = ["", "assets/", "__breathe/client/"]
TRAVERSALS = [
    f"/{prefix}{up}{separator}{up}{separator}secret.txt"
    for prefix, up, separator in itertools.product(PREFIXES, UP, SEPARATORS)
]
ODD_PATHS = [
    "/site_src/scene.toml", "/.breathe/hashes.json", "/.git/config", "/_headers",
    "/assets/baked.lock", "/link/secret.txt", "//secret.txt", "/%2e/site_src/scene.toml",
    "/index.html/", "/index.html%00.js", "/__breathe/", "/__breathe/client/",
    "/__breathe/client/dev.py", "/__breathe/client/..%2fdev.py",
    "/__breathe/client/DEV.JS", "/%ff%fe", "/%", "/%zz", "/" + "a" * 5000, "/?" + "b" * 5000,
    "/con", "/nul", "/file:///etc/passwd", "/http://evil.example/", "/~root", "/proc/self/environ",
]  # fmt: skip
BODIES = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{}" * 3, b"[" * 20000,
    b'{"corners": NaN}', b'{"corners": [[NaN,0],[1,0],[1,1],[0,1]], "clip":"ambient","frame":0}',
    b'{"corners": [[Infinity,0],[1,0],[1,1],[0,1]], "clip":"ambient","frame":0}',
    b'{"corners": [[1e999,0],[1,0],[1,1],[0,1]], "clip":"ambient","frame":0}',
    b'{"corners": [[0,0],[1,0],[1,1]], "clip":"ambient","frame":0}',
    b'{"corners": [[0.1,0.1],[0.9,0.9],[0.9,0.1],[0.1,0.9]], "clip":"ambient","frame":0}',
    b'{"corners": [[-0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"ambient","frame":0}',
    b'{"corners": [["0","0"],[1,0],[1,1],[0,1]], "clip":"ambient","frame":0}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"../x","frame":0}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":["ambient"],"frame":0}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"ambient","frame":-1}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"ambient","frame":0.5}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"ambient","frame":true}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"ambient","frame":1e99}',
    b'{"corners": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]], "clip":"ambient"}',
    b'{"clip":"ambient","frame":0}',
    b'{"corners": {"0":[0,0]}, "clip":"ambient","frame":0}',
    b'{"corners": [[0.5,0.5],[0.501,0.5],[0.501,0.501],[0.5,0.501]],"clip":"ambient","frame":0}',
]  # fmt: skip
GOOD_BODY = json.dumps(
    {"corners": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]], "clip": "ambient", "frame": 0}
).encode()


def raw(dev: Dev, request: bytes) -> bytes:
    """Send bytes as they are; what comes back until the reply is whole or the line is closed."""
    with socket.create_connection(("127.0.0.1", dev.port), timeout=30) as line:
        reply = b""
        try:
            line.sendall(request)
            while not whole(reply) and (chunk := line.recv(65536)):
                reply += chunk
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server hung up in mid-sentence, which is an answer
        return reply


def whole(reply: bytes) -> bool:
    """Whether a reply has its head and all of the body that the head announces."""
    head, separator, body = reply.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: (\d+)\r?$", head, re.MULTILINE)
    return bool(separator) and length is not None and len(body) >= int(length.group(1))


def request(
    dev: Dev, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    lines = {"Host": f"127.0.0.1:{dev.port}", "Connection": "close", **(headers or {})}
    if body:
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return raw(dev, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)


def write_headers(dev: Dev) -> dict[str, str]:
    return {
        "Origin": f"http://127.0.0.1:{dev.port}",
        "X-Breathe-Token": dev.token,
        "Content-Type": "application/json",
    }


def status(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1]) if reply.startswith(b"HTTP/1.1 ") else 0


def snapshot(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("site_src", "templates", "assets")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }


@pytest.fixture
def guarded(dev: Dev) -> Dev:
    """The server, with a secret beside the project and a link to it inside."""
    (dev.root.parent / "secret.txt").write_text(SECRET)
    (dev.root / "secret.txt").write_text(SECRET)
    (dev.root / "site_src/text/link").symlink_to(dev.root.parent)
    return dev


def test_no_hostile_request_reads_or_writes_anything(guarded: Dev) -> None:
    dev = guarded
    before = snapshot(dev.root)
    count = 0
    for path in [*TRAVERSALS, *ODD_PATHS]:
        for method in ("GET", "HEAD") if path in ODD_PATHS else ("GET",):
            reply = request(dev, method, path)
            count += 1
            assert SECRET.encode() not in reply, path
            assert status(reply) in (0, 200, 400, 404, 405, 414, 431), (path, reply[:80])
            if status(reply) == 200:  # only the page itself may answer, under odd spellings of /
                assert b"breathe-token" in reply or method == "HEAD", path
    for body in BODIES:
        for what in ("corners", "adjust"):
            reply = request(dev, "POST", f"/__breathe/{what}", write_headers(dev), body or b" ")
            count += 1
            assert status(reply) in (400, 422), (what, body[:60], reply[:200])
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "POST"):
        for path in ("/", "/index.html", "/__breathe/corners", "/__breathe/state"):
            if (method, path) == ("POST", "/__breathe/corners"):
                continue
            reply = request(dev, method, path, write_headers(dev), GOOD_BODY)
            count += 1
            assert status(reply) in (0, 400, 404, 405), (method, path, reply[:80])
    assert count >= 200
    assert snapshot(dev.root) == before
    assert status(request(dev, "GET", "/")) == 200


def test_a_foreign_host_gets_nothing_at_all(dev: Dev) -> None:
    before = snapshot(dev.root)
    hosts = [
        "evil.example",
        f"evil.example:{dev.port}",
        "127.0.0.1",
        f"localhost.evil:{dev.port}",
        "",
    ]
    for host in hosts:
        for method, path in (
            ("GET", "/"),
            ("GET", "/__breathe/state"),
            ("POST", "/__breathe/corners"),
        ):
            headers = {**write_headers(dev), "Host": host}
            assert request(dev, method, path, headers, GOOD_BODY) == b"", (host, path)
    assert snapshot(dev.root) == before


def test_a_write_without_each_proof_is_refused(dev: Dev) -> None:
    before = snapshot(dev.root)
    for missing in ("Origin", "X-Breathe-Token", "Content-Type"):
        headers = {k: v for k, v in write_headers(dev).items() if k != missing}
        assert status(request(dev, "POST", "/__breathe/corners", headers, GOOD_BODY)) in (403, 415)
    for origin in (
        "http://evil.example",
        "null",
        f"https://127.0.0.1:{dev.port}",
        "http://127.0.0.1:1",
    ):
        headers = {**write_headers(dev), "Origin": origin}
        assert status(request(dev, "POST", "/__breathe/corners", headers, GOOD_BODY)) == 403
    assert snapshot(dev.root) == before


def test_a_body_over_64_kb_is_refused(dev: Dev) -> None:
    before = snapshot(dev.root)
    body = b'{"pad": "' + b"x" * 70_000 + b'"}'
    reply = request(dev, "POST", "/__breathe/corners", write_headers(dev), body)
    assert status(reply) in (0, 400, 413)
    lying = {**write_headers(dev), "Content-Length": "99999999999"}
    assert status(request(dev, "POST", "/__breathe/corners", lying)) in (0, 400, 413)
    assert snapshot(dev.root) == before


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_foreign_page_may_not_listen(dev: Dev, origin: str) -> None:
    key = base64.b64encode(b"0123456789abcdef").decode()
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        "Origin": origin,
    }
    reply = request(dev, "GET", "/__breathe/live", headers)
    assert status(reply) == 403, reply[:200]


def test_a_good_write_goes_through(dev: Dev) -> None:
    reply = request(dev, "POST", "/__breathe/corners", write_headers(dev), GOOD_BODY)
    assert status(reply) == 200, reply[:400]
    assert "[0.1, 0.1]" in dev.scene.read_text()
    assert "# The scene: everything that makes this room." in dev.scene.read_text()
    assert (dev.root / ".breathe/scene.toml.backup").exists()
