"""A small ComfyUI: the protocol of a real 0.3.64, and its faults on demand.

    with ComfyDouble() as server:
        server.faults.step_s = 0.2
        server.url, server.accepted, server.requests

Jobs take `step_s` a step, save a real clip of the asked size and length, are cached like the real
ones, and are forgotten by `restart()`. tests/comfy/test_wire.py holds it to a real server.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import imageio_ffmpeg
import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

from tests.comfy_handlers import ROUTES
from tests.comfy_nodes import object_info
from tests.comfy_validation import validate

SAVERS = {
    "SaveVideo": ("images", "{0}_{1:05}_.mp4"),
    "VHS_VideoCombine": ("gifs", "{0}_{1:05}.mp4"),
}


@dataclass
class Faults:
    """What goes wrong, and how slowly things go."""

    version: str = "0.3.64"
    step_s: float = 0.0
    steps: int = 4
    forbid: bool = False
    """403 for everything."""
    without_nodes: tuple[str, ...] = ()
    free_bytes: int = 2**36
    gpu_bytes: tuple[int, int] = (2**36, 2**37)
    """Free and in all, as the device tells it: the host's own, as on a machine that shares them."""
    out_of_memory: bool = False
    hang: bool = False
    """The running job never moves again."""
    wait_for_socket: bool = False
    """Jobs move only when somebody listens."""
    partly_valid: bool = False
    """200 with node_errors, as for two outputs of which one is invalid."""
    swallow_answer: bool = False
    """The job is queued, and the connection closed without a word."""
    hold_answer: bool = False
    """The job is queued, and nothing is answered."""
    drop_sockets: bool = False
    cut_downloads: int = 0
    """So many downloads break off half way."""
    hold_download: bool = False
    """Half of the file, then silence."""
    damaged_clip: bool = False
    shape: tuple[int, int, int, int] | None = None
    """Width, height, frames and rate of the clip, whatever the graph asked for."""
    hostile_name: str = ""
    history_lag: int = 0
    """So many reads of a finished job's history come back empty."""


@dataclass
class _Job:
    number: int
    prompt_id: str
    graph: dict[str, Any]
    extra: dict[str, Any]
    outputs: dict[str, Any] = field(default_factory=dict)
    messages: list[Any] = field(default_factory=list)
    status: str = "success"
    stop: threading.Event = field(default_factory=threading.Event)


class ComfyDouble:
    """The server, in threads of its own, on a free port of 127.0.0.1."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.accepted: list[dict[str, Any]] = []
        """Every graph that was queued, in order, restarts included."""
        self.executed: list[str] = []
        """Jobs whose sampler really ran."""
        self.interrupts: list[str] = []
        self.footage: dict[str, list[str]] = {}
        """What a clip shows, by a word of its name: ffmpeg's input options; else a test card."""
        self.folder = Path(tempfile.mkdtemp(prefix="comfy-double-"))
        self.port = 0
        self._forget()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work = threading.Condition()
        self._alive = threading.Event()

    # -- life ------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen (again, on the same port) and work."""
        ready = threading.Event()
        self._alive = threading.Event()
        self._server_thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._server_thread.start()
        ready.wait(10)
        self._worker = threading.Thread(target=self._run_jobs, args=(self._alive,), daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """Die: connections close, the running job ends in the middle; files stay."""
        self._alive.set()
        for job in [*self.pending, *([self.running] if self.running else [])]:
            job.stop.set()
        with self._work:
            self._work.notify_all()
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._shut)
        self._server_thread.join(10)
        self._worker.join(10)

    def restart(self) -> None:
        """Die and come back, with queue, history and cache lost."""
        self.stop()
        self._forget()
        self.start()

    def _forget(self) -> None:
        self.pending: list[_Job] = []
        self.running: _Job | None = None
        self.history: dict[str, _Job] = {}
        self.cache: dict[str, Any] = {}
        self.sockets: dict[str, Any] = {}
        self._numbers = 0
        self._lagging: dict[str, int] = {}

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop := asyncio.new_event_loop())
        self._loop = loop
        self._stopped = asyncio.Event()
        app = tornado.web.Application(ROUTES, server=self)
        self._http = tornado.httpserver.HTTPServer(app, max_buffer_size=200 << 20)
        sockets = tornado.netutil.bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._http.add_sockets(sockets)
        ready.set()
        loop.run_until_complete(self._stopped.wait())
        loop.run_until_complete(self._http.close_all_connections())
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    def _shut(self) -> None:
        self._http.stop()
        for socket in list(self.sockets.values()):
            socket.close()
        self._stopped.set()

    # -- jobs ------------------------------------------------------------------------------

    def submit(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """POST /prompt: status and answer."""
        graph = body.get("prompt") or {}
        images = {p.name for p in (self.folder / "input").glob("*")}
        refusal = validate(graph, self.nodes(), images)
        if refusal:
            return 400, refusal
        with self._work:
            self._numbers += 1
            extra = {**(body.get("extra_data") or {}), "client_id": body.get("client_id", "")}
            job = _Job(self._numbers, body.get("prompt_id") or str(uuid.uuid4()), graph, extra)
            self.pending.append(job)
            self.accepted.append(graph)
            self._work.notify_all()
        errors: dict[str, Any] = {}
        if self.faults.partly_valid:
            fault = {"type": "value_not_in_list", "message": "Value not in list", "details": "vae"}
            errors = {"20": {"errors": [fault], "dependent_outputs": ["22"], "class_type": "VAE"}}
        return 200, {"prompt_id": job.prompt_id, "number": job.number, "node_errors": errors}

    def nodes(self) -> dict[str, Any]:
        return {k: v for k, v in object_info().items() if k not in self.faults.without_nodes}

    def cancel(self, prompt_id: str) -> None:
        with self._work:
            self.pending = [job for job in self.pending if job.prompt_id != prompt_id]

    def interrupt(self, prompt_id: str | None) -> None:
        running = self.running
        if running and prompt_id in (None, running.prompt_id):
            self.interrupts.append(running.prompt_id)
            running.stop.set()

    def say(self, job: _Job, kind: str, **data: Any) -> None:
        """One message to the socket of whoever submitted the job."""
        message = json.dumps({"type": kind, "data": {"prompt_id": job.prompt_id, **data}})
        if kind.startswith("execution_"):
            job.messages.append([kind, {"prompt_id": job.prompt_id, **data}])

        def send() -> None:
            socket = self.sockets.get(job.extra["client_id"])
            if socket and self.faults.drop_sockets:
                socket.close()
            elif socket:
                self._sending = asyncio.ensure_future(_quietly(socket.write_message(message)))

        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(send)

    def _run_jobs(self, over: threading.Event) -> None:
        while not over.is_set():
            with self._work:
                self._work.wait_for(lambda: self.pending or over.is_set())
                if over.is_set():
                    return
                self.running = job = self.pending.pop(0)
            self._run(job, over)
            with self._work:
                if over.is_set():
                    return
                self.history[job.prompt_id] = job
                self._lagging[job.prompt_id] = self.faults.history_lag
                self.running = None
            self.say(job, "executing", node=None)

    def _run(self, job: _Job, over: threading.Event) -> None:
        self.say(job, "execution_start")
        save_id = next(i for i, n in job.graph.items() if n["class_type"] in SAVERS)
        whole, without_name = _digest(job.graph), _digest(job.graph, but="filename_prefix")
        if whole in self.cache:
            self.say(job, "execution_cached", nodes=list(job.graph))
            job.outputs = {save_id: self.cache[whole]}
            self.say(job, "executed", node=save_id, output=self.cache[whole])
            self.say(job, "execution_success")
            return
        if without_name not in self.cache:
            if not self._sample(job, over):
                return
            self.cache[without_name] = True
            self.executed.append(job.prompt_id)
        self.say(job, "executing", node=save_id)
        kind, item = self._save(job, save_id)
        self.cache[whole] = job.outputs[save_id] = {kind: [item]}
        self.say(job, "executed", node=save_id, output={kind: [item]})
        self.say(job, "execution_success")

    def _sample(self, job: _Job, over: threading.Event) -> bool:
        """The slow part; False when it did not come to its end."""
        node = next((i for i, n in job.graph.items() if "Sampler" in n["class_type"]), "?")
        self.say(job, "executing", node=node)
        for step in range(self.faults.steps):
            if self.faults.hang:
                job.stop.wait()
            while self.faults.wait_for_socket and job.extra["client_id"] not in self.sockets:
                time.sleep(0.02)
            if job.stop.wait(self.faults.step_s) or over.is_set():
                self._fail(job, "execution_interrupted", node)
                return False
            self.say(job, "progress", node=node, value=step + 1, max=self.faults.steps)
        if self.faults.out_of_memory:
            words = "CUDA out of memory. Tried to allocate 20.00 GiB."
            kind = "torch.OutOfMemoryError"
            self._fail(job, "execution_error", node, exception_type=kind, exception_message=words)
            return False
        return True

    def _fail(self, job: _Job, message: str, node: str, **words: str) -> None:
        job.status = "error"
        kind = job.graph.get(node, {}).get("class_type", "")
        self.say(job, message, node_id=node, node_type=kind, executed=[], **words)

    def _save(self, job: _Job, save_id: str) -> tuple[str, dict[str, Any]]:
        node = job.graph[save_id]
        kind, pattern = SAVERS[node["class_type"]]
        stored = node["inputs"].get("save_output", True)
        subfolder, _, name = node["inputs"]["filename_prefix"].rpartition("/")
        folder = self.folder / ("output" if stored else "temp") / subfolder
        folder.mkdir(parents=True, exist_ok=True)
        counter = 1
        while (folder / pattern.format(name, counter)).exists():
            counter += 1
        path = folder / pattern.format(name, counter)
        footage = next((f for word, f in self.footage.items() if word in name), [])
        shape = self.faults.shape or _shape(job.graph)
        shutil.copyfile(_clip(*shape, *footage), path)
        if self.faults.damaged_clip:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        shown = self.faults.hostile_name or path.name
        item = {"filename": shown, "subfolder": subfolder, "type": "output" if stored else "temp"}
        return kind, item


async def _quietly(sending: Any) -> None:
    try:
        await sending
    except tornado.websocket.WebSocketClosedError:
        return


def _digest(graph: dict[str, Any], but: str = "") -> str:
    """A graph's identity for the cache; `but`: an input that does not count."""
    kept = {
        i: [n["class_type"], {k: v for k, v in n["inputs"].items() if k != but}]
        for i, n in graph.items()
    }
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _shape(graph: dict[str, Any]) -> tuple[int, int, int, int]:
    """Width, height, frames and rate that a graph asks for, constants followed."""
    found: dict[str, Any] = {}
    for node in graph.values():
        for name in ("width", "height", "length", "num_frames", "fps", "frame_rate"):
            if isinstance(node["inputs"].get(name), (int, float)):
                found.setdefault(name, node["inputs"][name])
    frames = int(found.get("length", found.get("num_frames", 5)))
    fps = int(found.get("fps", found.get("frame_rate", 16)))
    return int(found["width"]), int(found["height"]), (frames - 1) // 4 * 4 + 1, fps


_clips: dict[tuple[int | str, ...], Path] = {}
_clips_lock = threading.Lock()


def _clip(width: int, height: int, frames: int, fps: int, *footage: str) -> Path:
    """A real clip of that shape, made once a test run."""
    with _clips_lock:
        key = (width, height, frames, fps, *footage)
        if key not in _clips:
            path = Path(tempfile.mkdtemp(prefix="comfy-clips-")) / "clip.mp4"
            card = ("-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate={fps}")
            options = ["-vf", f"scale={width}:{height}", "-frames:v", str(frames)]
            options += ["-c:v", "libx264", "-crf", "12", "-pix_fmt", "yuv420p"]
            argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *(footage or card)]
            subprocess.run([*argv, *options, str(path)], check=True)
            _clips[key] = path
        return _clips[key]


def wait_until(condition: Any, patience_s: float = 20.0) -> None:
    """Wait for something that another thread or process does. Raises TimeoutError."""
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen")
        time.sleep(0.02)
