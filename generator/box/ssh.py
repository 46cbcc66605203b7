"""The way to the box: commands, files and a tunnel over the system's own `ssh`.

    shell = SshShell("spark")
    shell.run(["nvidia-smi", "-L"]).stdout
    shell.send_file(Path("hero.png"), "room/hero.png")
    with shell.tunnel(remote_port=8188) as tunnel:
        requests_to(f"http://127.0.0.1:{tunnel.local_port}")

The user's ssh configuration, keys, agent and jump hosts count as always. Three things are ours:
nothing is ever asked for (BatchMode), a host key is never accepted silently (whatever the
configuration says), and a box that does not let us in says so within `LOGIN_S` seconds.

Every command and tunnel is an ssh of its own. One control master for all would save a login each
(0.3 s on loopback), but it loses ssh's words, which the messages here are made of (a line that
breaks ends with 255 and silence, a local port that is taken with "Port forwarding failed"), stays
behind when we are killed outright, and OpenSSH on Windows has none.
"""

from __future__ import annotations

import io
import logging
import os
import shlex
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from generator.box.errors import tail
from generator.box.session import Sink, Source, run_session
from generator.box.tunnel import Tunnel, open_tunnel
from generator.engine.disk import sha256_file
from generator.engine.ports import CommandResult, Progress, SilentProgress
from generator.errors import SshError, UsageError

log = logging.getLogger(__name__)

LOGIN_S = 9.0
"""Patience until a command runs on the box; everything that fails on the way fails within it."""
CONNECT_SHARE_S = 2.0
"""So much less is left to ssh itself for TCP, banner and key exchange: its words say more."""

_BUSY, _DIFFERS, _LOOK_S = 75, 76, 1.0
_RECEIVE = f"""
mkdir -p -- "$(dirname -- "$1")" || exit
exec 9>>"$2.lock" || exit
if command -v flock >/dev/null; then flock -n 9 || exit {_BUSY}; fi
[ "$(cat -- "$2" 2>/dev/null | wc -c)" -eq "$3" ] || exit {_BUSY}
cat >>"$2" || exit
case "$(sha256sum <"$2")" in
  "$4 "*) mv -f -- "$2" "$1" && rm -f -- "$2.lock" ;;
  *) rm -f -- "$2" "$2.lock"; exit {_DIFFERS} ;;
esac
"""
"""The box's end of a copy: target, part, the part's bytes so far, the whole's sha256. Whoever comes
while another writes the same part is told so (`_BUSY`), and looks again."""


@dataclass(frozen=True)
class SshShell:
    """`ports.Box`: another machine.

    `destination` is whatever ssh takes: `box`, `me@box`, an alias, `ssh://me@box:2222`.
    `config` replaces ~/.ssh/config (`ssh -F`). `program` is the ssh binary. `login_s`: the patience
    until a command runs there.
    """

    destination: str
    config: Path | None = None
    program: str = "ssh"
    login_s: float = LOGIN_S

    def __post_init__(self) -> None:
        if not self.destination or self.destination.startswith("-"):
            raise UsageError(
                "ssh destination",
                got=repr(self.destination),
                expected="a host, user@host or an alias of ~/.ssh/config",
                remedy='set [wan] host = "user@box" in the scene, or pass --host',
            )

    def argv(self, *options: str) -> list[str]:
        """The ssh command up to and with the destination, `options` in between."""
        config = ("-F", str(self.config)) if self.config else ()
        return [
            self.program,
            *config,
            *("-o", "BatchMode=yes"),
            *("-o", "StrictHostKeyChecking=yes"),
            *("-o", f"ConnectTimeout={max(1, int(self.login_s - CONNECT_SHARE_S))}"),
            *("-o", "ServerAliveInterval=3"),
            *("-o", "ServerAliveCountMax=3"),
            *("-o", "LogLevel=INFO"),
            *options,
            "--",
            self.destination,
        ]

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout_s: float = 60.0
    ) -> CommandResult:
        """Run a command on the box to its end; its own failure is a returncode, not an error.

        `timeout_s` counts from the moment the command starts there. Raises SshError when the box
        cannot be reached, the connection breaks, or the time is up.
        """
        out = io.BytesIO()
        returncode, said = self._session(argv, io.BytesIO(stdin), out.write, timeout_s)
        return CommandResult(
            returncode=returncode, stdout=out.getvalue().decode(errors="replace"), stderr=said
        )

    def stream(
        self, argv: Sequence[str], *, stdin: bytes = b"", sink: Sink, timeout_s: float
    ) -> int:
        """Like `run`, but stdout goes to `sink` as it comes; returns the exit status."""
        return self._session(argv, io.BytesIO(stdin), sink, timeout_s)[0]

    def send_file(
        self,
        source: Path,
        target: str,
        *,
        progress: Progress | None = None,
        timeout_s: float = 3600.0,
    ) -> bool:
        """Bring a file to `target` on the box; False when the same bytes are there already.

        Goes on where a broken copy stopped, waits while another copies the same bytes; the name
        appears only once the sha256 agrees. Raises SshError.
        """
        sha256 = sha256_file(source)
        part = f"{target}.{sha256[:12]}.part"
        progress = progress or SilentProgress()
        differed = False
        give_up_s = time.monotonic() + timeout_s
        while self.sha256(target) != sha256:
            offset = self._size_bytes(part)
            with source.open("rb") as stream:
                stream.seek(offset)
                meter = _Meter(stream, progress, source.name, source.stat().st_size)
                returncode, said = self._session(
                    ["sh", "-c", _RECEIVE, "sh", target, part, str(offset), sha256],
                    meter,
                    io.BytesIO().write,
                    timeout_s,
                )
            if returncode == 0:
                return True
            if returncode == _BUSY and time.monotonic() < give_up_s:
                time.sleep(_LOOK_S)
            elif returncode == _DIFFERS and offset and not differed:
                differed = True
                log.warning("%s: a copy of %s went wrong, again", self.destination, target)
            elif returncode == _DIFFERS:
                raise self._file_error(target, said, "has another sha256 than the file here")
            else:
                raise self._file_error(target, said, f"could not be written (exit {returncode})")
        return False

    def fetch_file(
        self,
        source: str,
        target: Path,
        *,
        progress: Progress | None = None,
        timeout_s: float = 3600.0,
    ) -> None:
        """Bring `source` from the box to `target` here, whole or not at all; goes on after a break.

        Raises SshError when it is not there, does not arrive, or differs from the box's sha256.
        """
        sha256 = self.sha256(source)
        if not sha256:
            raise self._file_error(source, "", "is not there, or cannot be read")
        if target.is_file() and sha256_file(target) == sha256:
            return
        part = target.with_name(f"{target.name}.{sha256[:12]}.part")
        progress = progress or SilentProgress()
        size_bytes = self._size_bytes(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        for mode in ("ab", "wb"):
            with part.open(mode) as stream:
                offset = stream.tell()
                sink = _Gauge(stream, progress, target.name, size_bytes)
                returncode, said = self._session(
                    ["tail", "-c", f"+{offset + 1}", "--", source], io.BytesIO(), sink, timeout_s
                )
            if returncode != 0:
                raise self._file_error(source, said, f"could not be read (exit {returncode})")
            if sha256_file(part) == sha256:
                part.replace(target)
                return
        part.unlink(missing_ok=True)
        raise self._file_error(source, "", "changed while it was copied")

    def sha256(self, path: str) -> str:
        """The sha256 of a file on the box, or "" when it is not there. Raises SshError."""
        words = self.run(["sha256sum", "--", path], timeout_s=600.0).stdout.split()
        return words[0].lstrip("\\") if words else ""

    def tunnel(self, remote_port: int, local_port: int = 0) -> AbstractContextManager[Tunnel]:
        """127.0.0.1:`local_port` here (0: a free one) becomes 127.0.0.1:`remote_port` there.

        It is up when the block begins, is opened again when it breaks, and is gone when the block
        ends. Raises SshError when it cannot be opened; see `Tunnel.check` for later.
        """
        return open_tunnel(
            self.argv, self.destination, remote_port, local_port, login_s=self.login_s
        )

    def _size_bytes(self, path: str) -> int:
        words = self.run(["sh", "-c", 'wc -c < "$1"', "sh", path]).stdout.split()
        return int(words[0]) if words else 0

    def _file_error(self, path: str, said: str, got: str) -> SshError:
        return SshError(
            f"{self.destination}:{path}",
            got=got,
            expected="a file that the login there may read and write",
            remedy=f"look at it with: ssh {self.destination} ls -l {shlex.quote(path)}",
            detail=tail(said),
        )

    def _session(
        self, argv: Sequence[str], stdin: Source, sink: Sink, timeout_s: float
    ) -> tuple[int, str]:
        return run_session(
            self.argv("-T"),
            argv,
            stdin=stdin,
            sink=sink,
            destination=self.destination,
            login_s=self.login_s,
            timeout_s=timeout_s,
        )


def ssh_box(
    destination: str, *, config: Path | None = None, login_s: float | None = None
) -> SshShell:
    """The way to a box; what is left out comes from the environment, else it is the default.

    BREATHE_SSH_CONFIG replaces ~/.ssh/config, BREATHE_SSH_PATIENCE_S is the patience with a slow
    line. Raises UsageError.
    """
    named, patience = os.environ.get("BREATHE_SSH_CONFIG"), os.environ.get("BREATHE_SSH_PATIENCE_S")
    if config is None and named:
        config = Path(named)
    if login_s is None:
        try:
            login_s = float(patience) if patience else LOGIN_S
        except ValueError as exc:
            raise UsageError(
                "BREATHE_SSH_PATIENCE_S", got=repr(patience), expected="a number of seconds"
            ) from exc
    return SshShell(destination, config=config, login_s=login_s)


class _Meter:
    """A stream that tells how far it has been read."""

    def __init__(self, stream: BinaryIO, progress: Progress, label: str, total: int) -> None:
        self._stream = stream
        self._progress = progress
        self._label = label
        self._total = total

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if chunk := self._stream.read(size):
            self._progress.update(self._label, self._stream.tell(), self._total)
        return chunk


class _Gauge:
    """A file that tells how far it has been written."""

    def __init__(self, stream: BinaryIO, progress: Progress, label: str, total: int) -> None:
        self._stream = stream
        self._progress = progress
        self._label = label
        self._total = total

    def __call__(self, chunk: bytes) -> None:
        self._stream.write(chunk)
        self._progress.update(self._label, self._stream.tell(), self._total)
