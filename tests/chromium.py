"""Which Chromium the browser tests and benches run, and how."""

from __future__ import annotations

import shutil

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",  # the tests may run as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """The system's Chromium or Chrome. Raises FileNotFoundError."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise FileNotFoundError("chromium: got none on PATH; expected one; run tests/prepare.py")
