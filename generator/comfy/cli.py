"""The `comfy` command of comfy-cli as a process of its own: our client for a ComfyUI server.

    cli = ComfyCli.find(home=root / ".breathe/comfy", address=Address("127.0.0.1", 8188))
    cli.upload(Path("hero.png"))          # → the name that the server gave it
    cli.submit(Path("graph.json"))        # → Accepted(prompt_id, node_errors)

comfy-cli is GPL-3.0-only and reports usage unless told not to. So it is never imported here: its
command and its converter run as processes, with tracking off, prompts skipped, and a settings
folder of their own, so that the user's comfy-cli (and any key in it) is neither read nor changed.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.comfy.catalogue import OLDEST_CLI
from generator.errors import ComfyError, StoreError

log = logging.getLogger(__name__)

QUICK_S = 60.0
UPLOAD_S = 600.0
SUBMIT_S = 300
"""A busy server answers /object_info late: its one Python thread is in the sampler."""
INSTALL = "pip install 'breathing-room[wan]'"
"""The remedy for a machine without comfy-cli."""


@dataclass(frozen=True)
class Address:
    """Where a ComfyUI server listens, as seen from here. `path`: what stands before its own."""

    host: str
    port: int
    scheme: str = "http"
    path: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as an address has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Its HTTP root, without a slash at the end."""
        return f"{self.scheme}://{self.netloc}{self.path}"

    @property
    def is_plain(self) -> bool:
        """Whether comfy-cli, which knows neither TLS nor a path, can speak to it."""
        return self.scheme == "http" and not self.path


@dataclass(frozen=True)
class Accepted:
    """What the server said to a graph. `node_errors`: lines about parts that it will not run."""

    prompt_id: str
    node_errors: tuple[str, ...]


class RejectedError(ComfyError):
    """The server read the graph and refused it: nothing was queued."""


def find_program() -> Path | None:
    """The `comfy` command beside this Python, else on PATH; None when there is none."""
    beside = Path(sys.executable).with_name("comfy")
    found = beside if beside.is_file() else shutil.which("comfy")
    return Path(found) if found else None


def interpreter_of(program: Path) -> str:
    """The Python that comfy-cli is installed in, from the first line of its script."""
    try:
        first = program.read_bytes().split(b"\n", 1)[0].decode(errors="replace")
    except OSError:
        first = ""
    named = first.removeprefix("#!").strip()
    return named if first.startswith("#!") and Path(named).is_file() else sys.executable


class ComfyCli:
    """Runs `comfy` against one server."""

    def __init__(self, program: Path, home: Path, address: Address, url: str = "") -> None:
        """`home`: the folder that stands in for the user's home. `url`: a relay's, if there is one.

        comfy-cli talks to `url`; messages name `address`.
        """
        self.address = address
        self._url = url or address.url
        self._program = program
        self._home = home

    @classmethod
    def find(cls, home: Path, address: Address, url: str = "") -> ComfyCli:
        """The client of the command that `find_program` finds; raises ComfyError without one."""
        program = find_program()
        if program is None:
            raise ComfyError(
                "comfy-cli, the ComfyUI client",
                got="no `comfy` command",
                expected="the one that the extra `wan` installs",
                remedy=INSTALL,
            )
        return cls(program, home, address, url)

    def upload(self, path: Path) -> str:
        """Put a picture into the server's input folder; returns the name that it got there.

        A name that is taken by other bytes comes back numbered, so only the answer counts.
        """
        answer = self._ask("upload", "--no-overwrite", str(path), timeout_s=UPLOAD_S)
        item = answer["uploads"][0]
        folder, name = str(item.get("subfolder") or ""), str(item["cloud_name"])
        return f"{folder}/{name}" if folder else name

    def submit(self, graph: Path) -> Accepted:
        """Queue a graph in API form, once.

        Raises RejectedError when the server refused it, ComfyError when it is not known whether
        it was taken (a lost connection): look for it before submitting again.
        """
        events = self._events(
            "run",
            *("--workflow", str(graph), "--no-watch", "--timeout", str(SUBMIT_S)),
            timeout_s=SUBMIT_S * 2.0,
        )
        queued = next((e for e in events if e.get("type") == "queued"), None)
        if queued is None:
            raise ComfyError(self.address.url, got="no job id", expected="a queued job")
        warnings = queued.get("validation_warnings") or ()
        return Accepted(str(queued["prompt_id"]), tuple(_node_error(w) for w in warnings))

    def validate(self, graph: Path, object_info: Path) -> None:
        """Ask comfy-cli what it would say before it posts a graph. Raises RejectedError."""
        given = ("--workflow", str(graph), "--input", str(object_info))
        self._events("workflow", "validate", *given, timeout_s=QUICK_S)

    def python(self, source: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Run `source` in the Python that has comfy-cli, in a process of its own."""
        return self._run([interpreter_of(self._program), "-c", source, *args], timeout_s=QUICK_S)

    def started(self, *command: str) -> subprocess.Popen[str]:
        """A command that prints one JSON object a line until it ends; the caller may end it."""
        argv = [*self._argv("--json-stream"), *command]
        pipe, nobody = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(argv, stdout=pipe, stderr=nobody, **self._process())

    def _ask(self, *command: str, timeout_s: float = QUICK_S) -> dict[str, Any]:
        data = self._events(*command, timeout_s=timeout_s)[-1].get("data")
        return data if isinstance(data, dict) else {}

    def _events(self, *command: str, timeout_s: float) -> list[dict[str, Any]]:
        """All events of one command, the envelope last; raises what the envelope says."""
        ended = self._run([*self._argv("--json-stream"), *command], timeout_s=timeout_s)
        events = [e for e in map(_json_line, ended.stdout.splitlines()) if e]
        envelope = events[-1] if events else {}
        if envelope.get("type") != "envelope":
            raise ComfyError(
                f"comfy {command[0]}",
                got=f"no answer that can be read (exit {ended.returncode})",
                expected=f"comfy-cli {OLDEST_CLI} or later",
                remedy=f"pip install --upgrade 'comfy-cli>={OLDEST_CLI},<2'",
                detail=tail(ended.stderr or ended.stdout),
            )
        if not envelope.get("ok"):
            raise _translate(envelope.get("error") or {}, command[0], self.address)
        return events

    def _argv(self, output: str) -> list[str]:
        self._prepare()
        return [str(self._program), "--skip-prompt", output, "--where", "local"]

    def _prepare(self) -> None:
        """Have tracking off in the settings before the first command reads them."""
        mark = self._home / "tracking-off"
        if mark.is_file():
            return
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            self._run(
                [str(self._program), "--skip-prompt", "tracking", "disable"], timeout_s=QUICK_S
            )
            mark.touch()
        except OSError as exc:
            raise StoreError(
                str(self._home), got=exc.strerror or str(exc), expected="a folder to write to"
            ) from exc

    def _run(self, argv: Sequence[str], *, timeout_s: float) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                argv, capture_output=True, timeout=timeout_s, check=False, **self._process()
            )
        except subprocess.TimeoutExpired as exc:
            raise ComfyError(
                self.address.url,
                got=f"no answer in {timeout_s:g} s",
                expected="a server that answers",
                remedy="look whether ComfyUI still runs: breathe spark doctor",
            ) from exc

    def _process(self) -> dict[str, Any]:
        """How every process runs: out of reach of Ctrl-C, since a half-sent job helps nobody."""
        return {
            "stdin": subprocess.DEVNULL,
            "env": self._environment(),
            "text": True,
            "encoding": "utf-8",
            "errors": "replace",
            "start_new_session": True,
        }

    def _environment(self) -> dict[str, str]:
        """Ours without what would steer comfy-cli elsewhere, and with everything quiet."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COMFY_")}
        return {
            **kept,
            "HOME": str(self._home),
            "COMFY_LOCAL_URL": self._url,
            "COMFY_NO_WATCH": "1",
            "COMFY_CLI_NO_REMOTE_REFRESH": "1",
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
            "PYTHONUTF8": "1",
            "NO_PROXY": "*",
        }


def _translate(error: Mapping[str, Any], command: str, address: Address) -> ComfyError:
    """comfy-cli's error codes → ours, with the server's own words kept."""
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    details = error.get("details") or {}
    status = details.get("status") if isinstance(details, Mapping) else None
    if status == 403:
        return forbidden(address)
    if code in ("server_not_running", "connection_error") or "refused" in message:
        return unreachable(address, message)
    lines = [_node_error(e) for e in details.get("node_errors") or details.get("errors") or ()]
    if code in ("prompt_rejected", "client_error") or code.startswith("workflow_"):
        body = details.get("body")
        return RejectedError(
            f"ComfyUI on {address.url}",
            got=message,
            expected="a graph that the server takes",
            remedy="open the workflow in ComfyUI on that server and mend what is red",
            detail="\n".join(lines) or str(body or error.get("hint") or ""),
        )
    return ComfyError(
        f"comfy {command} on {address.url}",
        got=message or code or "an error without words",
        expected="an answer",
        remedy="look at ComfyUI's log; breathe spark doctor says more",
        detail="\n".join(lines) or str(error.get("hint") or ""),
    )


def unreachable(address: Address, said: str) -> ComfyError:
    """Nobody listens there, or nobody that this machine trusts."""
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return ComfyError(
            f"ComfyUI on {address.url}",
            got="a certificate that this machine does not trust",
            expected="one that it trusts",
            remedy="add whoever signed it to the system's certificates, or name the file in "
            "SSL_CERT_FILE",
            detail=said,
        )
    return ComfyError(
        f"ComfyUI on {address.url}",
        got="no server",
        expected="ComfyUI listening there",
        remedy="start it, or mend [wan] host and port; breathe spark doctor looks closer",
        detail=said,
    )


def forbidden(address: Address) -> ComfyError:
    """Something there answers, but not to us."""
    return ComfyError(
        f"ComfyUI on {address.url}",
        got="403 Forbidden",
        expected="a ComfyUI that answers a plain client",
        remedy="a proxy or another program may hold that port: reach the box by ssh instead, "
        'with [wan] host = "user@box"',
    )


def _node_error(error: Any) -> str:
    """One line about one node of a graph that did not validate."""
    if not isinstance(error, Mapping):
        return str(error)
    said = error.get("errors")
    if isinstance(said, list) and said:
        texts = "; ".join(
            f"{e.get('message', '')}: {e.get('details', '')}" if isinstance(e, Mapping) else str(e)
            for e in said
        )
    else:
        texts = f"{error.get('message', '')}: {error.get('details') or error.get('hint') or ''}"
    node = error.get("node_id") or error.get("node") or "?"
    kind = error.get("class_type") or error.get("field") or "?"
    return f"node {node} ({kind}): {texts}"


def _json_line(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def tail(text: str) -> str:
    """The last lines of somebody else's words."""
    return "\n".join(text.strip().splitlines()[-12:])
