r"""From ssh's own words to one clear message: what went wrong on the way, and what to do about it.

>>> print(explain("box", "ssh: connect to host box port 22: Connection refused\n"))
ssh box: got connection refused; expected an ssh server that lets us in
  → is the box on and sshd running there? try: ssh box true
  | ssh: connect to host box port 22: Connection refused

The order of `_CAUSES` matters: the first pattern that stands in the text decides, and a changed
host key also says "Host key verification failed".
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import SshError

TAIL_LINES = 12


@dataclass(frozen=True)
class _Cause:
    """One way of failing: words that ssh says, what they mean, what to do ({host} is filled in)."""

    words: tuple[str, ...]
    got: str
    remedy: str
    permanent: bool = True
    """Whether trying again by itself is pointless."""


_CAUSES = (
    _Cause(
        ("REMOTE HOST IDENTIFICATION HAS CHANGED",),
        "a host key other than the one on record",
        "if you reinstalled the box, compare the fingerprint on its own console "
        "(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then forget the old key with the "
        "ssh-keygen -R line below and log in once by hand; if not, somebody may stand in between: "
        "do not connect",
    ),
    _Cause(
        ("REVOKED HOST KEY",),
        "a host key that your known_hosts marks as revoked",
        "do not connect until whoever revoked it says why",
    ),
    _Cause(
        ("host key is known for", "Host key verification failed"),
        "a host key that this machine has never seen",
        "log in once by hand and compare the fingerprint before you accept it: ssh {host}",
    ),
    _Cause(
        ("Permission denied (", "Too many authentication failures"),
        "no key that the box accepts",
        "install your key once with: ssh-copy-id {host} (passwords are never asked for here)",
    ),
    _Cause(
        ("Address already in use", "cannot listen to port"),
        "a local port that another program holds",
        "choose another local port, or leave it out to get a free one",
    ),
    _Cause(
        ("Bad configuration option", "Bad owner or permissions on", "Can't open user config file"),
        "an ssh configuration that ssh itself refuses",
        "mend the line that it names below",
    ),
    _Cause(
        ("Could not resolve hostname", "Name or service not known"),
        "a name that nothing resolves",
        "check [wan] host, ~/.ssh/config, and that the tailnet is up (tailscale status)",
    ),
    _Cause(
        ("Connection refused",),
        "connection refused",
        "is the box on and sshd running there? try: ssh {host} true",
        permanent=False,
    ),
    _Cause(
        ("No route to host", "Network is unreachable", "Host is down"),
        "no route to the box",
        "is it on, and are you on its network? (tailscale status, ping {host})",
        permanent=False,
    ),
    _Cause(
        ("timed out", "not responding"),
        "silence: the box stopped answering",
        "is it on and not out of memory? on a unified-memory box an overfull pool freezes it all; "
        "try: ssh {host} true",
        permanent=False,
    ),
    _Cause(
        (
            "Connection closed",
            "closed by remote host",
            "Connection reset",
            "kex_exchange_identification",
            "Broken pipe",
        ),
        "a connection that the other side closed",
        "does {host} really run sshd on that port? look at its log: journalctl -u ssh -n 30",
        permanent=False,
    ),
)
_UNKNOWN = _Cause((), "an end without a reason we know", "try by hand: ssh -v {host} true", False)


def explain(destination: str, said: str, *, expected: str = "") -> SshError:
    """The error for what ssh `said` on stderr about `destination`."""
    cause = _cause(said)
    return SshError(
        f"ssh {destination}",
        got=cause.got,
        expected=expected or "an ssh server that lets us in",
        remedy=cause.remedy.format(host=destination),
        detail=tail(said),
    )


def is_permanent(said: str) -> bool:
    """Whether waiting and trying again cannot help (a wrong key, a name that does not exist)."""
    return _cause(said).permanent


def silent(destination: str, patience_s: float, said: str = "") -> SshError:
    """The error for a box that takes the connection, or not even that, and then says nothing."""
    return SshError(
        f"ssh {destination}",
        got=f"no answer within {patience_s:g} s",
        expected="a login that ends at once",
        remedy="is the box on, reachable and not out of memory? "
        f"see where it stops with: ssh -v {destination} true",
        detail=tail(said),
    )


def no_program(program: str) -> SshError:
    """The error for a machine without ssh."""
    return SshError(
        program,
        got="no such program here",
        expected="the OpenSSH client",
        remedy="install it: apt install openssh-client (macOS and Windows bring it along)",
    )


def tail(said: str) -> str:
    """The last lines of somebody else's words."""
    return "\n".join(said.strip().splitlines()[-TAIL_LINES:])


def _cause(said: str) -> _Cause:
    for cause in _CAUSES:
        if any(words in said for words in cause.words):
            return cause
    return _UNKNOWN
