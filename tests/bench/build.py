"""How long a build with nothing to do takes, beside the import floor; stage times; bundle sizes.

The floor is `python -c "import jinja2, click"` in the same run, in turn with the build.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
RUNS = 11
FLOOR = [sys.executable, "-c", "import jinja2, click"]
BREATHE = [sys.executable, "-m", "generator"]


def main() -> None:
    """Print three small tables."""
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch) / "room"
        _run([*BREATHE, "new", str(room)])
        _run([*BREATHE, "-C", str(room), "build"])
        build = [*BREATHE, "-C", str(room), "build"]
        pairs = [(_seconds(FLOOR), _seconds(build)) for _ in range(RUNS)]
        floor, warm = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"import floor        {floor * 1000:7.0f} ms")
        print(
            f"warm build          {warm * 1000:7.0f} ms   {ratio:.2f} times the floor (target 2.5)"
        )
        _sizes(room / "dist")
        _stages(Path(scratch))


def _sizes(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    groups: dict[str, int] = {}
    for entry in manifest["files"]:
        group = _group(entry["path"])
        groups[group] = groups.get(group, 0) + min([entry["bytes"], *entry["encodings"].values()])
    for group, size in sorted(groups.items(), key=lambda item: -item[1]):
        print(f"{group:<18} {size / 1000:9.1f} kB on the wire")


def _group(path: str) -> str:
    for needle, group in (("-av1", "clips, AV1"), ("-h264", "clips, H.264"), ("posters", "stills"),
                          ("runtime", "modules"), ("styles", "styles and font"),
                          ("tracks", "timelines")):  # fmt: skip
        if needle in path:
            return group
    return "pages"


def _stages(scratch: Path) -> None:
    """Time of each stage on the sample hero with still clips, beside decoding the walk-in once."""
    room = scratch / "still"
    _run([*BREATHE, "new", str(room), "--hero", str(REPOSITORY / "assets/source/hero.png")])
    started = time.perf_counter()
    shown = _run([*BREATHE, "-C", str(room), "build"])
    print(f"cold build, still   {time.perf_counter() - started:7.1f} s")
    for line in shown.stderr.splitlines():
        if ": done in" in line:
            print(f"  {line.strip()}")


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    _run(command)
    return time.perf_counter() - started


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
