"""The sound, measured: rendered and played by a real Chromium, heard by numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.audio import Samples, peak_hz, v21_bytes
from tests.browser.conftest import visitor
from tests.browser.recording import Recording, module_server, record

HEADLINE = "A video model holds its breath for eleven seconds"
ONE_PERCENT = 0.01  # the tolerance that telephone exchanges grant is 1.5 to 1.8 %


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the modules are served."""
    with module_server() as url:
        yield url


Render = Callable[..., Recording]


@pytest.fixture(scope="module")
def render(browser: Browser, origin: str) -> Iterator[Render]:
    """Renders a call offline; the same call only once."""
    page = visitor(browser).new_page()
    page.goto(origin)

    @cache
    def rendered(
        *only: str,
        payload: str = HEADLINE,
        baud: int = 2400,
        region: str = "us",
        room: bool = False,
    ) -> Recording:
        return record(page, payload=payload, baud=baud, region=region, room=room, only=only)

    yield rendered
    page.close()


PAYLOADS = {
    "the headline": HEADLINE,
    "accents and a dash": "Käse, naïveté — déjà vu",
    "every bit both ways": "UUUU~~~~\x7f@@@@",
    "emoji": "🌿 breeze",
    "longer than a handshake": "so long a headline " * 10,
    "nothing": "",
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_the_carrier_carries_the_headline_byte_for_byte(render: Render, payload: str) -> None:
    """A V.21 receiver reads the headline out of the rendered handshake, from pickup to connect."""
    heard = render("handshake", payload=payload, baud=300).event("handshake")
    assert v21_bytes(heard, 48000) == _first_bytes(payload, 80)


def test_the_headline_survives_the_room(render: Render) -> None:
    """Birds, breeze, hum, whistle and the caller's own tone do not disturb the receiver."""
    recording = render(room=True)
    mark = recording.marks["handshake"]
    keyed = next(note for note in mark["notes"] if note["kind"] == "keyed")
    start_s = mark["at_s"] + keyed["time_s"]
    heard = recording.between(start_s, start_s + keyed["duration_s"])
    assert v21_bytes(heard, recording.rate_hz) == HEADLINE.encode()


def test_touch_tones_lie_on_their_frequencies(render: Render) -> None:
    """All sixteen keys, row and column, within 1 % of ITU-T Q.23."""
    keys = "0123456789*#ABCD"
    rows = {"123A": 697, "456B": 770, "789C": 852, "*0#D": 941}
    columns = {"147*": 1209, "2580": 1336, "369#": 1477, "ABCD": 1633}
    recording = render("dtmf")
    for index, key in enumerate(keys):
        row_hz = next(hz for group, hz in rows.items() if key in group)
        column_hz = next(hz for group, hz in columns.items() if key in group)
        heard = recording.note("dtmf", index)
        assert peak_hz(heard, 48000, 600, 1050) == pytest.approx(row_hz, rel=ONE_PERCENT), key
        assert peak_hz(heard, 48000, 1100, 1800) == pytest.approx(column_hz, rel=ONE_PERCENT), key


def test_the_answer_tone_is_2100_hz(render: Render) -> None:
    """V.25's tone, within 1 %."""
    assert _loudest_in_handshake(render("handshake"), 0.6, 2.8) == pytest.approx(
        2100, rel=ONE_PERCENT
    )


def test_the_handshake_comes_in_order(render: Render) -> None:
    """Answer tone, V.21 marks, unscrambled ones, the caller's carrier, then both."""
    recording = render("handshake")
    notes = recording.marks["handshake"]["notes"]
    usb1_s = next(note["time_s"] for note in notes if note["hz"] == [2250, 2850])
    assert _loudest_in_handshake(recording, 3.1, 3.25) == pytest.approx(1650, rel=ONE_PERCENT)
    heard = recording.between(*_in_handshake(recording, usb1_s + 0.01, usb1_s + 0.14))
    assert peak_hz(heard, 48000, 2000, 2500) == pytest.approx(2250, rel=ONE_PERCENT)
    assert peak_hz(heard, 48000, 2600, 3100) == pytest.approx(2850, rel=ONE_PERCENT)
    alone = recording.between(*_in_handshake(recording, usb1_s + 0.2, usb1_s + 0.55))
    both = recording.between(*_in_handshake(recording, usb1_s + 0.7, usb1_s + 1.3))
    assert _band_rms(alone, 900, 1500) > 10 * _band_rms(alone, 2100, 2700)
    assert _band_rms(both, 900, 1500) == pytest.approx(_band_rms(both, 2100, 2700), rel=0.35)


@pytest.mark.parametrize(
    ("region", "dial_hz", "ring_hz"),
    [("us", [350, 440], [440, 480]), ("eu", [425], [425]), ("uk", [350, 440], [400, 450])],
)
def test_the_network_has_its_regions_tones(
    render: Render, region: str, dial_hz: list[int], ring_hz: list[int]
) -> None:
    """Dial tone and ringing, each partial within 1 %."""
    recording = render("dialTone", "ring", region=region)
    for event, partials in (("dialTone", dial_hz), ("ring", ring_hz)):
        heard = recording.note(event, 0)
        for hz in partials:
            assert peak_hz(heard, 48000, hz - 15, hz + 15) == pytest.approx(hz, rel=ONE_PERCENT)


def test_nothing_clips_and_nothing_is_harsh(render: Render) -> None:
    """Peaks stay 6 dB below full scale; the handshake is no louder than the dialling before it."""
    recording = render(room=True)
    assert np.abs(recording.channels).max() <= 0.5
    handshake = _rms(recording.event("handshake"))
    assert handshake <= _rms(recording.event("dtmf"))
    assert np.abs(recording.event("handshake")).max() < 0.15


def test_the_line_whistle_is_there_and_gentle(render: Render) -> None:
    """15 734 Hz, more than 45 dB below full scale."""
    heard = render(room=True).between(12, 14)
    assert peak_hz(heard, 48000, 15000, 16500) == pytest.approx(15734, rel=ONE_PERCENT)
    assert _band_rms(heard, 15500, 16000) < 10 ** (-45 / 20)


def test_the_garden_is_on_the_window_side(render: Render) -> None:
    """Seated, the right ear hears clearly more of the window; at the door they differ less."""
    left, right = render(room=True).channels
    door = slice(0, int(1.4 * 48000))
    seat = slice(int(2.8 * 48000), int(3.9 * 48000))
    ratio = [_rms(right[part]) / _rms(left[part]) for part in (door, seat)]
    assert ratio[1] > 1.8
    assert 1 < ratio[0] < ratio[1]
    assert _rms(right[seat]) > _rms(right[door])


def test_rendering_is_deterministic(render: Render) -> None:
    """The same call sounds the same: nothing in it is left to chance."""
    events = ("power", "keys", "drive", "handshake")
    first = render(*events)
    again = render.__wrapped__(*events)  # type: ignore[attr-defined]
    # The browser starts filtered noise a little differently each time: measured -88 dB at most.
    assert np.allclose(first.channels, again.channels, atol=1e-4)


OPEN = """async (options) => {
  const { createSound } = await import('/sound/index.js');
  window.contexts = [];
  window.AudioContext = class extends AudioContext {
    constructor() { super(); contexts.push(this); }
  };
  window.sound = createSound({ storage: localStorage, ...options });
  window.captions = [];
  sound.captions.addEventListener('caption', (event) => captions.push(event.detail.text));
  document.querySelector('button').onclick = () => sound.unlock();
}"""


@pytest.fixture
def room(browser: Browser, origin: str) -> Iterator[Page]:
    """An empty page with a live sound on it; fails on any complaint in the console."""
    context = visitor(browser)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(origin)
    page.evaluate(OPEN, {})
    yield page
    context.close()
    assert complaints == []


def test_no_context_is_opened_before_the_first_gesture(room: Page) -> None:
    """Nor is one by asking for sounds early, or by unmuting without having been touched."""
    room.evaluate("sound.setPlace('walkin', 0); sound.key(); sound.power(true)")
    room.evaluate("sound.setMuted(true); sound.setMuted(false)")
    assert room.evaluate("contexts.length") == 0


def test_a_gesture_starts_it_and_everything_plays(room: Page) -> None:
    """Every call of the contract on a running context, one context in all."""
    room.click("button")
    room.wait_for_function("() => contexts[0]?.state === 'running'")
    room.evaluate(
        """() => {
          sound.unlock(); sound.setPlace('walkin', 0.5); sound.power(true); sound.key();
          sound.drive(0.5); sound.dialTone(0.2); sound.dtmf('123'); sound.ring(); sound.busy();
          sound.handshake({ baud: 57600, payload: 'x' }); sound.carrier(true); sound.bell();
          sound.carrier(false); sound.hangup(); sound.power(false);
        }"""
    )
    assert room.evaluate("contexts.length") == 1
    room.evaluate("sound.dispose()")
    room.wait_for_function("() => contexts[0].state === 'closed'")


def test_muted_before_the_first_gesture_nothing_is_opened(room: Page) -> None:
    """Quiet costs nothing; unmuting later opens the sound at once."""
    room.evaluate("sound.setMuted(true)")
    room.click("button")
    assert room.evaluate("contexts.length") == 0
    room.evaluate("sound.setMuted(false)")
    room.wait_for_function("() => contexts[0]?.state === 'running'")


def test_mute_is_remembered_over_a_reload(room: Page) -> None:
    """The next visit starts as quiet as this one ended."""
    room.evaluate("sound.setMuted(true)")
    room.reload()
    room.evaluate(OPEN, {})
    assert room.evaluate("sound.muted") is True


def test_a_pause_holds_the_sound_and_goes_on(room: Page) -> None:
    """Paused, the context stands still; sounds asked for meanwhile do not pile up."""
    room.click("button")
    room.wait_for_function("() => contexts[0]?.state === 'running'")
    room.evaluate("sound.setPaused(true)")
    room.wait_for_function("() => contexts[0].state === 'suspended'")
    assert room.evaluate("sound.dtmf('5')") > 0
    room.evaluate("sound.setPaused(false)")
    room.wait_for_function("() => contexts[0].state === 'running'")
    assert room.evaluate("captions") == ["[dials 5]"]


def _in_handshake(recording: Recording, start_s: float, end_s: float) -> tuple[float, float]:
    at_s = recording.marks["handshake"]["at_s"]
    return at_s + start_s, at_s + end_s


def _loudest_in_handshake(recording: Recording, start_s: float, end_s: float) -> float:
    return peak_hz(recording.between(*_in_handshake(recording, start_s, end_s)), 48000, 300, 3400)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def _band_rms(samples: Samples, low_hz: float, high_hz: float) -> float:
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / 48000)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return _rms(np.fft.irfft(spectrum, len(samples)))


def _first_bytes(text: str, count: int) -> bytes:
    return text.encode()[:count].decode(errors="ignore").encode()
