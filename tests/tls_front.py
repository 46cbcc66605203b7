"""A reverse proxy as people put before a ComfyUI: TLS, and the server below a path of its own.

with TlsFront(tmp_path, port=double.port, path="/comfy") as front:
front.url, front.certificate     # https://localhost:40123/comfy, what a client must trust
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Self


class TlsFront:
    """Terminates TLS on a free port of localhost and hands on what is asked below `path`."""

    def __init__(self, folder: Path, port: int, path: str) -> None:
        self.certificate = folder / "front.pem"
        self.asked: list[str] = []
        """The first line of every request, as it came."""
        self._key, self._port, self._path = folder / "front.key", port, path
        name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
        files = ["-keyout", str(self._key), "-out", str(self.certificate)]
        subprocess.run([*made, *files], check=True, capture_output=True)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self._key)
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self._server = server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.url = f"https://localhost:{server.sockets[0].getsockname()[1]}{self._path}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = (OSError, EOFError, asyncio.CancelledError)
        with contextlib.suppress(*gone), contextlib.closing(writer):
            head = await reader.readuntil(b"\r\n")
            self.asked.append(head.decode().strip())
            method, target, rest = head.split(b" ", 2)
            below = target.removeprefix(self._path.encode())
            if below == target:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            answer, there = await asyncio.open_connection("127.0.0.1", self._port)
            with contextlib.closing(there):
                there.write(b" ".join((method, below, rest)))
                ways = [asyncio.ensure_future(_pump(reader, there))]
                ways.append(asyncio.ensure_future(_pump(answer, writer)))
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1 << 16):
        writer.write(chunk)
        await writer.drain()
