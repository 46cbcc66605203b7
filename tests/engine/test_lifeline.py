"""Children that end with their parent, and only those that are still tied."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = """
import os, signal, subprocess
from generator.engine.lifeline import tied
first, second, third = (
    subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL).pid for _ in range(3)
)
with tied(first):
    with tied(second):
        pass
    with tied(third):
        print(first, second, third, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def is_alive(pid: int) -> bool:
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip()[:1] not in ("", "Z")


def test_what_is_tied_ends_with_us_and_what_was_untied_does_not() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, cwd=REPOSITORY)
    first, second, third = map(int, done.stdout.split())
    try:
        while is_alive(first) or is_alive(third):
            time.sleep(0.02)
        assert is_alive(second)
    finally:
        subprocess.run(["kill", "-9", str(second)], check=True)
