"""Which Chromium the browser tests and benches run, and how."""

from __future__ import annotations

import shutil

ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # the tests may run as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


WHOLE = ("chromium", "chromium-browser", "google-chrome")


def executable(*names: str) -> str:
    """The system's Chromium or Chrome, or another of `names`. Raises FileNotFoundError."""
    for name in names or WHOLE:
        found = shutil.which(name)
        if found:
            return found
    raise FileNotFoundError("chromium: got none on PATH; expected one; run tests/prepare.py")


def shell() -> str:
    """The same engine without a browser round it, for less than half the work, if there is one."""
    return executable("chromium-headless-shell", *WHOLE)
