r"""An error as the page shows it: the four parts of its message, the place, and the lines around.

>>> code_frame("one\ntwo\nthree", 2, context=1)
[{'number': 1, 'text': 'one', 'hit': False}, {'number': 2, 'text': 'two', 'hit': True}, ...]
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from generator.errors import BreatheError
from generator.scene.told import add_line

_PLACE = re.compile(r"^([\w./-]+\.\w+)(?::(\d+))?")


def describe(error: BaseException, root: Path) -> dict[str, Any]:
    """The error as JSON: subject, got, expected, remedy, detail, and where known file and frame."""
    if isinstance(error, BreatheError):
        add_line(error, root)
        words = {
            "subject": error.subject,
            "got": error.got,
            "expected": error.expected,
            "remedy": error.remedy,
            "detail": error.detail,
        }
    else:
        words = {
            "subject": type(error).__name__,
            "got": str(error),
            "expected": "",
            "remedy": "this is a fault of ours: run breathe dev --debug and report it",
            "detail": "",
        }
    place = _PLACE.match(words["subject"])
    file, line, frame = "", 0, []
    if place:
        file, line = place.group(1), int(place.group(2) or 0)
        frame = _frame_of(root, file, line)
    return {**words, "file": file, "line": line, "frame": frame}


def code_frame(text: str, line: int, context: int = 3) -> list[dict[str, Any]]:
    """The lines around 1-based `line`, with `hit` on that one."""
    lines = text.splitlines()
    first = max(1, line - context)
    last = min(len(lines), line + context)
    return [
        {"number": number, "text": lines[number - 1], "hit": number == line}
        for number in range(first, last + 1)
    ]


def _frame_of(root: Path, file: str, line: int) -> list[dict[str, Any]]:
    path = (root / file).resolve()
    if not line or not path.is_relative_to(root.resolve()):
        return []
    try:
        return code_frame(path.read_text(encoding="utf-8"), line)
    except (OSError, UnicodeDecodeError):
        return []
