"""A ComfyUI behind TLS or below a path, as the plain http on loopback that comfy-cli can speak to.

    with relayed(Address("gpu.example", 443, "https", "/comfy")) as url:
        url                            # http://127.0.0.1:40123, for as long as the block lasts

One request a connection: its first line gets the path in front, its Host the server's name. What
follows goes to and fro as it is, a websocket too.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from generator.comfy.cli import Address

log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 16
_UNREACHED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def relayed(address: Address) -> Iterator[str]:
    """The address as a plain one on loopback; its own where it is plain already."""
    if address.is_plain:
        yield address.url
        return
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="comfy relay", daemon=True)
    thread.start()
    relay = _Relay(address)
    try:
        port = asyncio.run_coroutine_threadsafe(relay.open(), loop).result()
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(relay.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Relay:
    """Serves connections until it is closed."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._trust = ssl.create_default_context() if address.scheme == "https" else None
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listen on loopback; returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from comfy-cli's request to the end of the server's answer."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as one
        self._open.add(task)
        try:
            await self._relay(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError) as exc:
            log.info("relay to %s: %s", self._address.url, exc)
            with suppress(OSError):
                writer.write(_UNREACHED)
        except asyncio.CancelledError:
            log.debug("relay closed with a connection open")  # streams call it an error else
        finally:
            self._open.discard(task)
            writer.close()

    async def close(self) -> None:
        """End what is still open."""
        if self._server:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        host, port = self._address.host, self._address.port
        answer, there = await asyncio.open_connection(host, port, ssl=self._trust)
        there.write(_rewritten(head, self._address))
        ways = [asyncio.ensure_future(_pump(reader, there))]
        ways.append(asyncio.ensure_future(_pump(answer, writer)))
        try:  # whichever side goes first, the other must know
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            there.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()


def _rewritten(head: bytes, address: Address) -> bytes:
    """A request's head as it is for the server: its path, its name, one request a connection."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, target, version = first.split(b" ", 2)
    kept = [line for line in lines if line.split(b":")[0].lower() not in (b"host", b"origin")]
    if not any(line.lower().startswith(b"upgrade:") for line in kept):
        kept = [line for line in kept if not line.lower().startswith(b"connection:")]
        kept.append(b"Connection: close")
    first = b" ".join((method, address.path.encode() + target, version))
    return b"\r\n".join((first, b"Host: " + address.netloc.encode(), *kept)) + b"\r\n\r\n"
