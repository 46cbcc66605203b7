"""Says whether a model file is whole, and the one that was published.

    verify_model.py FILE SHA256|- [--say]

Exit 0: it is. The length is held against the safetensors header, then the sha256 where one is
known ("-" where not). Reading 14 GB takes a while, so a good sha256 is remembered beside the file,
with the size and time of change that it was read at.
"""

import hashlib
import os
import sys
from pathlib import Path

from weights import expected_bytes  # the collector's, put beside this file by the setup


def sha256_of(path):
    """The sha256, from memory when neither size nor time of change differ."""
    memory = path.with_name(f".{path.name}.sha256")
    state = path.stat()
    key = f"{state.st_size} {state.st_mtime_ns}"
    if memory.is_file():
        known_key, _, digest = memory.read_text().strip().rpartition(" ")
        if known_key == key:
            return digest
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(16 << 20):
            digest.update(chunk)
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(stream.fileno(), 0, stream.tell(), os.POSIX_FADV_DONTNEED)
    memory.write_text(f"{key} {digest.hexdigest()}\n")
    return digest.hexdigest()


def trouble(path, sha256):
    """What is wrong with it; "" when nothing is."""
    if not path.is_file():
        return "not there"
    size_bytes = path.stat().st_size
    if path.suffix == ".safetensors" and expected_bytes(path) != size_bytes:
        return f"{size_bytes} bytes, its header says {expected_bytes(path)}"
    if sha256 != "-" and sha256_of(path) != sha256:
        return f"sha256 {sha256_of(path)}, published is {sha256}"
    return ""


if __name__ == "__main__":
    said = trouble(Path(sys.argv[1]), sys.argv[2])
    if said and "--say" in sys.argv:
        sys.stdout.write(f"! {sys.argv[1]}: {said}\n")
    sys.exit(1 if said else 0)
