"""The sound of a whole call as a browser renders it: `python -m tests.browser.recording call.wav`.

The file is for ears and for a spectrogram (`sox call.wav -n spectrogram`); tests take the samples.
"""

from __future__ import annotations

import base64
import sys
import threading
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.browser.audio import Samples
from tests.chromium import ARGUMENTS, shell

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parents[1] / "site_src" / "runtime"
PAGE = b"<!doctype html><link rel=icon href=data:,><button>start</button>"


class _Modules(SimpleHTTPRequestHandler):
    """The page's modules, the sequence for tests, and an empty page that loads none."""

    def translate_path(self, path: str) -> str:
        return str(HERE / "sequence.js" if path == "/sequence.js" else RUNTIME / path.lstrip("/"))

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@contextmanager
def module_server() -> Iterator[str]:
    """The address of a page from whose origin the runtime's modules can be imported."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Modules) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class Recording:
    """A rendered call: `channels` (2, n) float64, -1 to 1, left and right; what was played when."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.rate_hz: int = raw["rate_hz"]
        self.channels = np.stack(
            [np.frombuffer(base64.b64decode(c), "<f4").astype(np.float64) for c in raw["channels"]]
        )
        self.marks: dict[str, dict[str, Any]] = {mark["event"]: mark for mark in raw["marks"]}

    def between(self, start_s: float, end_s: float) -> Samples:
        """Both ears mixed."""
        first, last = (int(second * self.rate_hz) for second in (start_s, end_s))
        mixed: Samples = self.channels[:, first:last].mean(axis=0)
        return mixed

    def event(self, name: str) -> Samples:
        """The whole of one event."""
        mark = self.marks[name]
        return self.between(mark["at_s"], mark["at_s"] + mark["duration_s"])

    def note(self, event: str, index: int) -> Samples:
        """The middle of one note, without its ends."""
        mark = self.marks[event]
        note = mark["notes"][index]
        start_s = mark["at_s"] + note["time_s"]
        return self.between(start_s + 0.01, start_s + note["duration_s"] - 0.01)

    def save(self, path: Path) -> None:
        """As a 16-bit WAV file."""
        samples = np.round(np.clip(self.channels.T, -1, 1) * 32767).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(self.rate_hz)
            file.writeframes(samples.tobytes())


def record(
    page: Page, *, payload: str, baud: int, region: str, room: bool, only: Sequence[str] = ()
) -> Recording:
    """Render one call, or `only` some of its events, offline on a page of a `module_server`."""
    return Recording(
        page.evaluate(
            "async (call) => (await import('/sequence.js'))"
            ".renderSequence(OfflineAudioContext, call)",
            {
                "payload": payload,
                "baud": baud,
                "region": region,
                "room": room,
                "only": list(only),
            },
        )
    )


def main() -> None:
    """Save the whole sequence, from the walk in to the bell."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "call.wav")
    with module_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shell(), args=ARGUMENTS)
        page = browser.new_page()
        page.goto(url)
        headline = "A video model holds its breath for eleven seconds"
        record(page, payload=headline, baud=2400, region="us", room=True).save(path)
        browser.close()


if __name__ == "__main__":
    main()
