"""Children that end with us, however we end.

    with tied(child.pid):
        …  and wait for it

Whoever is killed with signal 9 cannot end his own children. A shell at the other end of a pipe can:
its read ends when we do. That works on every POSIX system; Linux's PR_SET_PDEATHSIG would have to
be set between fork and exec, where a process with threads must not run Python.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SCRIPT = """
trap '' HUP INT TERM
tied=' '
while read -r word pid; do
  case $word in
    tie) tied="$tied$pid " ;;
    untie) tied="${tied%% "$pid" *} ${tied#* "$pid" }" ;;
  esac
done
for pid in $tied; do kill -9 "$pid" 2>/dev/null; done
"""


class _Lifeline:
    """One shell for all children of this process, started with the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shell: subprocess.Popen[bytes] | None = None

    def say(self, line: str) -> None:
        with self._lock, suppress(OSError):  # without a shell it is as it always was
            if self._shell is None:
                self._shell = subprocess.Popen(
                    ["/bin/sh", "-c", _SCRIPT],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    bufsize=0,
                )
            if self._shell.stdin is not None:
                self._shell.stdin.write(line.encode())


_LIFELINE = _Lifeline()


@contextmanager
def tied(pid: int) -> Iterator[None]:
    """In this block the child `pid` is killed when this process is no more.

    The block ends after the child: its number may then come to be another's.
    """
    _LIFELINE.say(f"tie {pid}\n")
    try:
        yield
    finally:
        _LIFELINE.say(f"untie {pid}\n")
