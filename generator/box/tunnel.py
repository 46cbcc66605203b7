"""One port of this machine that is a port of the box, for as long as a `with` block lasts.

    with shell.tunnel(remote_port=8188) as tunnel:
        get(f"http://127.0.0.1:{tunnel.local_port}/system_stats")

`ssh -N -L` opens it, on loopback at both ends. A thread watches the process: when the line breaks
it opens the tunnel again on the same local port, waiting a little longer each time; when trying
again cannot help (a changed host key, no permission) it stops, and `check` says why.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO

from generator.box.errors import explain, is_permanent, no_program, silent
from generator.engine.lifeline import tied
from generator.errors import SshError

log = logging.getLogger(__name__)

RETRY_S = (0.5, 1.0, 2.0, 5.0)
"""Waits between attempts after a break; the last one repeats."""
STEADY_S = 30.0
"""A tunnel that stood this long starts its waits from the beginning again."""
PORT_ATTEMPTS = 3
"""A free port can be taken by another program before ssh binds it; then we ask for another."""
_UP = b"breathe-tunnel-up\n"


class Tunnel:
    """127.0.0.1:`local_port` here is 127.0.0.1:`remote_port` there. Made by `open_tunnel`."""

    def __init__(
        self,
        argv: Callable[..., list[str]],
        destination: str,
        remote_port: int,
        local_port: int,
        login_s: float,
    ) -> None:
        self.destination = destination
        self.remote_port = remote_port
        self.local_port = local_port or free_port()
        self.restarts = 0
        """How often it had to be opened again."""
        self._argv = argv
        self._login_s = login_s
        self._port_attempts_left = 0 if local_port else PORT_ATTEMPTS
        self._process: subprocess.Popen[bytes] | None = None
        self._carried = False
        self._failure: SshError | None = None
        self._up = threading.Event()
        self._over = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="ssh tunnel", daemon=True)

    @property
    def is_up(self) -> bool:
        """Whether it carries now (False while it is being opened again)."""
        return self._up.is_set()

    def check(self) -> None:
        """Raise the SshError that ended the tunnel for good, if one did."""
        if self._failure:
            raise self._failure

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until it is over for good, or for so long. Raises SshError when it failed."""
        self._over.wait(timeout_s)
        self.check()

    def open(self) -> None:
        """Start, and return when it carries. Raises SshError."""
        self._thread.start()
        while not (self._up.wait(0.02) or self._over.is_set()):
            pass
        self.check()

    def close(self) -> None:
        """End it; ssh is gone when this returns. May be called twice."""
        self._closing.set()
        if self._process:
            self._process.terminate()
        self._thread.join()

    def _keep(self) -> None:
        """The watching thread: open, watch, open again."""
        failures = 0
        try:
            while not self._closing.is_set():
                started_s = time.monotonic()
                error, may_retry = self._carry()
                if self._closing.is_set():
                    return
                if not may_retry:
                    self._failure = error
                    return
                failures = 0 if time.monotonic() - started_s > STEADY_S else failures + 1
                log.warning("the tunnel to %s broke, opening it again: %s", self.destination, error)
                self._closing.wait(RETRY_S[min(failures, len(RETRY_S)) - 1])
                self.restarts += 1
        finally:
            self._over.set()

    def _carry(self) -> tuple[SshError, bool]:
        """One ssh process from start to end: (why it ended, whether to try again)."""
        command = self._argv(
            *("-N", "-T", "-L", f"127.0.0.1:{self.local_port}:127.0.0.1:{self.remote_port}"),
            *("-o", "ExitOnForwardFailure=yes", "-o", "ControlPath=none"),
            *("-o", "PermitLocalCommand=yes", "-o", f"LocalCommand=echo {_UP.decode().strip()}"),
        )
        if not shutil.which(command[0]):
            return no_program(command[0]), False
        with tempfile.TemporaryFile() as stderr:
            self._process = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
            with process, tied(process.pid):
                timely = self._watch(process)
            stderr.seek(0)
            return self._verdict(stderr.read().decode(errors="replace"), timely=timely)

    def _watch(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until `process` ends; False when it did not carry in time and was killed."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        patience = threading.Timer(self._login_s, give_up)
        patience.start()
        stdout: IO[bytes] = process.stdout  # type: ignore[assignment]  # it is a PIPE
        if stdout.readline() == _UP:
            patience.cancel()
            self._carried = True
            self._up.set()
            log.info(
                "127.0.0.1:%d is %s port %d", self.local_port, self.destination, self.remote_port
            )
        if self._closing.is_set():
            process.terminate()
        process.wait()
        patience.cancel()
        self._up.clear()
        return not late.is_set()

    def _verdict(self, said: str, *, timely: bool) -> tuple[SshError, bool]:
        if not timely:
            return silent(self.destination, self._login_s, said), self._carried
        if "Address already in use" in said and self._port_attempts_left and not self._carried:
            self._port_attempts_left -= 1
            self.local_port = free_port()
            return explain(self.destination, said), True
        error = explain(self.destination, said, expected="a tunnel that stays open")
        return error, self._carried and not is_permanent(said)


@contextlib.contextmanager
def open_tunnel(
    argv: Callable[..., list[str]],
    destination: str,
    remote_port: int,
    local_port: int = 0,
    *,
    login_s: float,
) -> Iterator[Tunnel]:
    """A tunnel for the length of a block. `argv(*options)` gives the ssh command to `destination`.

    Raises SshError when it is not up within `login_s` seconds.
    """
    tunnel = Tunnel(argv, destination, remote_port, local_port, login_s)
    try:
        tunnel.open()
        yield tunnel
    finally:
        tunnel.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
