"""`manifest.json`: what a whole bundle consists of, so that a copy of it can be checked.

Schema 1: `base_path`; `headers`, the rules of `_headers` in order; `files`, each with its path,
size in bytes, sha256, Content-Type, and the sizes of its compressed copies. The manifest does not
list itself, nor `_headers`, which hosts keep to themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from generator.errors import BuildError
from generator.site.headers import ASSETS, HeaderRule

MANIFEST = "manifest.json"
SCHEMA = 1


@dataclass(frozen=True)
class FileEntry:
    """One file that the host serves."""

    path: str
    size: int
    sha256: str
    type: str
    encodings: Mapping[str, int] = field(default_factory=dict)
    """Content-Encoding → size in bytes of the compressed copy beside the file."""

    @property
    def is_hashed(self) -> bool:
        """Whether the name changes with the content."""
        return self.path.startswith(ASSETS)

    @property
    def wire_size(self) -> int:
        """Bytes on the wire for a modern browser."""
        return self.encodings.get("br", self.size)


@dataclass(frozen=True)
class Manifest:
    """A bundle on paper."""

    base_path: str
    rules: tuple[HeaderRule, ...]
    files: tuple[FileEntry, ...]


def stays_inside(path: str) -> bool:
    """Whether `path`, below a bundle's folder, means a file in it: relative, in one spelling only.

    >>> stays_inside("clips/walkin.mp4"), stays_inside("/etc/hosts"), stays_inside("../notes.txt")
    (True, False, False)
    """
    pure = PurePosixPath(path)
    plain = pure.parts and str(pure) == path and not pure.is_absolute()
    return bool(plain) and ".." not in pure.parts and not {"\\", "\0"} & set(path)


def manifest_text(manifest: Manifest) -> str:
    """The JSON, one rule or file a line, so that a difference between two builds reads well."""
    rules = [[rule.path, dict(rule.headers)] for rule in manifest.rules]
    entries = [
        {
            "path": entry.path,
            "bytes": entry.size,
            "sha256": entry.sha256,
            "type": entry.type,
            "encodings": dict(sorted(entry.encodings.items())),
        }
        for entry in sorted(manifest.files, key=lambda entry: entry.path)
    ]
    base_path = json.dumps(manifest.base_path)
    return (
        f'{{"schema": {SCHEMA}, "base_path": {base_path},\n'
        f'"headers": [\n{_lines(rules)}\n],\n"files": [\n{_lines(entries)}\n]}}\n'
    )


def _lines(values: Iterable[object]) -> str:
    return ",\n".join(json.dumps(value, ensure_ascii=False) for value in values)


def parse_manifest(text: str | bytes) -> Manifest:
    """The other way. Raises BuildError for anything else than a manifest of this schema."""
    try:
        return _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BuildError(
            MANIFEST,
            got=f"{type(exc).__name__}: {exc}",
            expected=f"the manifest of a bundle, schema {SCHEMA}",
            remedy="deploy a bundle that this version of breathe built",
        ) from exc


def _from_json(value: Any) -> Manifest:
    if value["schema"] != SCHEMA:
        raise ValueError(f"schema {value['schema']!r}")
    return Manifest(
        base_path=str(value["base_path"]),
        rules=tuple(HeaderRule(path, dict(headers)) for path, headers in value["headers"]),
        files=tuple(
            FileEntry(
                path=_inside(str(entry["path"])),
                size=int(entry["bytes"]),
                sha256=str(entry["sha256"]),
                type=str(entry["type"]),
                encodings={name: int(size) for name, size in entry["encodings"].items()},
            )
            for entry in value["files"]
        ),
    )


def _inside(path: str) -> str:
    if not stays_inside(path):
        raise ValueError(f"{path!r} is no path inside the bundle")
    return path
