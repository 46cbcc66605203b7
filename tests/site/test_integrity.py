"""Whatever happens to a bundle after the build is found, to the byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.site.bundle import BundleSettings, write_files
from generator.site.headers import HEADERS
from generator.site.integrity import BundleFaults, bundle_faults
from generator.site.manifest import MANIFEST
from tests.sample_bundle import sample_files

CLEAN = BundleFaults((), (), ())


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The sample, as a build leaves it."""
    folder = tmp_path / "dist"
    write_files(sample_files(), folder)
    return folder


def flip(path: Path) -> None:
    """Another byte in the middle; the size stays."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_bundle_as_it_was_built_has_no_faults(bundle: Path, tmp_path: Path) -> None:
    """With compressed copies and without; an empty folder is nobody's business."""
    (bundle / "empty").mkdir()
    assert bundle_faults(bundle) == CLEAN
    write_files(sample_files(BundleSettings(compress=False)), tmp_path / "plain")
    assert bundle_faults(tmp_path / "plain") == CLEAN


@pytest.mark.parametrize("suffix", ["", ".br", ".gz"])
def test_every_file_is_known_to_the_byte(bundle: Path, suffix: str) -> None:
    """Compressed copies by what they hold, `_headers` and the manifest's own copies as well."""
    names = {
        path.relative_to(bundle).as_posix()
        for path in bundle.rglob("*")
        if path.is_file() and path.suffix in {".br", ".gz"} and path.suffix == suffix
    } or {"index.html", HEADERS}
    assert suffix == "" or MANIFEST + suffix in names
    for name in sorted(names):
        content = (bundle / name).read_bytes()
        flip(bundle / name)
        assert bundle_faults(bundle) == BundleFaults((), (name,), ()), name
        (bundle / name).unlink()
        assert bundle_faults(bundle) == BundleFaults((name,), (), ()), name
        (bundle / name).write_bytes(content)
    assert bundle_faults(bundle) == CLEAN


def test_a_manifest_that_was_edited_is_found(bundle: Path) -> None:
    """Its copies still say what it was."""
    listing = bundle / MANIFEST
    listing.write_bytes(listing.read_bytes() + b"\n")
    assert set(bundle_faults(bundle).changed) == {MANIFEST, f"{MANIFEST}.br", f"{MANIFEST}.gz"}


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("assets"),
        lambda path: path.symlink_to("index.html"),
        lambda path: path.symlink_to("nowhere"),
        lambda path: path.symlink_to("."),
        os.mkfifo,
    ],
    ids=["link to a folder", "link to a file", "dangling link", "link in circles", "pipe"],
)
def test_what_is_neither_file_nor_folder_is_a_stranger(
    bundle: Path, make: Callable[[Path], None]
) -> None:
    """Nothing is followed or opened: a pipe would never answer."""
    make(bundle / "odd")
    assert bundle_faults(bundle) == BundleFaults((), (), ("odd",))


def test_a_link_in_place_of_a_file_is_a_change(bundle: Path, tmp_path: Path) -> None:
    """Even when it leads to the very bytes: what a host makes of it is anybody's guess."""
    (bundle / "index.html").rename(tmp_path / "index.html")
    (bundle / "index.html").symlink_to(tmp_path / "index.html")
    assert bundle_faults(bundle) == BundleFaults((), ("index.html",), ())
