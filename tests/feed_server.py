"""A real web server on loopback that answers as well or as badly as a test asks."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Answer:
    """A plain answer."""

    body: bytes = b""
    content_type: str = "application/xml"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Send it."""
        handler.send_response(self.status)
        headers = {"Content-Type": self.content_type, "Content-Length": str(len(self.body))}
        for name, value in {**headers, **self.headers}.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


def raw(*pieces: bytes, pause_s: float = 0.0) -> Behaviour:
    """Exactly these bytes on the wire, `pause_s` before each but the first, then the end."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        for index, piece in enumerate(pieces):
            if index and server_of(handler).stopping.wait(pause_s):
                return
            handler.wfile.write(piece)
            handler.wfile.flush()

    return send


def reset(*pieces: bytes) -> Behaviour:
    """These bytes, then the connection torn down instead of closed."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        raw(*pieces)(handler)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    return send


class FeedServer(ThreadingHTTPServer):
    """`answers`: path → behaviour; `asked`: (path, headers) of every request, in order."""

    daemon_threads = True

    def __init__(self, host: str) -> None:
        self.host = f"[{host}]" if ":" in host else host
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), _Handler)
        self.answers: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.stopping = threading.Event()

    def url(self, path: str) -> str:
        """The address of `path`."""
        return f"http://{self.host}:{self.server_port}{path}"

    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path, _ in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is the point of many tests."""


def server_of(handler: BaseHTTPRequestHandler) -> FeedServer:
    """The server behind a handler."""
    assert isinstance(handler.server, FeedServer)
    return handler.server


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = server_of(self)
        server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        server.answers.get(self.path, Answer(b"nothing here", "text/plain", 404))(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@contextmanager
def feed_server(host: str = "127.0.0.1") -> Iterator[FeedServer]:
    """A running server."""
    with FeedServer(host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
