"""The model files: there, whole, and, when asked, with the right sha256.

A safetensors file tells its own length: 8 bytes give the size of a JSON header, whose offsets end
where the file must end. So a truncated download shows without a hash of 14 GB.
https://huggingface.co/docs/safetensors/index#format
"""

import hashlib
import json
import os
import sys
from pathlib import Path

HEADER_LIMIT_BYTES = 100 << 20


def folders(settings):
    """Where ComfyUI keeps models: its own folder, and base_path of extra_model_paths.yaml."""
    root = Path(settings["root"] or Path(settings["home"], "ComfyUI")).expanduser()
    found = [root / "models", Path(settings["home"], "models").expanduser()]
    extra = root / "extra_model_paths.yaml"
    if extra.is_file():
        for line in extra.read_text(errors="replace").splitlines():
            key, _, value = line.strip().partition(":")
            if key == "base_path" and value.strip():
                base = Path(value.strip().strip("'\"")).expanduser()
                found += [base, base / "models"]
    return found


def locate(model, places):
    """The file, by folder and then by name anywhere below; None when it is not there."""
    for place in places:
        exact = place / model["folder"] / model["name"]
        if exact.is_file():
            return exact
    for place in places:
        below = place / model["folder"]
        found = sorted(below.rglob(model["name"])) if below.is_dir() else []
        if found:
            return found[0]
    return None


def expected_bytes(path):
    """The length that a safetensors header promises; 0 when the header itself is broken."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= HEADER_LIMIT_BYTES:
            return 0
        header = stream.read(length)
    try:
        entries = json.loads(header)
        ends = [entry["data_offsets"][1] for key, entry in entries.items() if key != "__metadata__"]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return 0
    return 8 + length + max(ends, default=0)


def examine(model, places, deep):
    """One model: path, size, promised size, sha256 when asked and known."""
    path = locate(model, places)
    if path is None:
        return {"name": model["name"], "path": ""}
    answer = {
        "name": model["name"],
        "path": str(path),
        "size_bytes": path.stat().st_size,
        "promised_bytes": expected_bytes(path) if path.suffix == ".safetensors" else None,
        "sha256": "",
    }
    if deep and model["sha256"]:
        with path.open("rb") as stream:
            digest = hashlib.sha256()
            while chunk := stream.read(16 << 20):
                digest.update(chunk)
                # Unified memory: do not leave 14 GB of page cache behind.
                if hasattr(os, "posix_fadvise"):
                    os.posix_fadvise(stream.fileno(), 0, stream.tell(), os.POSIX_FADV_DONTNEED)
        answer["sha256"] = digest.hexdigest()
    return answer


def main(settings):
    """All models of the workflow."""
    places = folders(settings)
    return {
        "places": [str(place) for place in places],
        "models": [examine(model, places, settings["deep"]) for model in settings["models"]],
    }


if __name__ == "__main__":
    sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(main(json.loads(sys.argv[1]))))
