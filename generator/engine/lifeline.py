"""Children that end with us, however we end.

    lifeline.tie(child.pid); …; lifeline.untie(child.pid)

Whoever is killed with signal 9 cannot end his own children. A shell at the other end of a pipe can:
its read ends when we do. That works on every POSIX system; Linux's PR_SET_PDEATHSIG would have to
be set between fork and exec, where a process with threads must not run Python.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading

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


class Lifeline:
    """One shell for all children of this process; started with the first. Safe to share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shell: subprocess.Popen[bytes] | None = None

    def tie(self, pid: int) -> None:
        """From now on the process `pid` is killed when this one is no more."""
        self._say(f"tie {pid}\n")

    def untie(self, pid: int) -> None:
        """It has ended, and its number may come to be another's."""
        self._say(f"untie {pid}\n")

    def _say(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError):  # without a shell it is as it always was
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


lifeline = Lifeline()
