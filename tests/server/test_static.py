from __future__ import annotations

import gzip
import hashlib
import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest

from generator.errors import AssetError
from generator.server.files import chosen_encoding
from generator.server.static import BundleFolder
from generator.site.bundle import BundleSettings
from tests.sample_bundle import ASSETS, write_sample

BREATHE = (sys.executable, "-m", "generator")
WALKIN = ASSETS["clips/walkin.av1.mp4"]
assert isinstance(WALKIN, bytes)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """A running `breathe serve`."""

    port: int
    path: str
    folder: Path

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """One request, exactly as written; `If_Range` in `headers` means `If-Range`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in named.items():
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, body)

    def published(self, stem: str) -> str:
        """The address of the one file under assets/ whose path matches `stem`."""
        (file,) = (p for p in self.folder.rglob("assets/**/*") if re.search(stem, str(p)))
        return self.path + str(file.relative_to(self.folder))


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """`breathe serve` as a process of its own, on a port of its own choice."""
    process = subprocess.Popen(
        [*BREATHE, "-C", str(folder.parent), "serve", folder.name, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        match = re.match(r"http://127\.0\.0\.1:(\d+)(/\S*)$", process.stdout.readline().strip())
        assert match, "the URL is printed first"
        yield Site(int(match.group(1)), match.group(2), folder)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(write_sample(tmp_path_factory.mktemp("host") / "dist")) as running:
        yield running


def test_the_page_comes_with_its_headers(site: Site) -> None:
    """A page is HTML in UTF-8, revalidated each time, and says the bundle's policy."""
    reply = site.get("/")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.body == (site.folder / "index.html").read_bytes()
    assert "server" not in reply.headers


def test_hashed_files_are_kept_for_good(site: Site) -> None:
    """What has its hash in its name never needs to be asked for again."""
    reply = site.get(site.published(r"runtime\.\w+/main\.js$"))
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        (r"walkin.*\.mp4$", "video/mp4"),
        (r"poster.*\.avif$", "image/avif"),
        (r"font.*\.woff2$", "font/woff2"),
        (r"page\.css$", "text/css; charset=utf-8"),
    ],
)
def test_types_are_those_that_browsers_want(site: Site, stem: str, expected: str) -> None:
    """Each kind of file has its own media type, whatever this machine's table says."""
    assert site.get(site.published(stem)).headers["content-type"] == expected


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-1", 0, 2), ("bytes=100-", 100, len(WALKIN)), ("bytes=-10", -10, len(WALKIN))],
)
def test_a_range_gets_its_bytes(site: Site, asked: str, start: int, stop: int) -> None:
    """Safari plays nothing from a host that does not answer 206."""
    reply = site.get(site.published("walkin"), Range=asked)
    first = start % len(WALKIN)
    assert reply.status == 206
    assert reply.body == WALKIN[first:stop]
    assert reply.headers["content-range"] == f"bytes {first}-{stop - 1}/{len(WALKIN)}"
    assert reply.headers["content-length"] == str(stop - first)


@pytest.mark.parametrize("asked", [f"bytes={len(WALKIN)}-", "bytes=-0", "bytes=9999999-"])
def test_a_range_past_the_end_is_416(site: Site, asked: str) -> None:
    """The answer says how long the file is."""
    reply = site.get(site.published("walkin"), Range=asked)
    assert reply.status == 416
    assert reply.headers["content-range"] == f"bytes */{len(WALKIN)}"


def test_if_range_of_another_file_gets_the_whole(site: Site) -> None:
    """A player that holds a part of an older clip must not glue the two together."""
    path = site.published("walkin")
    etag = site.get(path).headers["etag"]
    assert site.get(path, Range="bytes=0-1", If_Range=etag).status == 206
    assert site.get(path, Range="bytes=0-1", If_Range='"older"').body == WALKIN


def test_head_is_get_without_a_body(site: Site) -> None:
    """Length and headers are the same."""
    path = site.published("walkin")
    head, get = site.get(path, "HEAD"), site.get(path)
    assert head.body == b""
    assert head.headers["content-length"] == str(len(get.body))
    assert {k: v for k, v in head.headers.items() if k != "date"} == {
        k: v for k, v in get.headers.items() if k != "date"
    }


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", "")],
)
def test_text_comes_in_the_best_encoding(site: Site, accept: str, encoding: str) -> None:
    """The precompressed copy is sent as it lies, and caches are told that it depends."""
    reply = site.get("/", Accept_Encoding=accept)
    plain = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding](reply.body)
    assert plain == (site.folder / "index.html").read_bytes()
    assert reply.headers.get("content-encoding", "") == encoding
    assert reply.headers["vary"] == "Accept-Encoding"
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_a_clip_is_never_encoded(site: Site) -> None:
    """Ranges count bytes of the clip itself."""
    reply = site.get(site.published("walkin"), Accept_Encoding="gzip, br")
    assert "content-encoding" not in reply.headers
    assert hashlib.sha256(reply.body).digest() == hashlib.sha256(WALKIN).digest()


def test_what_the_visitor_has_is_not_sent_again(site: Site) -> None:
    """An ETag comes back as 304 with its headers; each encoding has a tag of its own."""
    first = site.get("/")
    again = site.get("/", If_None_Match=f'"other", W/{first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "no-cache"
    assert site.get("/", If_None_Match="*").status == 304
    assert site.get("/", If_None_Match='"other"').status == 200
    assert site.get("/?v=1", If_Modified_Since="Sun, 01 Jan 2090 00:00:00 GMT").status == 200
    assert site.get("/", Accept_Encoding="br").headers["etag"] != first.headers["etag"]


def test_what_is_not_there_gets_the_404_page(site: Site) -> None:
    """With the status, the policy, and no long memory."""
    reply = site.get("/no/such/page")
    assert reply.status == 404
    assert reply.body == (site.folder / "404.html").read_bytes()
    assert reply.headers["cache-control"] == "no-cache"
    assert "content-security-policy" in reply.headers


@pytest.mark.parametrize(
    "path",
    [
        "/_headers",
        "/index.html.br",
        "/.hidden",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/index%2ehtml%2500",
        "/assets/..%2f..%2fsecret.txt",
        "/link.txt",
        "/assets",
        "//127.0.0.1/demo",
        "/index.html%00.js",
        "/%ff",
        "/assets/",
    ],
)
def test_nothing_outside_the_bundle_is_served(site: Site, path: str) -> None:
    """Neither the host's settings, nor hidden files, nor a way up, nor a link out."""
    (site.folder / ".hidden").write_text("secret")
    (site.folder.parent / "secret.txt").write_text("secret")
    link = site.folder / "link.txt"
    if not link.exists():
        link.symlink_to(site.folder.parent / "secret.txt")
    reply = site.get(path)
    assert reply.status == 404
    assert b"secret" not in reply.body


def test_only_reading_is_possible(site: Site) -> None:
    """Every other method is refused."""
    assert site.get("/", "POST", Content_Length="0").status == 405


def test_a_folder_without_its_slash_is_sent_on(site: Site) -> None:
    """So that relative addresses on the page mean what they say."""
    reply = site.get("/demo")
    assert (reply.status, reply.headers["location"]) == (301, "/demo/")
    assert site.get("/demo/").status == 200


def test_a_bundle_with_a_base_path_is_served_under_it(tmp_path: Path) -> None:
    """The root leads there; the same paths elsewhere are not found; and Ctrl-C ends it well."""
    folder = write_sample(tmp_path / "dist", BundleSettings(base_path="/nostalgia/"))
    with serving(folder) as site:
        assert site.path == "/nostalgia/"
        assert site.get("/").headers["location"] == "/nostalgia/"
        assert site.get("/nostalgia").headers["location"] == "/nostalgia/"
        page = site.get("/nostalgia/")
        assert page.status == 200
        assert page.headers["cache-control"] == "no-cache"
        assert site.get("/index.html").status == 404
        assert "immutable" in site.get(site.published("walkin")).headers["cache-control"]


def test_a_new_build_shows_at_once(tmp_path: Path) -> None:
    """The folder is looked at for each request, so that an atomic swap needs no restart."""
    folder = write_sample(tmp_path / "dist")
    with serving(folder) as site:
        before = site.get("/").headers["etag"]
        other = write_sample(tmp_path / "next")
        (other / "index.html").write_text("<!doctype html><title>New</title>")
        folder.rename(tmp_path / "old")
        other.rename(folder)
        after = site.get("/")
        assert after.headers["etag"] != before
        assert b"New" in after.body


def test_without_a_bundle_there_is_one_clear_message(tmp_path: Path) -> None:
    """It names the folder and the command that makes it."""
    with pytest.raises(AssetError, match="breathe build"):
        BundleFolder(tmp_path / "dist")


def test_a_taken_port_is_a_usage_error(site: Site) -> None:
    """Exit code 2, and a way out."""
    done = subprocess.run(
        [*BREATHE, "-C", str(site.folder.parent), "serve", "dist", "--port", str(site.port)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--port 0" in done.stderr


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=0-1", "bytes=-", "bytes=x-y", ""])
def test_a_range_that_cannot_be_understood_is_ignored(site: Site, asked: str) -> None:
    """The whole file is an answer to it."""
    reply = site.get(site.published("walkin"), Range=asked)
    assert (reply.status, reply.body) == (200, WALKIN)


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-999999", f"bytes=0-{len(WALKIN) - 1}"])
def test_a_range_that_is_the_whole_is_a_range(site: Site, asked: str) -> None:
    """Players ask for it so."""
    reply = site.get(site.published("walkin"), Range=asked)
    assert (reply.status, reply.body) == (206, WALKIN)
    assert reply.headers["content-range"] == f"bytes 0-{len(WALKIN) - 1}/{len(WALKIN)}"


def test_encodings_are_chosen_by_our_order_and_their_weights() -> None:
    """A weight of 0 is a refusal; * stands for the rest."""
    assert chosen_encoding("*", ("br", "gzip")) == "br"
    assert chosen_encoding("br;q=x, gzip;q=0.1", ("br", "gzip")) == "gzip"
    assert chosen_encoding(None, ("br",)) is None
