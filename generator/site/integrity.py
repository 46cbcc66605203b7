"""Is a bundle in a folder still what was built? Its own manifest says what that was.

>>> faults = bundle_faults(Path("dist"))
>>> faults.lost, faults.changed, faults.strangers
((), ('index.html',), ('notes.txt',))
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from generator.engine.codings import decoded
from generator.engine.disk import sha256_file
from generator.site.compress import SUFFIXES
from generator.site.headers import HEADERS, headers_file
from generator.site.manifest import MANIFEST, Manifest, manifest_text, parse_manifest


@dataclass(frozen=True)
class BundleFaults:
    """Paths below the bundle, sorted."""

    lost: tuple[str, ...]
    changed: tuple[str, ...]
    strangers: tuple[str, ...]
    """What the build did not write, and a deploy would publish. Links and pipes are among them."""


@dataclass(frozen=True)
class _Expected:
    """What a file holds, once its Content-Encoding is undone."""

    sha256: str
    encoding: str = ""
    size: int | None = None
    """In bytes, as it lies there; None where the manifest does not say."""

    def is_in(self, path: Path) -> bool:
        if self.size is not None and path.stat().st_size != self.size:
            return False
        if not self.encoding:
            return sha256_file(path) == self.sha256
        try:
            plain = decoded(path.read_bytes(), self.encoding)
        except ValueError:
            return False
        return hashlib.sha256(plain).hexdigest() == self.sha256


def bundle_faults(bundle: Path) -> BundleFaults:
    """Compare `bundle` with its manifest. Raises BuildError without one, OSError from the disk.

    Empty folders are nobody's business: no host publishes them.
    """
    listing = (bundle / MANIFEST).read_bytes()
    expected = _expected(parse_manifest(listing), listing)
    files, oddities = _walk(bundle)
    changed = {
        name
        for name, content in expected.items()
        if name in oddities or (name in files and not content.is_in(bundle / name))
    }
    return BundleFaults(
        lost=tuple(sorted(set(expected) - files - oddities)),
        changed=tuple(sorted(changed)),
        strangers=tuple(sorted((files | oddities) - set(expected))),
    )


def _expected(manifest: Manifest, listing: bytes) -> dict[str, _Expected]:
    """Path → content, of all that the build wrote. `listing`: the manifest as it lies there."""
    expected = {}
    for entry in manifest.files:
        expected[entry.path] = _Expected(entry.sha256, size=entry.size)
        for encoding, size in entry.encodings.items():
            copy = entry.path + SUFFIXES.get(encoding, f".{encoding}")
            expected[copy] = _Expected(entry.sha256, encoding, size)
    expected[HEADERS] = _Expected(_sha256(headers_file(manifest.rules).encode()))
    expected[MANIFEST] = _Expected(_sha256(manifest_text(manifest).encode()))
    if any(entry.encodings for entry in manifest.files):
        for encoding, suffix in SUFFIXES.items():
            expected[MANIFEST + suffix] = _Expected(_sha256(listing), encoding)
    return expected


def _walk(bundle: Path) -> tuple[set[str], set[str]]:
    """The paths of plain files below `bundle`, and of all that is neither file nor folder."""
    files: set[str] = set()
    oddities: set[str] = set()
    for folder, folder_names, file_names in os.walk(bundle, onerror=_refuse):
        for name in (*folder_names, *file_names):
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if not stat.S_ISDIR(mode):
                kind = files if stat.S_ISREG(mode) else oddities
                kind.add(path.relative_to(bundle).as_posix())
    return files, oddities


def _refuse(error: OSError) -> None:
    """A folder that cannot be read may hide anything."""
    raise error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
