"""Three engines behind one small door: Chromium, Firefox and WebKitGTK, as Debian ships them.

Firefox speaks WebDriver BiDi over its own websocket, WebKitGTK classic WebDriver through
WebKitWebDriver; neither needs a driver of somebody else's. Each runs as a process of its own with
an empty profile, and is gone when its block ends.
"""

from __future__ import annotations

import asyncio
import base64
import glob
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, Playwright
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.chromium import ARGUMENTS, executable

SIZE_PX = (1280, 720)
PATIENCE_S = 120.0
_QUIET_FIREFOX = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}
_WEBDRIVER_KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}


class Engine(Protocol):
    """A browser with one page."""

    name: str

    def open(self, url: str) -> None:
        """Go there, and wait until it has loaded."""

    def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression; a promise is waited for."""

    def press(self, key: str) -> None:
        """One key: a character, or Escape, Enter, Tab."""

    def screenshot(self) -> bytes:
        """PNG of the window."""


def wait_until(engine: Engine, expression: str) -> None:
    """Until an expression is true in the page."""
    deadline = time.monotonic() + PATIENCE_S
    while not engine.evaluate(expression):
        assert time.monotonic() < deadline, f"{engine.name}: still not {expression}"
        time.sleep(0.05)


class Chromium:
    """Through Playwright, as in the other browser tests."""

    name = "chromium"

    def __init__(self, browser: Browser) -> None:
        self._page = browser.new_page(viewport={"width": SIZE_PX[0], "height": SIZE_PX[1]})

    def open(self, url: str) -> None:
        """Go there, and wait until it has loaded."""
        self._page.goto(url)

    def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression."""
        return self._page.evaluate(expression)

    def press(self, key: str) -> None:
        """One key."""
        self._page.keyboard.press(key)

    def screenshot(self) -> bytes:
        """PNG of the window."""
        return self._page.screenshot()


@contextmanager
def chromium(driver: Playwright) -> Iterator[Engine]:
    """The whole browser, where the other tests take its shell."""
    browser = driver.chromium.launch(executable_path=executable(), args=ARGUMENTS)
    try:
        yield Chromium(browser)
    finally:
        browser.close()


class Firefox:
    """A BiDi session over a websocket (https://w3c.github.io/webdriver-bidi/)."""

    name = "firefox"

    def __init__(self, url: str) -> None:
        # In a thread of its own: Playwright's loop may already run in this one.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._count = 0
        self._socket: WebSocketClientConnection = self._wait(
            lambda: websocket_connect(f"{url}/session", max_message_size=64 << 20)
        )
        self.complaints: list[str] = []
        """Errors in the page's console."""
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._context = self._send("browsingContext.getTree")["contexts"][0]["context"]
        width, height = SIZE_PX
        viewport = {"width": width, "height": height}
        self._send("browsingContext.setViewport", context=self._context, viewport=viewport)

    def _wait(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async def answered() -> Any:
            return await asyncio.wait_for(ask(), PATIENCE_S)

        return asyncio.run_coroutine_threadsafe(answered(), self._loop).result()

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        command = {"id": self._count, "method": method, "params": params}
        self._wait(lambda: self._socket.write_message(json.dumps(command)))
        while True:
            message = json.loads(self._wait(self._socket.read_message))
            if message.get("method") == "log.entryAdded":
                entry = message["params"]
                if entry["level"] == "error":
                    self.complaints.append(str(entry.get("text")))
            elif message.get("id") == self._count:
                assert message["type"] == "success", message
                result: dict[str, Any] = message["result"]
                return result

    def open(self, url: str) -> None:
        """Go there, and wait until it has loaded."""
        self._send("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression; a promise is waited for."""
        answer = self._send(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((x) => JSON.stringify(x ?? null))",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def press(self, key: str) -> None:
        """One key."""
        value = _WEBDRIVER_KEYS.get(key, key)
        presses = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        actions = [{"type": "key", "id": "keyboard", "actions": presses}]
        self._send("input.performActions", context=self._context, actions=actions)

    def screenshot(self) -> bytes:
        """PNG of the window."""
        shot = self._send("browsingContext.captureScreenshot", context=self._context)
        return base64.b64decode(shot["data"])

    def close(self) -> None:
        """End the session."""
        self._loop.call_soon_threadsafe(self._socket.close)
        self._wait(lambda: asyncio.sleep(0.05))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def firefox() -> Iterator[Engine]:
    """Debian's firefox-esr, headless."""
    binary = shutil.which("firefox-esr") or shutil.which("firefox")
    assert binary, "needs Debian's package firefox-esr"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        prefs = (f'user_pref("{k}", {json.dumps(v)});\n' for k, v in _QUIET_FIREFOX.items())
        Path(profile, "user.js").write_text("".join(prefs))
        command = [binary, "--headless", "--no-remote", "--profile", profile]
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": profile},
        )
        try:
            engine = Firefox(_line(process, r"WebDriver BiDi listening on (ws://\S+)"))
            try:
                yield engine
            finally:
                engine.close()
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)


def _line(process: subprocess.Popen[str], pattern: str) -> str:
    """The group of the first line on stderr that matches; the rest is read away."""
    assert process.stderr is not None
    stream = process.stderr
    seen = []
    for line in stream:
        seen.append(line)
        if match := re.search(pattern, line):
            threading.Thread(target=_drain, args=(stream,), daemon=True).start()
            return match.group(1)
    raise AssertionError("".join(seen))


def _drain(stream: Any) -> None:
    with stream:
        for _ in stream:
            pass


class WebKit:
    """A classic WebDriver session (https://www.w3.org/TR/webdriver2/)."""

    name = "webkitgtk"

    def __init__(self, port: int, browser: str) -> None:
        self._port = port
        options = {"binary": browser, "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        answer = self._send("POST", "/session", {"capabilities": capabilities})
        self._session = f"/session/{answer['sessionId']}"
        width, height = SIZE_PX
        rect = {"x": 0, "y": 0, "width": width, "height": height}
        self._send("POST", f"{self._session}/window/rect", rect)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            value = json.loads(reply.read())["value"]
            assert reply.status == 200, value
            return value
        finally:
            connection.close()

    def open(self, url: str) -> None:
        """Go there, and wait until it has loaded."""
        self._send("POST", f"{self._session}/url", {"url": url})

    def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression; a promise is waited for."""
        script = (
            "const done = arguments[arguments.length - 1];"
            f"Promise.resolve({expression}).then((x) => done(JSON.stringify(x ?? null)),"
            " (error) => done(JSON.stringify({ failed: String(error) })));"
        )
        body = {"script": script, "args": []}
        return json.loads(self._send("POST", f"{self._session}/execute/async", body))

    def press(self, key: str) -> None:
        """One key."""
        value = _WEBDRIVER_KEYS.get(key, key)
        presses = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        actions = [{"type": "key", "id": "keyboard", "actions": presses}]
        self._send("POST", f"{self._session}/actions", {"actions": actions})

    def screenshot(self) -> bytes:
        """PNG of the window."""
        return base64.b64decode(self._send("GET", f"{self._session}/screenshot"))

    def close(self) -> None:
        """End the session, and the browser with it."""
        self._send("DELETE", self._session)


@contextmanager
def webkit() -> Iterator[Engine]:
    """Debian's MiniBrowser on a screen that nobody sees, driven by WebKitWebDriver."""
    browsers = sorted(glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser"))  # noqa: PTH207 - absolute
    driver = shutil.which("WebKitWebDriver")
    assert browsers, "needs Debian's package webkit2gtk-driver"
    assert driver, "needs Debian's package webkit2gtk-driver"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, _display() as display:
        environment = {**os.environ, "DISPLAY": display, "HOME": home, "NO_AT_BRIDGE": "1"}
        with _driver(driver, environment) as port:
            engine = WebKit(port, browsers[-1])
            try:
                yield engine
            finally:
                engine.close()


@contextmanager
def _driver(program: str, environment: dict[str, str]) -> Iterator[int]:
    """The port of a driver; with another one when somebody was quicker to take the first."""
    for _ in range(5):
        port = _free_port()
        process = subprocess.Popen(
            [program, f"--port={port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        try:
            if _listens(process, port):
                yield port
                return
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)
    raise AssertionError(f"{program} found no port of its own")


@contextmanager
def _display() -> Iterator[str]:
    """An X server in memory."""
    assert shutil.which("Xvfb"), "needs Debian's package xvfb"
    width, height = SIZE_PX
    screen = ["-screen", "0", f"{width + 200}x{height + 300}x24"]
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", *screen, "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            yield f":{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as knock:
        knock.bind(("127.0.0.1", 0))
        port: int = knock.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the driver answers; False when it has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return True
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return False
