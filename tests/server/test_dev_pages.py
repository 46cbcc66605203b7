"""What the dev server answers, and what it leaves behind when it goes."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path

import pytest

from tests.server.conftest import Dev, running, wait_for
from tests.small_room import make_small_room

Reply = tuple[int, dict[str, str], bytes]


def ask(dev: Dev, path: str, method: str = "GET", **headers: str) -> Reply:
    line = http.client.HTTPConnection("127.0.0.1", dev.port, timeout=30)
    try:
        line.request(method, path, headers=headers)
        reply = line.getresponse()
        return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
    finally:
        line.close()


def clip_of(page: bytes) -> str:
    scene = re.search(rb'id="scene">(.*?)</script>', page, re.DOTALL)
    assert scene
    return "/" + str(json.loads(scene[1])["clips"]["ambient"]["sources"][0]["src"])


def test_pages_are_asked_for_again_and_hashed_files_are_kept(dev: Dev) -> None:
    status, headers, page = ask(dev, "/")
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert "connect-src 'self' ws://127.0.0.1:" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"].replace("wasm-unsafe-eval", "")
    style = re.search(rb'href="(assets/styles[^"]+main\.css)"', page)
    assert style
    status, headers, _ = ask(dev, "/" + style[1].decode())
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"].startswith("text/css")


def test_a_hashed_name_gives_what_was_hashed_though_the_file_is_being_written(dev: Dev) -> None:
    page = ask(dev, "/")[2]
    style = "/" + re.search(rb'href="(assets/styles[^"]+main\.css)"', page)[1].decode()  # type: ignore[index]
    file = dev.root / "site_src/styles/main.css"
    whole = file.read_bytes()
    file.write_bytes(b"h1 { color: red }")
    assert ask(dev, style)[2] == whole
    wait_for(lambda: dev.builds() == 2, "the next build")
    assert ask(dev, style)[2] == whole, "a page that is still loading asks for the old name"


def test_clips_come_in_parts(dev: Dev) -> None:
    clip = clip_of(ask(dev, "/")[2])
    status, headers, whole = ask(dev, clip)
    assert (status, headers["content-type"]) == (200, "video/mp4")
    status, headers, part = ask(dev, clip, Range="bytes=10-19")
    assert (status, part) == (206, whole[10:20])
    assert headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert ask(dev, clip, Range=f"bytes={len(whole)}-")[0] == 416
    status, headers, nothing = ask(dev, clip, "HEAD")
    assert (status, headers["content-length"], nothing) == (200, str(len(whole)), b"")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")
def test_nothing_goes_on_once_the_server_has_ended(tmp_path: Path) -> None:
    root = make_small_room(tmp_path / "room")
    scene = root / "site_src/scene.toml"
    scene.write_text(scene.read_text().replace("frames = 8", "frames = 4000"))  # long at work
    with running(root, tmp_path / "dev.log"):
        wait_for(lambda: any("ffmpeg" in name for name in at_work(root)), "an encode at work")
    wait_for(lambda: not at_work(root), "an end to all of it", 20)


def at_work(root: Path) -> list[str]:
    """Command lines of the processes that have to do with `root`."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(root) in line:
            found.append(line)
    return found
