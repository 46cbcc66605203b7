"""A real OpenSSH server on loopback with its own keys and port, for tests of the way to the box."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else "")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _login(home: Path | None, path: str) -> str:
    """The lines of sshd_config that put a login into another home."""
    if home is None:
        return ""
    home.mkdir(parents=True, exist_ok=True)
    return (
        f'SetEnv HOME="{home}" PATH="{path or os.defpath}"\n'
        'ForceCommand cd && exec sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )


class Sshd:
    """One server in `root`; `client_config` makes `ssh -F` reach it under the name `box`."""

    def __init__(
        self,
        root: Path,
        *,
        trusted: bool = True,
        authorised: bool = True,
        home: Path | None = None,
        path: str = "",
    ) -> None:
        """`home`, `path`: the login's home folder and PATH, when not the user's own."""
        self.root = root
        self.port = free_port()
        self.client_config = root / "client_config"
        self.known_hosts = root / "known_hosts"
        self._process: subprocess.Popen[bytes] | None = None
        root.mkdir(parents=True, exist_ok=True)
        for name in ("host_key", "user_key"):
            self.make_key(name)
        authorized = root / "authorized_keys"
        authorized.write_text((root / "user_key.pub").read_text() if authorised else "")
        self.known_hosts.write_text("")
        if trusted:
            self.trust()
        (root / "sshd_config").write_text(
            f"HostKey {root}/host_key\nAuthorizedKeysFile {authorized}\nStrictModes no\n"
            f"PidFile none\nListenAddress 127.0.0.1\nPort {self.port}\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
            + _login(home, path)
        )
        self.client_config.write_text(
            f"Host box\n  HostName 127.0.0.1\n  Port {self.port}\n  User {getpass.getuser()}\n"
            f"  IdentityFile {root}/user_key\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
        )

    def make_key(self, name: str) -> None:
        """A fresh ed25519 key pair under `name`."""
        for old in (self.root / name, self.root / f"{name}.pub"):
            old.unlink(missing_ok=True)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.root / name)], check=True
        )

    def trust(self) -> None:
        """Write the present host key into known_hosts."""
        key = " ".join((self.root / "host_key.pub").read_text().split()[:2])
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {key}\n")

    def start(self) -> None:
        """Start it and wait until it listens."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        with (self.root / "sshd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(self.root / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline_s = time.monotonic() + 20
        while time.monotonic() < deadline_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError((self.root / "sshd.log").read_text())

    def drop_connections(self) -> None:
        """Kill the children that serve open connections; the server itself stays."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for pid in children.split():
            os.kill(int(pid), signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server and every connection."""
        if self._process:
            self.drop_connections()
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
