"""Files that appear whole or not at all, and hashes of what they hold.

Everything that must survive a killed process goes through here: one write, one rename.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generator.errors import StoreError

_CHUNK_BYTES = 1 << 20
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
"""linux/fs.h; macOS has the same under the name RENAME_SWAP, also 2."""


def canonical_json(value: Any) -> bytes:
    """The one spelling of a JSON value, so that equal values have equal hashes."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256_file(path: Path) -> str:
    """Content hash of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def disk_errors(subject: str) -> Iterator[None]:
    """Turn the disk's refusals into StoreError."""
    try:
        yield
    except OSError as exc:
        full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StoreError(
            subject,
            got=(exc.strerror or str(exc)) + (f" ({exc.filename})" if exc.filename else ""),
            expected="room on the disk" if full else "a folder that can be written",
            remedy="free some space and build again; what was baked before is untouched"
            if full
            else "check the folder's owner and permissions",
        ) from exc


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` whole or not at all, and have it on the disk before the name points to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def copy_atomic(source: Path, target: Path) -> None:
    """Copy a file whole or not at all. Raises StoreError where that cannot be."""
    with disk_errors(str(target)):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            shutil.copyfile(source, temporary)
            temporary.chmod(0o644)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def sync_file(path: Path) -> None:
    """Have a file's content on the disk before anything points to it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def replace_dir(new: Path, target: Path) -> None:
    """Put the folder `new` where `target` is; at no moment is there neither, or a mixture.

    Both must be on one file system. What was at `target` is removed afterwards.
    """
    if not target.exists():
        new.rename(target)
        return
    if _exchange(new, target):
        shutil.rmtree(new, ignore_errors=True)
        return
    # No atomic exchange here: the gap between two renames is the best that is to be had.
    old = Path(tempfile.mkdtemp(prefix=".tmp-old-", dir=target.parent))
    target.rename(old / target.name)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two names in one step; False where the system or its file system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(a), os.fsencode(b)
    if sys.platform == "darwin":
        return bool(libc.renamex_np(*names, _RENAME_EXCHANGE) == 0)
    renameat2 = getattr(libc, "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


_RACY_NS = 2_000_000_000


def _signature(stat: os.stat_result) -> list[int]:
    """What tells one state of a file from another, as git's index has it."""
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _is_settled(stat: os.stat_result) -> bool:
    """Whether the signature can be trusted.

    A file that has just changed may do so once more within the same tick of the disk.
    """
    return time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _RACY_NS


class HashCache:
    """Content hashes remembered by (size, mtime, ctime, inode), as git's index does it.

    Only content decides: a touched file is read again, and one that has just changed is not
    remembered.
    """

    def __init__(self, path: Path | None) -> None:
        """`path`: where the memory is kept; it need not exist. None: for this process alone."""
        self._path = path
        self._changed = False
        try:
            raw = json.loads(path.read_bytes()) if path else None
        except (OSError, ValueError):
            raw = None
        self._known: dict[str, list[Any]] = {
            name: known
            for name, known in (raw.items() if isinstance(raw, dict) else ())
            if isinstance(known, list) and len(known) == 5  # the signature's four and the hash
        }

    def hash(self, path: Path) -> str:
        """Sha256 of the content of `path`. Raises OSError when it cannot be read."""
        stat = path.stat()
        signature = _signature(stat)
        known = self._known.get(str(path))
        if known and known[:4] == signature:
            return str(known[4])
        digest = sha256_file(path)
        if _is_settled(stat):
            self._known[str(path)] = [*signature, digest]
            self._changed = True
        return digest

    def save(self) -> None:
        """Keep the memory; losing it only costs time."""
        if self._path is None or not self._changed:
            return
        try:
            write_atomic(self._path, canonical_json(self._known))
        except OSError:
            return  # a memory that cannot be kept is no reason to fail
        self._changed = False


class FileMemory:
    """Small files in memory, read again when they have changed."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[Path, tuple[list[int], bytes]] = {}

    def read(self, path: Path) -> bytes:
        """The content of `path`. Raises OSError when it cannot be read."""
        stat = path.stat()
        signature = _signature(stat)
        known = self._known.get(path)
        if known and known[0] == signature:
            return known[1]
        data = path.read_bytes()
        if _is_settled(stat):
            self._known[path] = signature, data
        return data
