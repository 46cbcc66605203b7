"""The line to the browser: livereload's handler and protocol 7, kept behind this one module.

livereload keeps its listeners in class attributes, answers any origin and is made to watch files
itself; here each server has its own `Listeners`, origins are checked, and watching is elsewhere.
Beyond the protocol's hello we send `{"command": "breathe", …}` with how things stand, which other
clients ignore.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import tornado.websocket
from livereload.handlers import LiveReloadHandler

from generator.server.guard import drop_foreign, refuse_origin


class Listeners:
    """The pages that are open on one server."""

    def __init__(self, state: Callable[[], dict[str, Any]]) -> None:
        """`state`: how things stand, as JSON."""
        self._state = state
        self._open: set[LiveHandler] = set()

    def add(self, handler: LiveHandler) -> None:
        """A page has said hello: tell it how things stand."""
        self._open.add(handler)
        handler.write_message(self._message())

    def remove(self, handler: LiveHandler) -> None:
        """A page has gone."""
        self._open.discard(handler)

    def tell(self) -> None:
        """Tell every open page how things stand."""
        message = self._message()
        for handler in tuple(self._open):
            try:
                handler.write_message(message)
            except tornado.websocket.WebSocketClosedError:
                self.remove(handler)

    def _message(self) -> str:
        return json.dumps({"command": "breathe", **self._state()})


class LiveHandler(LiveReloadHandler):  # type: ignore[misc]
    """One open page. livereload answers its hello; the rest is ours."""

    def initialize(self, listeners: Listeners, port: int) -> None:
        """Tornado's constructor."""
        self.listeners = listeners
        self.port = port

    def prepare(self) -> None:
        """Say nothing at all to a request that names another host."""
        drop_foreign(self, self.port)

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

    def on_close(self) -> None:
        """The page is gone."""
        self.listeners.remove(self)
