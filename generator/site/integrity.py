"""Is a bundle in a folder still what was built? Its own manifest says what that was.

>>> faults = bundle_faults(Path("dist"))
>>> faults.lost, faults.changed, faults.strangers
((), ('index.html',), ('notes.txt',))
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.disk import sha256_file
from generator.site.compress import SUFFIXES
from generator.site.headers import HEADERS
from generator.site.manifest import MANIFEST, parse_manifest

_UNLISTED = {HEADERS, MANIFEST, *(f"{MANIFEST}{suffix}" for suffix in SUFFIXES.values())}


@dataclass(frozen=True)
class BundleFaults:
    """Paths below the bundle, sorted."""

    lost: tuple[str, ...]
    changed: tuple[str, ...]
    strangers: tuple[str, ...]
    """What the build did not write, and a deploy would publish."""


def bundle_faults(bundle: Path) -> BundleFaults:
    """Compare `bundle` with its manifest. Raises BuildError without one, OSError from the disk."""
    manifest = parse_manifest((bundle / MANIFEST).read_bytes())
    copies = {
        f"{entry.path}{SUFFIXES[name]}": size
        for entry in manifest.files
        for name, size in entry.encodings.items()
    }
    expected = {**{entry.path: entry.size for entry in manifest.files}, **copies}
    found = {
        path.relative_to(bundle).as_posix(): path.stat().st_size
        for path in bundle.rglob("*")
        if path.is_file()
    }
    changed = {name for name, size in expected.items() if found.get(name, size) != size}
    changed |= {
        entry.path
        for entry in manifest.files
        if found.get(entry.path) == entry.size and sha256_file(bundle / entry.path) != entry.sha256
    }
    return BundleFaults(
        lost=tuple(sorted(set(expected) - set(found))),
        changed=tuple(sorted(changed)),
        strangers=tuple(sorted(set(found) - set(expected) - _UNLISTED)),
    )
