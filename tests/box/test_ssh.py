"""The way to the box, over a real sshd on loopback."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator.box.errors import explain, is_permanent
from generator.box.ssh import LOGIN_S, SshShell, ssh_box
from generator.engine.ports import SilentProgress
from generator.errors import SshError, UsageError
from generator.scene.model import Scene
from generator.wiring import real_ports
from tests.sshd import SSHD, Sshd, free_port

pytestmark = pytest.mark.skipif(not SSHD, reason="no sshd here: apt install openssh-server")

PATIENT_S = 60.0
"""A busy machine that runs these tests is no hanging box."""


@pytest.fixture
def shell(sshd: Sshd) -> SshShell:
    """The way to that server."""
    return SshShell("box", config=sshd.client_config, login_s=PATIENT_S)


@contextlib.contextmanager
def web_server(body: bytes) -> Iterator[int]:
    """A loopback web server that answers `body`; yields its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def get(port: int) -> bytes:
    """What a web server on this port of loopback answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return answer.read()


def refusal(shell: SshShell) -> str:
    """The message of a run that cannot get in."""
    with pytest.raises(SshError) as caught:
        shell.run(["true"])
    return str(caught.value)


def test_a_command_gets_its_words_stdin_and_exit_status_across_untouched(shell: SshShell) -> None:
    """Quotes, spaces, newlines and non-ASCII survive; stdout and stderr stay apart."""
    words = ["it's", "a b", '"$HOME" `id`', "line\nbreak", "é漢", "*", ""]
    result = shell.run(
        ["sh", "-c", 'for w; do printf "%s|" "$w"; done; cat; echo oops >&2; exit 3', "sh", *words],
        stdin=b"from stdin",
    )
    assert result.stdout == "|".join(words) + "|from stdin"
    assert (result.stderr.strip(), result.returncode) == ("oops", 3)


def test_a_command_that_returns_255_is_no_broken_connection(shell: SshShell) -> None:
    """255 is also ssh's own exit status for trouble; ours tells them apart."""
    assert shell.run(["sh", "-c", "exit 255"]).returncode == 255


def test_a_command_that_does_not_end_is_an_error_that_names_it(shell: SshShell) -> None:
    """The time allowed counts from the command's start."""
    with pytest.raises(SshError, match=r"sleep: got no end after 0.5 s"):
        shell.run(["sleep", "30"], timeout_s=0.5)


def test_a_connection_that_breaks_in_the_middle_is_an_error(shell: SshShell, sshd: Sshd) -> None:
    """Whatever the command would have returned, nobody knows."""
    begun = threading.Event()

    def cut() -> None:
        assert begun.wait(PATIENT_S)
        sshd.drop_connections()

    def hear(chunk: bytes) -> None:
        begun.set()

    cutter = threading.Thread(target=cut)
    cutter.start()
    with pytest.raises(SshError, match="a connection that lasts until the command ends"):
        shell.stream(["sh", "-c", "echo it runs; sleep 600"], sink=hear, timeout_s=600)
    cutter.join()


@pytest.mark.parametrize("destination", ["", "-oProxyCommand=touch /tmp/owned"])
def test_a_destination_that_is_an_option_is_refused(destination: str) -> None:
    """A scene file from elsewhere must not smuggle ssh options in."""
    with pytest.raises(UsageError, match="expected a host"):
        SshShell(destination)


def test_no_ssh_program_says_what_to_install() -> None:
    """A machine without OpenSSH; the tunnel says the same."""
    shell = SshShell("box", program="no-such-ssh")
    assert "apt install openssh-client" in refusal(shell)
    with pytest.raises(SshError, match="apt install openssh-client"), shell.tunnel(8188):
        pass


def test_a_refused_connection_says_so(tmp_path: Path) -> None:
    """Nobody listens on that port."""
    config = tmp_path / "config"
    config.write_text(f"Host box\n HostName 127.0.0.1\n Port {free_port()}\n")
    message = refusal(SshShell("box", config=config, login_s=PATIENT_S))
    assert "connection refused" in message
    assert "is the box on and sshd running" in message


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-Frozen\r\n"], ids=["silent", "after banner"])
def test_a_host_that_hangs_says_so_in_time(tmp_path: Path, banner: bytes) -> None:
    """It takes the connection, perhaps even says hello, and nothing more: a box out of memory."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            connection, _ = listener.accept()
            kept.append(connection)
            connection.sendall(banner)

        thread = threading.Thread(target=accept)
        thread.start()
        config = tmp_path / "config"
        config.write_text(f"Host box\n HostName 127.0.0.1\n Port {listener.getsockname()[1]}\n")
        message = refusal(SshShell("box", config=config, login_s=3))
        thread.join()
        kept[0].close()
    assert "silence" in message or "no answer within 3 s" in message
    assert LOGIN_S < 10, "the promise"
    assert "out of memory" in message


def test_a_web_server_behind_the_port_says_that_it_is_no_ssh(tmp_path: Path) -> None:
    """The port of something else."""
    with web_server(b"hello") as port:
        config = tmp_path / "config"
        config.write_text(f"Host box\n HostName 127.0.0.1\n Port {port}\n")
        assert "really run sshd on that port" in refusal(
            SshShell("box", config=config, login_s=PATIENT_S)
        )


def test_a_name_that_nothing_resolves_says_so(tmp_path: Path) -> None:
    """The .invalid domain never resolves."""
    config = tmp_path / "config"
    config.write_text("")
    assert "a name that nothing resolves" in refusal(
        SshShell("box.invalid", config=config, login_s=PATIENT_S)
    )


def test_an_unknown_host_key_is_never_accepted(tmp_path: Path) -> None:
    """Even when the user's configuration would accept it silently."""
    with Sshd(tmp_path / "sshd", trusted=False) as server:
        with server.client_config.open("a") as config:
            config.write("  StrictHostKeyChecking no\n")
        message = refusal(SshShell("box", config=server.client_config, login_s=PATIENT_S))
        assert "a host key that this machine has never seen" in message
        assert "compare the fingerprint" in message
        assert server.known_hosts.read_text() == ""


def test_a_changed_host_key_warns_and_names_the_line_to_forget(tmp_path: Path) -> None:
    """Reinstalled, or somebody in between: the author decides, not we."""
    server = Sshd(tmp_path / "sshd")
    server.make_key("host_key")
    with server:
        message = refusal(SshShell("box", config=server.client_config, login_s=PATIENT_S))
    assert "a host key other than the one on record" in message
    assert "ssh-keygen -R" in message or "ssh-keygen -f" in message
    assert "do not connect" in message


def test_a_login_that_is_denied_says_how_to_install_a_key(tmp_path: Path) -> None:
    """No password is ever asked for."""
    with Sshd(tmp_path / "sshd", authorised=False) as server:
        message = refusal(SshShell("box", config=server.client_config, login_s=PATIENT_S))
    assert "no key that the box accepts" in message
    assert "ssh-copy-id box" in message


def test_a_broken_configuration_shows_the_line(tmp_path: Path) -> None:
    """Ssh's own words come along."""
    config = tmp_path / "config"
    config.write_text("Host box\n  NoSuchOption yes\n")
    message = refusal(SshShell("box", config=config, login_s=PATIENT_S))
    assert "an ssh configuration that ssh itself refuses" in message
    assert "nosuchoption" in message.lower()


def test_a_file_goes_there_once_and_comes_back_the_same(shell: SshShell, tmp_path: Path) -> None:
    """The second send moves nothing: the sha256 there already agrees."""
    source = tmp_path / "a clip.mkv"
    source.write_bytes(os.urandom(3_000_000))
    target = f"{tmp_path}/there/it's here.mkv"
    assert shell.send_file(source, target) is True
    assert shell.send_file(source, target) is False
    assert Path(target).read_bytes() == source.read_bytes()
    assert [p.name for p in (tmp_path / "there").iterdir()] == ["it's here.mkv"]
    shell.fetch_file(target, tmp_path / "back" / "clip.mkv")
    assert (tmp_path / "back" / "clip.mkv").read_bytes() == source.read_bytes()
    assert [p.name for p in (tmp_path / "back").iterdir()] == ["clip.mkv"]


class Heard:
    """A Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.done: list[float] = []

    def update(self, label: str, done: float, total: float) -> None:  # noqa: ARG002 - a port
        """Keep `done`."""
        self.done.append(done)

    def note(self, message: str) -> None:
        """Nobody listens."""


def test_a_broken_copy_goes_on_where_it_stopped(shell: SshShell, tmp_path: Path) -> None:
    """Both ways; only the missing bytes travel."""
    data = os.urandom(2_500_000)
    mark = hashlib.sha256(data).hexdigest()[:12]
    source = tmp_path / "model.bin"
    source.write_bytes(data)
    (tmp_path / f"there.bin.{mark}.part").write_bytes(data[:2_000_000])
    heard = Heard()
    shell.send_file(source, f"{tmp_path}/there.bin", progress=heard)
    assert (tmp_path / "there.bin").read_bytes() == data
    assert min(heard.done) >= 2_000_000
    (tmp_path / f"back.bin.{mark}.part").write_bytes(data[:2_000_000])
    heard = Heard()
    shell.fetch_file(f"{tmp_path}/there.bin", tmp_path / "back.bin", progress=heard)
    assert (tmp_path / "back.bin").read_bytes() == data
    assert min(heard.done) >= 2_000_000


def test_a_damaged_part_is_thrown_away_and_copied_anew(shell: SshShell, tmp_path: Path) -> None:
    """Resuming never yields a file with a wrong head."""
    data = os.urandom(300_000)
    mark = hashlib.sha256(data).hexdigest()[:12]
    source = tmp_path / "model.bin"
    source.write_bytes(data)
    (tmp_path / f"there.bin.{mark}.part").write_bytes(b"x" * 100_000)
    shell.send_file(source, f"{tmp_path}/there.bin")
    (tmp_path / f"back.bin.{mark}.part").write_bytes(b"x" * 400_000)
    shell.fetch_file(f"{tmp_path}/there.bin", tmp_path / "back.bin")
    assert (tmp_path / "there.bin").read_bytes() == (tmp_path / "back.bin").read_bytes() == data


def test_a_file_that_is_not_there_or_may_not_be_written_names_it(
    shell: SshShell, tmp_path: Path
) -> None:
    """Subject and remedy name the path."""
    with pytest.raises(SshError, match=r"box:/no/such: got is not there"):
        shell.fetch_file("/no/such", tmp_path / "x")
    (tmp_path / "f").write_text("x")
    with pytest.raises(SshError, match="could not be written"):
        shell.send_file(tmp_path / "f", "/proc/nowhere/f")


def test_a_full_disk_here_is_a_clear_error(shell: SshShell, tmp_path: Path) -> None:
    """/dev/full stands in for it."""
    (tmp_path / "clip").write_bytes(b"x" * 3_000_000)
    mark = hashlib.sha256(b"x" * 3_000_000).hexdigest()[:12]
    (tmp_path / f"back.{mark}.part").symlink_to("/dev/full")
    with pytest.raises(SshError, match="No space left on device"):
        shell.fetch_file(f"{tmp_path}/clip", tmp_path / "back")


def test_a_tunnel_carries_and_is_gone_after_the_block(shell: SshShell) -> None:
    """A port of the box, on loopback here, for as long as the block lasts."""
    with web_server(b"the box's own") as remote:
        with shell.tunnel(remote) as tunnel:
            assert get(tunnel.local_port) == b"the box's own"
            assert tunnel.is_up
            tunnel.check()
        with pytest.raises(OSError, match="refused"):
            get(tunnel.local_port)


def test_a_tunnel_that_breaks_is_opened_again_on_the_same_port(shell: SshShell, sshd: Sshd) -> None:
    """The line drops; the port comes back by itself."""
    with web_server(b"again") as remote, shell.tunnel(remote) as tunnel:
        assert get(tunnel.local_port) == b"again"
        sshd.drop_connections()
        wait_for(lambda: tunnel.restarts == 1 and tunnel.is_up)
        assert get(tunnel.local_port) == b"again"
        tunnel.check()


def test_a_tunnel_whose_box_changes_its_key_ends_with_the_reason(tmp_path: Path) -> None:
    """Trying again cannot help, so it does not."""
    server = Sshd(tmp_path / "sshd")
    with server:
        shell = SshShell("box", config=server.client_config, login_s=PATIENT_S)
        with shell.tunnel(free_port()) as tunnel:
            server.stop()
            server.make_key("host_key")
            server.start()
            with pytest.raises(SshError, match="a host key other than the one on record"):
                tunnel.wait(60)
            assert not tunnel.is_up


def test_a_taken_local_port_is_named(shell: SshShell) -> None:
    """ExitOnForwardFailure: never a tunnel that only seems to stand."""
    with (
        web_server(b"somebody else") as taken,
        pytest.raises(SshError, match="a local port that another program holds"),
        shell.tunnel(free_port(), taken),
    ):
        pass


def test_a_tunnel_to_a_host_that_refuses_ends_at_once(tmp_path: Path) -> None:
    """The first opening is never retried in silence."""
    config = tmp_path / "config"
    config.write_text(f"Host box\n HostName 127.0.0.1\n Port {free_port()}\n")
    with (
        pytest.raises(SshError, match="connection refused"),
        SshShell("box", config=config, login_s=PATIENT_S).tunnel(8188),
    ):
        pass


def test_words_that_nobody_foresaw_are_passed_on() -> None:
    """An unknown reason keeps ssh's own words and says how to look closer."""
    error = explain("box", "the dog ate it")
    assert "ssh -v box true" in str(error)
    assert "the dog ate it" in str(error)
    assert not is_permanent("the dog ate it")


def wait_for(condition: Callable[[], bool], patience_s: float = 60.0) -> None:
    """Wait until `condition()` holds."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came true")


def test_two_that_send_the_same_file_at_once(shell: SshShell, tmp_path: Path) -> None:
    """One sends it, the other finds it there; nobody writes into the other's copy."""
    source, target = tmp_path / "clip", tmp_path / "there/clip"
    source.write_bytes(os.urandom(48 << 20))
    start = threading.Barrier(3)
    sent: list[bool] = []

    def send() -> None:
        start.wait()
        sent.append(shell.send_file(source, str(target)))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [False, False, True]
    assert [path.name for path in target.parent.iterdir()] == ["clip"]
    assert target.read_bytes() == source.read_bytes()


def test_the_patience_with_a_slow_line_is_the_environment_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Renders and the tracker wait as long as the doctor does."""
    monkeypatch.setenv("BREATHE_SSH_PATIENCE_S", "40")
    assert ssh_box("box").login_s == 40.0
    monkeypatch.delenv("BREATHE_SSH_PATIENCE_S")
    assert ssh_box("box").login_s == LOGIN_S
    monkeypatch.setenv("BREATHE_SSH_PATIENCE_S", "long")
    with pytest.raises(UsageError, match="'long'; expected a number of seconds"):
        ssh_box("box")


def test_what_is_given_counts_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One place decides for the flags of `breathe spark` and for renders, which have none."""
    monkeypatch.setenv("BREATHE_SSH_PATIENCE_S", "40")
    monkeypatch.setenv("BREATHE_SSH_CONFIG", str(tmp_path / "theirs"))
    given = ssh_box("box", config=tmp_path / "mine", login_s=5.0)
    assert (given.config, given.login_s) == (tmp_path / "mine", 5.0)
    handed_down = real_ports(Scene(), SilentProgress()).require_box("box")
    assert handed_down == SshShell("box", config=tmp_path / "theirs", login_s=40.0)


def test_a_run_that_may_call_nobody_opens_no_way() -> None:
    """Offline there is no box."""
    with pytest.raises(UsageError, match="may call no other machine"):
        real_ports(Scene(), SilentProgress(), offline=True).require_box("box")
