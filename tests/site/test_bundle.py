from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import brotli
import pytest

from generator.engine.codings import decoded
from generator.errors import BuildError
from generator.site.bundle import (
    BundleSettings,
    assemble,
    content_bytes,
    published_names,
    write_files,
)
from generator.site.compress import encodings, gzip_bytes
from generator.site.headers import HEADERS
from generator.site.manifest import MANIFEST, manifest_text, parse_manifest
from generator.site.references import references
from tests.sample_bundle import ASSETS, sample_files, write_sample

ROOT = Path(__file__).resolve().parents[2]
ENTRANCES = ("index.html", "404.html", "demo/index.html", "news.json", "embed.js")


def tree(folder: Path) -> dict[str, str]:
    """Path → sha256 of everything in a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_name_changes_with_its_content_and_only_with_it() -> None:
    """So that a host may keep what it has for good."""
    before = published_names(ASSETS, folders=("runtime", "styles"))
    after = published_names(
        {**ASSETS, "poster.avif": b"another still"}, folders=("runtime", "styles")
    )
    assert {path for path in before if before[path] != after[path]} == {"poster.avif"}
    assert before["poster.avif"].startswith("assets/poster.")
    assert before["poster.avif"].endswith(".avif")


def test_a_folder_has_one_hash_so_that_relative_imports_hold() -> None:
    """One module changed: the whole folder moves, and the names inside stay."""
    before = published_names(ASSETS, folders=("runtime", "styles"))
    changed = {**ASSETS, "runtime/breath.js": b"export const breath = 2;"}
    after = published_names(changed, folders=("runtime", "styles"))
    folder = before["runtime/main.js"].removesuffix("/main.js")
    assert before["runtime/breath.js"] == f"{folder}/breath.js"
    assert after["runtime/main.js"] != before["runtime/main.js"]
    assert after["styles/page.css"] == before["styles/page.css"]


def test_content_may_lie_on_disk(tmp_path: Path) -> None:
    """A clip is never read into memory to be named; the name is the same."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"moving" * 300_000)
    in_memory = published_names({"clip.mp4": clip.read_bytes()}, folders=())
    assert published_names({"clip.mp4": clip}, folders=()) == in_memory


@pytest.mark.parametrize("path", ["../out.js", "/root.js", "a/../../b.js", "a\\b.js", ""])
def test_a_path_that_leaves_the_bundle_is_refused(path: str) -> None:
    """Whatever a scene or a template said."""
    with pytest.raises(BuildError):
        published_names({path: b""}, folders=())
    with pytest.raises(BuildError):
        assemble({}, {}, {path: b""}, BundleSettings())


def test_two_bundles_of_the_same_files_are_identical(tmp_path: Path) -> None:
    """Other folder, other time, other order of the files, other process with other hash seeds."""
    first = tree(write_sample(tmp_path / "first"))
    time.sleep(1.1)  # gzip and file times count in whole seconds
    shuffled = list(ASSETS.items())
    random.Random(4).shuffle(shuffled)
    again = tmp_path / "elsewhere" / "second"
    code = (
        "from pathlib import Path; from tests.sample_bundle import write_sample as w; import sys;"
    )
    subprocess.run(
        [sys.executable, "-c", f"{code} w(Path(sys.argv[1]))", str(again)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Chatham", "LC_ALL": "C"},
    )
    assert tree(again) == first
    names = published_names(dict(shuffled), folders=("runtime", "styles"))
    assert names == published_names(ASSETS, folders=("runtime", "styles"))


def test_compressed_copies_hold_the_same_bytes() -> None:
    """Text gets both copies, each smaller than itself; media get none."""
    files = {path: content_bytes(content) for path, content in sample_files().items()}
    for path, content in files.items():
        for suffix, encoding in ((".br", "br"), (".gz", "gzip")):
            if (copy := files.get(path + suffix)) is not None:
                assert decoded(copy, encoding) == content
                assert len(copy) < len(content)
    assert "index.html.br" in files
    assert not any(".mp4." in path or ".avif." in path or ".woff2." in path for path in files)
    assert encodings("tiny.txt", b"a") == {}


def test_gzip_carries_no_time_name_or_system() -> None:
    """RFC 1952: the header's ten bytes are the same for everybody."""
    assert gzip_bytes(b"room" * 50)[:10] == bytes.fromhex("1f8b08000000000002ff")


@pytest.mark.parametrize("encoding", ["br", "gzip", "zstd"])
def test_damage_is_a_value_error(encoding: str) -> None:
    """Whatever the library calls it."""
    with pytest.raises(ValueError, match=encoding):
        decoded(b"not compressed", encoding)


def test_the_manifest_lists_what_a_host_serves() -> None:
    """Every file but itself, `_headers` and the copies, with size and sha256."""
    files = {path: content_bytes(content) for path, content in sample_files().items()}
    manifest = parse_manifest(files[MANIFEST])
    listed = {entry.path for entry in manifest.files}
    assert listed == {p for p in files if not p.endswith((".br", ".gz"))} - {MANIFEST, HEADERS}
    for entry in manifest.files:
        data = files[entry.path]
        assert entry.size == len(data)
        assert entry.sha256 == hashlib.sha256(data).hexdigest()
        assert entry.wire_size == len(encodings(entry.path, data).get("br", data))
        for name, size in entry.encodings.items():
            assert size == len(files[entry.path + {"br": ".br", "gzip": ".gz"}[name]])
    assert manifest_text(manifest).encode() == files[MANIFEST]
    assert json.loads(files[MANIFEST])["schema"] == 1
    assert brotli.decompress(files[f"{MANIFEST}.br"]) == files[MANIFEST]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "files": 3}', "é"]
)
def test_another_manifest_is_refused(text: str) -> None:
    """Somebody else's manifest.json, or one of a later version."""
    with pytest.raises(BuildError, match="schema 1"):
        parse_manifest(text)


@pytest.mark.parametrize(
    "path", ["/etc/hosts", "../notes.txt", "a/../../b", "a\\\\b", "./a", "a//b", ""]
)
def test_a_manifest_that_leads_out_of_the_bundle_is_refused(path: str) -> None:
    """It is read from hosts and folders that others may have written."""
    files = f'[{{"path": "{path}", "bytes": 1, "sha256": "", "type": "", "encodings": {{}}}}]'
    text = f'{{"schema": 1, "base_path": "/", "headers": [], "files": {files}}}'
    assert parse_manifest(text.replace(f'"{path}"', '"a/b"')).files[0].path == "a/b"
    with pytest.raises(BuildError, match="no path inside the bundle"):
        parse_manifest(text)


def test_while_editing_there_are_no_compressed_copies() -> None:
    """The dev server has no use for them, and they cost most of a build."""
    files = sample_files(BundleSettings(compress=False))
    assert not any(path.endswith((".br", ".gz")) for path in files)


def test_files_are_written_whole(tmp_path: Path) -> None:
    """From memory and from disk alike."""
    source = tmp_path / "source.bin"
    source.write_bytes(b"on disk")
    write_files({"a/b.bin": source, "c.txt": b"in memory"}, tmp_path / "out")
    assert (tmp_path / "out" / "a" / "b.bin").read_bytes() == b"on disk"
    assert (tmp_path / "out" / "c.txt").read_bytes() == b"in memory"


def test_every_file_of_the_sample_is_used_and_every_link_leads_somewhere() -> None:
    """Through HTML, inline JSON, CSS and module imports."""
    files = {
        path: content
        for path, content in sample_files().items()
        if not path.endswith((".br", ".gz")) and path not in (MANIFEST, HEADERS)
    }
    report = references(files, entrances=ENTRANCES)
    assert report.unused == ()
    assert report.missing == ()


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (b'<img srcset="a.webp 1x, lost.webp 2x">', "lost.webp"),
        (b'<link rel="preload" imagesrcset="lost.avif 640w">', "lost.avif"),
        (b'<a href="demo/">to nowhere</a>', "demo/index.html"),
        (b'<script type="module" src="./lost.js?v=1#x"></script>', "lost.js"),
        (b'<link rel="stylesheet" href="/lost.css">', "lost.css"),
    ],
)
def test_a_link_to_nowhere_is_named(page: bytes, link: str) -> None:
    """With the page that it stands on."""
    report = references({"index.html": page, "a.webp": b""}, entrances=("index.html",))
    assert report.missing == (f"{link} (from index.html)",)


def test_other_sites_and_fragments_are_left_alone() -> None:
    """They are nobody's files."""
    page = (
        b'<a href="https://example.org/x.html">a</a> <a href="#news">b</a>'
        b'<a href="mailto:a@b.c">c</a> <a href="//cdn.example/x.js">d</a>'
        b'<a href="/other/site">e</a>'
    )
    files = {"index.html": page}
    assert references(files, entrances=("index.html",), base_path="/room/").missing == ()


def test_a_module_loaded_on_demand_is_used() -> None:
    """`import()` and `new URL()` count."""
    files = {
        "index.html": b'<script src="a.js"></script>',
        "a.js": b"() => import('./pick/index.js'); new URL('./map.bin', import.meta.url)",
        "pick/index.js": b"export * from '../b.js';",
        "b.js": b"",
        "map.bin": b"",
        "c.js": b"",
    }
    assert references(files, entrances=("index.html",)).unused == ("c.js",)
