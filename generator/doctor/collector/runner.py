"""Runs one experiment in the interpreter that ComfyUI uses, and survives whatever it does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import Any

TAIL_LINES = 12
RAISED = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Interrupt)\b")
"""How the line of a traceback begins that names what was raised; explanations may follow it."""
MARK = "\x02breathe-experiment\x03"


def run(
    interpreter: list[str],
    source: str,
    settings: dict[str, Any],
    *,
    timeout_s: float,
    variables: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Run `source` with `settings` as JSON in argv[1]; what it found, or how it died.

    {"ok", "seconds", "data", "error", "tail"}: `data` is the JSON that the experiment wrote after
    MARK, `error` the last line of its traceback, or the signal, or that time was up.
    """
    started_s = time.monotonic()
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
    try:
        process = subprocess.Popen(
            [*interpreter, "-", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        return _result(started_s, error=f"{type(error).__name__}: {error}")
    try:
        stdout, stderr = process.communicate(source, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        _, stderr = process.communicate()
        return _result(started_s, error=f"no end after {timeout_s:g} s", said=stderr)
    if process.returncode == 0 and MARK in stdout:
        return _result(started_s, data=json.loads(stdout.rpartition(MARK)[2]), said=stderr)
    return _result(started_s, error=reason(process.returncode, stderr), said=stderr)


def not_tried(why: str) -> dict[str, Any]:
    """The result of an experiment that was left out."""
    return {"ok": False, "seconds": 0.0, "data": {}, "error": f"not tried: {why}", "tail": ""}


def reason(returncode: int, stderr: str) -> str:
    """Why a process died, in one line."""
    if returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    raised = [line for line in lines if RAISED.match(line)]
    return (raised or lines or [f"exit status {returncode}"])[-1]


def _result(
    started_s: float, *, data: Any = None, error: str = "", said: str = ""
) -> dict[str, Any]:
    return {
        "ok": not error,
        "seconds": round(time.monotonic() - started_s, 2),
        "data": data or {},
        "error": error,
        "tail": "\n".join(said.strip().splitlines()[-TAIL_LINES:]),
    }
