"""A ComfyUI server: comfy-cli does the talking, and a few plain requests fill its gaps.

    server = ComfyServer(ComfyCli.find(home, address))
    accepted = server.cli.submit(graph)
    server.job(accepted.prompt_id)        # → Job, or None when the server knows of none

What comfy-cli 1.23 cannot do, each found by running it against a server:
- `jobs status` reports a failed read like an unknown job, and no place in line: we read `/queue`
  and `/history` ourselves, in that order, since a job moves from the first to the second;
- `jobs ls` shows no graphs, so a job cannot be found by the name that it saves under;
- `jobs cancel` interrupts whatever runs by then; `/interrupt` has taken a job id since 0.3.56;
- `download` starts anew after a break; `/view` supports ranges;
- node descriptions come reshaped; the converter wants `/object_info` as it is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from generator.comfy.catalogue import OLDEST, OLDEST_SAFE, dotted, version_number
from generator.comfy.cli import Address, ComfyCli, forbidden, unreachable
from generator.comfy.jobs import Job, OutputFile, find_jobs, past_jobs, queued_jobs
from generator.engine.disk import disk_errors
from generator.engine.http import HttpError, opened, read
from generator.engine.ports import Clock
from generator.errors import ComfyError

log = logging.getLogger(__name__)

_READ_S = 60.0
"""One Python thread serves and samples: answers can be late by a step."""
_MISSES = 3
_MISS_S = 0.25
"""History can be empty up to 60 ms after success, so an unknown job is asked for again."""
_MAX_JSON_BYTES = 1 << 30
_ATTEMPTS = 5
_UNIFIED = 0.8
"""A GPU whose memory is nearly as large as the host's shares it (GB10), or is the CPU itself."""


class UnreachableError(ComfyError):
    """No answer just now: the server is down, restarting, or the line to it is."""


class FileGoneError(ComfyError):
    """The server finished the job, but no longer has its file."""


@dataclass(frozen=True)
class ServerFacts:
    """What we note of a server beside each take."""

    version: str
    pytorch: str
    device: str
    free_gib: float
    """Memory that a render can have: the host's, and the GPU's where that is another."""

    def check(self, address: Address) -> str:
        """A warning about its age, or nothing. Raises ComfyError when it is too old for us."""
        number = version_number(self.version)
        if number is None or number < OLDEST:
            raise ComfyError(
                f"ComfyUI on {address.url}",
                got=f"version {self.version or 'unknown'}",
                expected=f"{dotted(OLDEST)} or later",
                remedy="update ComfyUI; an older one cannot cancel one job among several",
            )
        if number < OLDEST_SAFE:
            return (
                f"ComfyUI {self.version} has known holes, closed in {dotted(OLDEST_SAFE)}: "
                "keep it on loopback"
            )
        return ""


class ComfyServer:
    """One ComfyUI server at one address."""

    def __init__(self, cli: ComfyCli, clock: Clock) -> None:
        """`clock`: how waits between attempts pass."""
        self.cli = cli
        self.address = cli.address
        self._clock = clock

    def facts(self) -> ServerFacts:
        """Version, device and memory. Raises UnreachableError or ComfyError."""
        stats = self._json("/system_stats")
        if not isinstance(stats, dict):
            raise ComfyError(
                f"ComfyUI on {self.address.url}",
                got="no facts about itself",
                expected="/system_stats as ComfyUI gives it",
            )
        system, devices = stats.get("system") or {}, stats.get("devices") or [{}]
        free_bytes = float(system.get("ram_free") or 0)
        if float(devices[0].get("vram_total") or 0) < _UNIFIED * float(
            system.get("ram_total") or 0
        ):
            free_bytes += float(devices[0].get("vram_free") or 0)
        return ServerFacts(
            version=str(system.get("comfyui_version", "")),
            pytorch=str(system.get("pytorch_version", "")),
            device=str(devices[0].get("name", "")),
            free_gib=round(free_bytes / 2**30, 1),
        )

    def object_info(self) -> dict[str, Any]:
        """Every node class, as the server tells it."""
        info = self._json("/object_info")
        if not isinstance(info, dict) or not info:
            raise ComfyError(
                f"ComfyUI on {self.address.url}",
                got="no description of its nodes",
                expected="/object_info as ComfyUI gives it",
            )
        return info

    def model_metadata(self, folder: str, name: str) -> Mapping[str, Any]:
        """What a model file says of itself (a hash, perhaps); empty where it says nothing."""
        query = urlencode({"filename": name})
        try:
            answer = self._json(f"/view_metadata/{folder}?{query}")
        except ComfyError:
            return {}
        return answer if isinstance(answer, Mapping) else {}

    def job(self, prompt_id: str) -> Job | None:
        """How a job is. None only after several looks: the server does not know it.

        Raises UnreachableError when it cannot be asked.
        """
        for attempt in range(_MISSES):
            if attempt:
                self._clock.sleep(_MISS_S)
            for job, _ in queued_jobs(self._json("/queue")):
                if job.prompt_id == prompt_id:
                    return job
            quoted = quote(prompt_id, safe="")
            for job, _ in past_jobs(self._json(f"/history/{quoted}")):
                if job.prompt_id == prompt_id:
                    return job
        return None

    def find(self, key: str) -> list[Job]:
        """Every job that saves under a name with `key` in it, those in line first."""
        queue = self._json("/queue")
        return find_jobs(queue, self._json("/history"), key)

    def cancel(self, prompt_id: str) -> None:
        """Take one job out of the line, or stop it; never another one."""
        self._post("/queue", {"delete": [prompt_id]})
        self._post("/interrupt", {"prompt_id": prompt_id})

    def download(
        self, output: OutputFile, part: Path, *, meter: Callable[[int, int], None]
    ) -> None:
        """Bring a file into `part`, which may hold its beginning; `meter(done, total)` in bytes.

        Raises FileGoneError when it is not there any more, ComfyError when it does not arrive
        whole, StoreError when the disk is full.
        """
        for attempt in range(_ATTEMPTS):
            before = part.stat().st_size if part.is_file() else 0
            try:
                self._fetch(output, part, meter)
            except HttpError as exc:
                log.warning("download of %s broke: %s", output.filename, exc.got)
                moved = part.is_file() and part.stat().st_size > before
                if attempt == _ATTEMPTS - 1:
                    raise ComfyError(
                        f"the clip {output.filename}",
                        got=f"a download that breaks off ({exc.got})",
                        expected="the whole file",
                        remedy="run breathe render again: it goes on where this one stopped",
                    ) from exc
                self._clock.sleep(0.0 if moved else 0.5 * 2**attempt)
            else:
                return

    def _fetch(self, output: OutputFile, part: Path, meter: Callable[[int, int], None]) -> None:
        query = urlencode(
            {"filename": output.filename, "subfolder": output.subfolder, "type": output.type}
        )
        tag_path = part.with_name(f"{part.name}.etag")
        have = part.stat().st_size if part.is_file() and tag_path.is_file() else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": tag_path.read_text()}
        with opened(
            f"{self.address.url}/view?{query}", headers=headers, read_s=_READ_S, direct=True
        ) as reply:
            if reply.status_code == 416:  # more here than there: the file is another one
                part.unlink(missing_ok=True)
            _require_file(reply.status_code, output.filename)
            have = have if reply.status_code == 206 else 0
            length = int(reply.headers.get("Content-Length") or 0)
            with disk_errors(str(part)):
                tag_path.write_text(reply.headers.get("ETag") or "")
                file = part.open("ab" if have else "wb")
            with file:
                for chunk in reply.iter_raw():
                    with disk_errors(str(part)):
                        file.write(chunk)
                        file.flush()
                    have += len(chunk)
                    length -= len(chunk)
                    meter(have, have + max(0, length))
        tag_path.unlink(missing_ok=True)

    def _json(self, path: str, content: bytes | None = None) -> Any:
        """The JSON of an answer, None for an empty one; with `content`, of that to a POST."""
        url = self.address.url + path
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            with opened(
                url, headers=headers, read_s=_READ_S, content=content, direct=True
            ) as reply:
                body = read(reply, url, _MAX_JSON_BYTES)
        except HttpError as exc:
            raise _down(self.address, exc.got) from exc
        if reply.status_code == 403:
            raise forbidden(self.address)
        if reply.status_code >= 300:
            raise _not_comfy(url, f"HTTP {reply.status_code}", "ComfyUI's answer", body[:2000])
        try:
            return json.loads(body) if body.strip() else None
        except ValueError as exc:
            raise _not_comfy(url, "an answer that is not JSON", "ComfyUI", body[:300]) from exc

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        self._json(path, json.dumps(body).encode())


def _require_file(status: int, filename: str) -> None:
    subject = f"the clip {filename}"
    if status == 404:
        raise FileGoneError(subject, got="404, it is gone", expected="the saved file")
    if status >= 300:
        raise HttpError(subject, "network", f"HTTP {status}")


def _not_comfy(url: str, got: str, expected: str, said: bytes) -> ComfyError:
    return ComfyError(
        url,
        got=got,
        expected=expected,
        remedy="look whether [wan] port names ComfyUI and not another program",
        detail=said.decode(errors="replace"),
    )


def _down(address: Address, said: str) -> UnreachableError:
    error = unreachable(address, said)
    return UnreachableError(
        error.subject, got=error.got, expected=error.expected, remedy=error.remedy, detail=said
    )
