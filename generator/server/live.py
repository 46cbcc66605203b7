"""The line to the browser: livereload's handler and protocol 7, kept behind this one module.

livereload keeps its listeners in class attributes, answers any origin and is made to watch files
itself; here each server has its own `Listeners`, origins are checked, and watching is elsewhere.
Beyond the protocol's `reload` we send `{"command": "breathe", "event": …}`, which other clients
ignore.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import tornado.websocket
from livereload.handlers import LiveReloadHandler

from generator.server.guard import refuse_host, refuse_origin

PROTOCOL = "http://livereload.com/protocols/official-7"


class Listeners:
    """The pages that are open on one server."""

    def __init__(self, greeting: Callable[[], dict[str, Any]]) -> None:
        """`greeting`: the message that a page gets first, with how things stand."""
        self.greeting = greeting
        self._open: set[LiveHandler] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, handler: LiveHandler) -> None:
        """A page has said hello."""
        self._open.add(handler)

    def remove(self, handler: LiveHandler) -> None:
        """A page has gone."""
        self._open.discard(handler)

    def tell(self, event: str, **data: Any) -> None:
        """Send an event of ours to every open page."""
        self._send({"command": "breathe", "event": event, **data})

    def reload(self, path: str) -> None:
        """Ask every open page, also those of other livereload clients, to load anew."""
        self._send({"command": "reload", "path": path, "liveCSS": True, "liveImg": True})

    def _send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for handler in tuple(self._open):
            try:
                handler.write_message(text)
            except tornado.websocket.WebSocketClosedError:
                self.remove(handler)


class LiveHandler(LiveReloadHandler):  # type: ignore[misc]
    """One open page. livereload answers its hello; the rest is ours."""

    def initialize(self, listeners: Listeners, port: int) -> None:
        """Tornado's constructor."""
        self.listeners = listeners
        self.port = port

    def prepare(self) -> None:
        """Say nothing at all to a request that names another host."""
        if refuse_host(self.request.headers.get("Host", ""), self.port):
            self.request.connection.stream.close()

    def check_origin(self, origin: str) -> bool:
        """Only pages of this server may listen."""
        return refuse_origin(origin, self.request.headers.get("Host", "")) is None

    def on_message(self, message: str | bytes) -> None:
        """Protocol 7: the page says hello, then what it is; other words are not understood."""
        try:
            command = json.loads(message).get("command")
        except (ValueError, AttributeError):
            self.close(1003, "expected a JSON object")
            return
        if command == "hello":
            super().on_message(message)
            self.listeners.add(self)
            greeting = {"command": "breathe", "event": "state", **self.listeners.greeting()}
            self.write_message(json.dumps(greeting))

    def on_close(self) -> None:
        """The page is gone."""
        self.listeners.remove(self)
