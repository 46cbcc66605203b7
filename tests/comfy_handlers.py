"""The test server's HTTP and websocket, path by path, as ComfyUI 0.3.64 answers."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

import tornado.web
import tornado.websocket

if TYPE_CHECKING:
    from tests.comfy_server import ComfyDouble


class _Handler(tornado.web.RequestHandler):
    @property
    def server(self) -> ComfyDouble:
        return self.application.settings["server"]

    def prepare(self) -> None:
        self.server.requests[f"{self.request.method} {self.request.path.split('/')[1]}"] += 1
        if self.server.faults.forbid or self.request.headers.get("Origin"):
            self.send_error(403)

    def json(self, value: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value))

    def body(self) -> dict[str, Any]:
        return json.loads(self.request.body)


class _Stats(_Handler):
    def get(self) -> None:
        free, total = self.server.faults.gpu_bytes
        device = {"name": "cpu", "type": "cpu", "index": None}
        device |= {"vram_total": total, "vram_free": free}
        system = {
            "os": "posix",
            "ram_total": 2**37,
            "ram_free": self.server.faults.free_bytes,
            "comfyui_version": self.server.faults.version,
            "python_version": "3.12",
            "pytorch_version": "2.9.0",
            "embedded_python": False,
            "argv": ["main.py"],
        }
        self.json({"system": system, "devices": [device]})


class _ObjectInfo(_Handler):
    def get(self, name: str = "") -> None:
        nodes = self.server.nodes()
        self.json({name: nodes[name]} if name in nodes else {} if name else nodes)


class _Prompt(_Handler):
    async def post(self) -> None:
        status, answer = self.server.submit(self.body())
        if status == 200 and self.server.faults.swallow_answer:
            self.request.connection.stream.close()
            return
        while status == 200 and self.server.faults.hold_answer:
            await asyncio.sleep(0.05)
        self.json(answer, status)

    def get(self) -> None:
        self.json({"exec_info": {"queue_remaining": len(self.server.pending)}})


class _Queue(_Handler):
    def get(self) -> None:
        running = self.server.running
        self.json(
            {
                "queue_running": [_row(running)] if running else [],
                "queue_pending": [_row(job) for job in self.server.pending],
            }
        )

    def post(self) -> None:
        for prompt_id in self.body().get("delete", []):
            self.server.cancel(prompt_id)


class _Interrupt(_Handler):
    def post(self) -> None:
        self.server.interrupt(self.body().get("prompt_id") if self.request.body else None)


class _History(_Handler):
    def get(self, prompt_id: str = "") -> None:
        past = self.server.history
        if prompt_id and self.server._lagging.get(prompt_id, 0) > 0:
            self.server._lagging[prompt_id] -= 1
            past = {}
        wanted = {k: v for k, v in past.items() if prompt_id in ("", k)}
        self.json({k: _past(job) for k, job in wanted.items()})


class _View(_Handler):
    async def get(self) -> None:
        name = self.get_query_argument("filename", "")
        folder = self.get_query_argument("subfolder", "")
        if not name or ".." in name or name.startswith("/"):
            return self.set_status(400 if name else 404)
        if ".." in folder:
            return self.set_status(403)
        path = self.server.folder / self.get_query_argument("type", "output") / folder / name
        if not path.is_file():
            return self.set_status(404)
        data, tag = path.read_bytes(), f'"{path.stat().st_mtime_ns:x}-{path.stat().st_size:x}"'
        start, wanted = 0, self.request.headers.get("Range", "")
        if wanted and self.request.headers.get("If-Range", tag) == tag:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if start >= len(data):
                return self.set_status(416)
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.set_header("ETag", tag)
        self.set_header("Content-Type", "video/mp4")
        self.set_header("Content-Length", str(len(data) - start))
        faults = self.server.faults
        if faults.cut_downloads or faults.hold_download:
            faults.cut_downloads = max(0, faults.cut_downloads - 1)
            self.write(data[start : start + (len(data) - start) // 2])
            await self.flush()
            while faults.hold_download:
                await asyncio.sleep(0.05)
            self.request.connection.stream.close()
            return None
        return self.write(data[start:])


class _Upload(_Handler):
    def post(self) -> None:
        upload = self.request.files["image"][0]
        folder = self.server.folder / "input"
        folder.mkdir(exist_ok=True)
        stem, _, suffix = upload["filename"].rpartition(".")
        name, k = upload["filename"], 0
        overwrite = self.get_body_argument("overwrite", "") in ("true", "1")
        while not overwrite and (folder / name).exists():
            if (folder / name).read_bytes() == upload["body"]:
                break
            k += 1
            name = f"{stem} ({k}).{suffix}"
        (folder / name).write_bytes(upload["body"])
        self.json({"name": name, "subfolder": "", "type": "input"})


class _Metadata(_Handler):
    def get(self, folder: str) -> None:
        del folder
        name = self.get_query_argument("filename")
        if "high" not in name:
            return self.set_status(404)
        return self.json({"modelspec.hash_sha256": "0x6122e79d", "format": "pt"})


class _Socket(tornado.websocket.WebSocketHandler):
    def open(self) -> None:
        server: ComfyDouble = self.application.settings["server"]
        server.requests["GET ws"] += 1
        self.sid = self.get_query_argument("clientId", uuid.uuid4().hex)
        server.sockets[self.sid] = self
        status = {"exec_info": {"queue_remaining": len(server.pending)}}
        self.write_message(
            json.dumps({"type": "status", "data": {"status": status, "sid": self.sid}})
        )

    def on_close(self) -> None:
        # As in ComfyUI: whoever closes takes the place away, even from a newer one of that id.
        self.application.settings["server"].sockets.pop(self.sid, None)


def _row(job: Any) -> list[Any]:
    return [job.number, job.prompt_id, job.graph, job.extra, []]


def _past(job: Any) -> dict[str, Any]:
    status = {
        "status_str": job.status,
        "completed": job.status == "success",
        "messages": job.messages,
    }
    return {"prompt": _row(job), "outputs": job.outputs, "status": status, "meta": {}}


ROUTES: list[Any] = [
    ("/system_stats", _Stats),
    ("/object_info/?(.*)", _ObjectInfo),
    ("/prompt", _Prompt),
    ("/queue", _Queue),
    ("/interrupt", _Interrupt),
    ("/history/?(.*)", _History),
    ("/view", _View),
    ("/upload/image", _Upload),
    ("/view_metadata/(.*)", _Metadata),
    ("/ws", _Socket),
]
