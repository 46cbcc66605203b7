"""Logical files become the bundle: names with hashes in them, and everything a host needs beside.

    names = published_names(assets, folders=("runtime", "styles"))
    pages = {"index.html": render(names), "news.json": …}
    files = assemble(assets, names, pages, BundleSettings(base_path="/"))
    write_files(files, folder)

A file named alone carries its own hash. A folder named in `folders` carries one hash for all that
is in it, and the names inside stay: so relative imports and `url(…)` hold without a bundler.

>>> published_names({"runtime/main.js": b"", "clips/a.mp4": b""}, folders=("runtime",)).values()
dict_values(['assets/runtime.ba0bc471f3/main.js', 'assets/clips/a.e3b0c44298.mp4'])
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from generator.errors import BuildError
from generator.site import csp
from generator.site.compress import SUFFIXES, encodings
from generator.site.headers import ASSETS, HEADERS, bundle_rules, headers_file
from generator.site.manifest import MANIFEST, FileEntry, Manifest, manifest_text, stays_inside
from generator.site.media_types import is_text, media_type

Content: TypeAlias = bytes | Path
"""What a file holds, or where that lies on this machine."""
Hasher: TypeAlias = Callable[[Content], str]
"""The sha256 of a content, in hex: `content_sha256`, or one that remembers."""
Reader: TypeAlias = Callable[[Path], Content]
"""Takes one of the author's files into the bundle: as it lies (`by_path`), or as it is now."""

_HASH_CHARS = 10
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class BundleSettings:
    """How a bundle is to be served."""

    base_path: str = "/"
    embed_origins: tuple[str, ...] = ()
    with_demo: bool = False
    compress: bool = True
    """False leaves the precompressed copies out (while editing)."""


def by_path(path: Path) -> Content:
    """The file as it lies on this machine."""
    return path


def content_sha256(content: Content) -> str:
    """The sha256 of a file's bytes, in hex. Large files are read piece by piece."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    digest = hashlib.sha256()
    with content.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def content_bytes(content: Content) -> bytes:
    """A file's bytes."""
    return content if isinstance(content, bytes) else content.read_bytes()


def content_size(content: Content) -> int:
    """A file's size in bytes."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def published_names(
    assets: Mapping[str, Content], folders: Collection[str], hash_of: Hasher = content_sha256
) -> dict[str, str]:
    """Logical path → path in the bundle, under `assets/`, with the content's hash in it.

    `folders` are top folders whose files refer to each other. Raises BuildError for a path that
    would leave the bundle.
    """
    for path in assets:
        _refuse_stray(path)
    sums = {path: hash_of(content) for path, content in assets.items()}
    folder_hash = {folder: _folder_hash(folder, sums) for folder in folders}
    names = {}
    for path, digest in sums.items():
        top, _, rest = path.partition("/")
        if rest and top in folder_hash:
            names[path] = f"{ASSETS}{top}.{folder_hash[top]}/{rest}"
        else:
            pure = PurePosixPath(path)
            hashed = pure.with_name(f"{pure.stem}.{digest[:_HASH_CHARS]}{pure.suffix}")
            names[path] = f"{ASSETS}{hashed}"
    return names


def _folder_hash(folder: str, sums: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in sums if path.startswith(f"{folder}/")):
        digest.update(f"{path}\0{sums[path]}\n".encode())
    return digest.hexdigest()[:_HASH_CHARS]


def assemble(
    assets: Mapping[str, Content],
    names: Mapping[str, str],
    pages: Mapping[str, Content],
    settings: BundleSettings,
    hash_of: Hasher = content_sha256,
) -> dict[str, Content]:
    """Everything the bundle's folder holds: path in the bundle → content.

    `assets` are published under `names`; `pages` keep the names they have. Added: compressed
    copies of text, `manifest.json`, and `_headers`.
    """
    for path in pages:
        _refuse_stray(path)
    served: dict[str, Content] = {names[path]: content for path, content in assets.items()}
    served.update(pages)
    policy = csp.policy_text(embed_origins=settings.embed_origins, frames_itself=settings.with_demo)
    rules = bundle_rules((*pages, MANIFEST), base_path=settings.base_path, policy=policy)
    files: dict[str, Content] = {}
    entries = []
    for path, content in sorted(served.items()):
        coded = _encodings(path, content) if settings.compress else {}
        files |= _with_copies(path, content, coded)
        entries.append(
            FileEntry(
                path=path,
                size=content_size(content),
                sha256=hash_of(content),
                type=media_type(path),
                encodings={name: len(data) for name, data in coded.items()},
            )
        )
    manifest = manifest_text(Manifest(settings.base_path, rules, tuple(entries))).encode()
    coded = _encodings(MANIFEST, manifest) if settings.compress else {}
    files |= _with_copies(MANIFEST, manifest, coded)
    files[HEADERS] = headers_file(rules).encode()
    return files


def _encodings(path: str, content: Content) -> dict[str, bytes]:
    return encodings(path, content_bytes(content)) if is_text(path) else {}


def _with_copies(path: str, content: Content, coded: Mapping[str, bytes]) -> dict[str, Content]:
    return {path: content, **{path + SUFFIXES[name]: data for name, data in coded.items()}}


def write_files(files: Mapping[str, Content], folder: Path) -> None:
    """Write every file under `folder`, which need not exist. Not atomic: give it a new folder.

    All may read them, whatever this machine's umask says: a host's server is another user.
    """
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.copyfile(content, target)
        target.chmod(0o644)
    for inner in {parent for path in files for parent in PurePosixPath(path).parents}:
        (folder / inner).chmod(0o755)


def _refuse_stray(path: str) -> None:
    if not stays_inside(path):
        raise BuildError(
            f"the bundle's file {path!r}",
            expected="a path inside the bundle, such as clips/walkin.mp4",
        )
