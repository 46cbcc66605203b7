"""The author's loop in a real browser: edits show, errors come and go, corners are saved.

One server and one page serve the tests of this module in turn; each edit is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from generator.scene.load import parse_scene
from generator.scene.model import Scene
from tests.browser.conftest import PATIENCE_MS, visitor
from tests.once import copy_of
from tests.server.conftest import Dev, running, wait_for
from tests.server.drawn_room import CORNERS, GLASS, SIZE_PX
from tests.small_room import make_small_room

WIDTH_PX, HEIGHT_PX = SIZE_PX


@pytest.fixture(scope="module")
def dev(baked_room: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    folder = tmp_path_factory.mktemp("dev-browser")
    with running(copy_of(baked_room, folder / "room"), folder / "dev.log") as server:
        yield server


@pytest.fixture(scope="module")
def unedited(dev: Dev) -> dict[str, Any]:
    """What the server shows before the first edit."""
    wait_for(dev.is_idle, "the first page")
    return dev.shown()


@pytest.fixture
def page(browser: Browser, dev: Dev, unedited: dict[str, Any]) -> Iterator[Page]:
    """An open page; afterwards the server has seen that the edit, if any, was taken back."""
    context, before_ns = visitor(browser), last_save_ns(dev.root)
    opened = context.new_page()
    yield opened
    context.close()
    if last_save_ns(dev.root) == before_ns:
        return
    # A build that began before the edit was taken back may still be at it: one more shows that
    # it is over.
    with edited(dev.scene, 'title = "', 'title = "Settled: '):
        wait_for(lambda: "Settled" in dev.shown().get("title", ""), "the build after the test")
    wait_for(lambda: dev.shown() == unedited and dev.is_idle(), "the page as it was", 240)


def last_save_ns(root: Path) -> int:
    """When any file of the author's was last written."""
    files = (
        file
        for name in ("site_src", "templates", "assets/source")
        for file in (root / name).rglob("*")
    )
    return max(file.stat().st_mtime_ns for file in files)


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """The file with `old` replaced, taken back afterwards."""
    before = path.read_text()
    assert old in before, f"{path.name} has no {old!r}"
    path.write_text(before.replace(old, new, 1))
    try:
        yield
    finally:
        path.write_text(before)


def seated(page: Page, dev: Dev) -> None:
    """Open the page in the chair and leave a mark that a reload would wipe out."""
    page.goto(f"{dev.url}?at=bbs")
    page.wait_for_selector('[data-phase="bbs"] #glass:not([hidden])')
    page.evaluate("window.mark = 1")


def until(page: Page, expression: str) -> None:
    """Wait for an expression; asked from outside, since the page's CSP allows no eval."""
    wait_for(lambda: _ask(page, expression), expression)


def _ask(page: Page, expression: str) -> bool:
    try:
        return bool(page.evaluate(f"() => Boolean({expression})"))
    except PlaywrightError:
        return False  # the page is on its way to the next


def unreloaded(page: Page) -> bool:
    return page.evaluate("window.mark === 1")


def test_a_style_shows_without_a_reload(page: Page, dev: Dev) -> None:
    seated(page, dev)
    with edited(dev.root / "site_src/styles/main.css", "* {", "h1 { outline: 7px solid red }\n* {"):
        until(page, "getComputedStyle(document.querySelector('h1')).outlineWidth === '7px'")
    until(page, "getComputedStyle(document.querySelector('h1')).outlineWidth !== '7px'")
    assert unreloaded(page)


def test_the_computers_letters_do_not_flicker_when_a_style_is_saved(page: Page, dev: Dev) -> None:
    seated(page, dev)
    page.evaluate("document.fonts.ready")
    page.evaluate(
        """() => {
          const probe = document.createElement("span");
          probe.textContent = "MMMMMMMM";
          probe.style.cssText = 'position: absolute; font: 16px "Breathe 64", monospace';
          document.body.append(probe);
          window.widths = new Set();
          const look = () => {
            window.widths.add(probe.getBoundingClientRect().width);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    old = page.evaluate("document.querySelector('link[rel=stylesheet]').href")
    with edited(dev.root / "site_src/styles/main.css", "* {", "h1 { outline: 3px solid }\n* {"):
        sheets = "[...document.querySelectorAll('link[rel=stylesheet]')].map((l) => l.href)"
        until(page, f"!{sheets}.includes('{old}')")
        page.wait_for_timeout(300)
        assert page.evaluate("[...window.widths]") == [128.0]


def test_corners_move_the_glass_at_once_and_the_track_follows(page: Page, dev: Dev) -> None:
    seated(page, dev)
    builds = dev.builds()
    place = "document.querySelector('#screen').getBoundingClientRect().left"
    before = page.evaluate(place)
    with edited(dev.scene, "[0.3, 0.26]", "[0.26, 0.26]"):
        until(page, f"{place} < {before} - 20")
        assert unreloaded(page)
        wait_for(lambda: dev.builds() >= builds + 2, "the build on the new track", 240)
        expect(page.locator("#breathe-state")).to_have_count(0, timeout=PATIENCE_MS)
    until(page, f"Math.abs({place} - {before}) < 15")


def test_boot_text_news_and_numbers_show_without_a_reload(page: Page, dev: Dev) -> None:
    seated(page, dev)
    data = "JSON.parse(document.querySelector('#scene').textContent)"
    with edited(dev.scene, "baud = 2400", "baud = 9600"):
        until(page, f"{data}.computer.baud === 9600")
    feed = dev.root / "site_src/news/sample.xml"
    with edited(feed, "<item>\n<title>", "<item>\n<title>Fresh "):
        until(page, "document.querySelector('#news').textContent.includes('Fresh ')")
    text = min((dev.root / "site_src/text").glob("*.txt"))
    before = text.read_text()
    with edited(text, before, before + "\nAN EXTRA LINE\n"):
        until(page, f"JSON.stringify({data}.text).includes('AN EXTRA LINE')")
    assert unreloaded(page)


def test_a_module_reloads_the_page_and_comes_back_to_the_place(page: Page, dev: Dev) -> None:
    seated(page, dev)
    with edited(dev.root / "site_src/runtime/phases.js", "/**", "/* edited */\n/**"):
        until(page, "window.mark !== 1")
        page.wait_for_selector('[data-phase="bbs"] #glass:not([hidden])')
        page.evaluate("window.mark = 1")
    until(page, "window.mark !== 1")


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("site_src/scene.toml", "fps = 16", "fpz = 16", ["scene.toml:", "did you mean fps?"]),
        ("site_src/scene.toml", "[room]", "[room", ["scene.toml:", "[room"]),
        ("templates/index.html.j2", "<main>", "<main>{% if %}", ["index.html.j2:", "Expected"]),
        ("templates/index.html.j2", "<main>", "<main>{{ page.nothing }}", ["nothing"]),
        ("site_src/runtime/main.js", "async function wake", "async func wake", ["main.js:"]),
        ("site_src/runtime/layout.js", "export function pictureRect",
         "export function pictureWrecked", ["pictureRect"]),
        ("site_src/news/sample.xml", "<rss", "<garbage", ["sample.xml"]),
    ],
)  # fmt: skip
def test_an_error_shows_over_the_last_good_page_and_goes_when_mended(
    page: Page, dev: Dev, file: str, old: str, new: str, words: list[str]
) -> None:
    seated(page, dev)
    problem = page.locator("#breathe-problem")
    with edited(dev.root / file, old, new):
        for word in words:
            expect(problem).to_contain_text(word, timeout=PATIENCE_MS)
        assert unreloaded(page), "the last good page stays"
    expect(problem).to_have_count(0, timeout=PATIENCE_MS)


def test_a_broken_picture_is_named_and_the_page_stays(page: Page, dev: Dev) -> None:
    seated(page, dev)
    hero = dev.root / "assets/source/hero.png"
    whole = hero.read_bytes()
    hero.unlink()
    try:
        hero.write_bytes(b"not a picture")
        expect(page.locator("#breathe-problem")).to_contain_text("hero", timeout=60_000)
        assert unreloaded(page)
    finally:
        hero.unlink()
        hero.write_bytes(whole)
    expect(page.locator("#breathe-problem")).to_have_count(0, timeout=PATIENCE_MS)


def test_ten_saves_in_a_second_give_few_builds(page: Page, dev: Dev) -> None:
    seated(page, dev)
    before_text, before = dev.scene.read_text(), dev.builds()
    for k in range(10):
        dev.scene.write_text(before_text.replace("crossfade_s = 0.5", f"crossfade_s = 0.{50 + k}"))
    data = "JSON.parse(document.querySelector('#scene').textContent)"
    until(page, f"{data}.handoff_s === 0.59")
    assert dev.builds() - before < 5
    dev.scene.write_text(before_text)
    until(page, f"{data}.handoff_s === 0.5")


def pick(page: Page, dev: Dev) -> dict[str, float]:
    page.goto(f"{dev.url}?pick")
    page.wait_for_selector("#pick")
    page.wait_for_selector("#picture[data-live]", state="attached")
    box = page.locator("#stage").bounding_box()
    assert box
    return dict(box)


def click_corners(page: Page, box: dict[str, float], slip: float = 0.0) -> None:
    """Click the four corners of the screen, all off by `slip` of the frame."""
    for x, y in CORNERS:
        page.mouse.click(
            box["x"] + (x + slip) * box["width"], box["y"] + (y + slip) * box["height"]
        )


def picked(page: Page) -> list[tuple[float, float]]:
    """The corners as the panel has them, px of the frame."""
    values = [float(v) for v in page.locator(".numbers input").evaluate_all(
        "inputs => inputs.map((input) => input.value)")]  # fmt: skip
    return [(values[k] / 100 * WIDTH_PX, values[k + 1] / 100 * HEIGHT_PX) for k in range(0, 8, 2)]


def test_four_clicks_give_the_corners_within_a_pixel(page: Page, dev: Dev) -> None:
    box = pick(page, dev)
    click_corners(page, box)
    for (x, y), (want_x, want_y) in zip(picked(page), CORNERS, strict=True):
        assert abs(x - want_x * WIDTH_PX) < 1
        assert abs(y - want_y * HEIGHT_PX) < 1
    shown = page.locator("#pick .toml").inner_text()
    assert "[screen]" in shown
    assert "corners = [" in shown
    assert "%" in shown


def test_keys_nudge_by_a_tenth_of_a_pixel_and_undo_takes_it_back(page: Page, dev: Dev) -> None:
    box = pick(page, dev)
    click_corners(page, box)
    start = picked(page)
    page.keyboard.press("2")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    moved = picked(page)
    assert moved[1][0] - start[1][0] == pytest.approx(0.3, abs=0.02)
    assert moved[1][1] - start[1][1] == pytest.approx(1.0, abs=0.02)
    for _ in range(4):
        page.keyboard.press("Control+z")
    assert picked(page) == start
    page.keyboard.press("Control+Shift+z")
    assert picked(page) != start


def test_keyboard_alone_places_four_corners(page: Page, dev: Dev) -> None:
    pick(page, dev)
    for keys in (
        ["Shift+ArrowLeft"] * 5 + ["Shift+ArrowUp"] * 4,
        ["Shift+ArrowRight"] * 10,
        ["Shift+ArrowDown"] * 6,
        ["Shift+ArrowLeft"] * 10,
    ):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    corners = picked(page)
    assert corners[0] == pytest.approx((120, 16), abs=0.1)
    assert corners[2] == pytest.approx((520, 256), abs=0.1)


def steps_to(page: Page, corner: int, want: tuple[float, float]) -> dict[str, int]:
    """How many steps of 0.1 px each way bring a corner to a place in px of the frame."""
    x, y = picked(page)[corner]
    across, down = round((want[0] - x) * 10), round((want[1] - y) * 10)
    return {
        "Right" if across > 0 else "Left": abs(across),
        "Down" if down > 0 else "Up": abs(down),
    }


def test_a_click_and_arrow_keys_land_within_a_tenth_of_a_pixel(page: Page, dev: Dev) -> None:
    box = pick(page, dev)
    click_corners(page, box, slip=0.004)
    for corner, (x, y) in enumerate(CORNERS):
        want = (x * WIDTH_PX, y * HEIGHT_PX)
        page.keyboard.press(str(corner + 1))
        for way, count in steps_to(page, corner, want).items():
            for _ in range(count):
                page.keyboard.press(f"Arrow{way}")
        assert picked(page)[corner] == pytest.approx(want, abs=0.1)


def test_the_loupe_shows_what_lies_under_the_corner_and_turns(page: Page, dev: Dev) -> None:
    box = pick(page, dev)
    click_corners(page, box)
    seen = "document.querySelector('.loupe').toDataURL()"
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    pictures = [page.evaluate(seen)]
    for way in (-1, 1, 1):
        page.mouse.wheel(0, 100 * way)
        until(page, f"{seen} !== '{pictures[-1]}'")
        pictures.append(page.evaluate(seen))
    assert pictures[2] == pictures[0], "6, 8, 6, 4 times"
    assert len(set(pictures)) == 3


def test_a_finger_places_and_drags(browser: Browser, dev: Dev) -> None:
    context = visitor(
        browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    box = pick(page, dev)
    for x, y in CORNERS:
        page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
    for (x, y), (want_x, want_y) in zip(picked(page), CORNERS, strict=True):
        assert abs(x - want_x * WIDTH_PX) < WIDTH_PX / box["width"]
        assert abs(y - want_y * HEIGHT_PX) < HEIGHT_PX / box["height"]
    want = (CORNERS[3][0] * WIDTH_PX, CORNERS[3][1] * HEIGHT_PX)
    for way, count in steps_to(page, 3, want).items():
        for _ in range(count):
            page.tap(f'[data-command="{way.lower()}"]')
    assert picked(page)[3] == pytest.approx(want, abs=0.1)
    context.close()


def test_a_drag_moves_the_nearest_corner_by_what_the_hand_moves(page: Page, dev: Dev) -> None:
    box = pick(page, dev)
    click_corners(page, box)
    start = picked(page)
    x, y = box["x"] + CORNERS[2][0] * box["width"] + 6, box["y"] + CORNERS[2][1] * box["height"] + 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 5, steps=4)
    page.mouse.up()
    moved = picked(page)
    scale = WIDTH_PX / box["width"]
    assert moved[2][0] - start[2][0] == pytest.approx(10 * scale, abs=0.2)
    assert moved[2][1] - start[2][1] == pytest.approx(5 * scale, abs=0.2)
    assert [moved[k] for k in (0, 1, 3)] == [start[k] for k in (0, 1, 3)]


def test_save_writes_the_scene_with_its_comments_and_the_page_follows(page: Page, dev: Dev) -> None:
    before = dev.scene.read_text()
    box = pick(page, dev)
    click_corners(page, box, slip=0.01)
    try:
        page.click('[data-command="save"]')
        expect(page.locator("#pick .said")).to_contain_text("Saved", timeout=PATIENCE_MS)
        after = dev.scene.read_text()
        comments = [line.split("#", 1)[1] for line in before.splitlines() if "#" in line]
        lost = [text for text in comments if text not in after]
        assert all("tube" in text or "as the mask" in text for text in lost), lost
        assert parse_scene(after).screen.corners[0] == pytest.approx((0.31, 0.27), abs=1e-3)
        assert (dev.root / ".breathe/scene.toml.backup").read_text() == before
    finally:
        dev.scene.write_text(before)


def tracked(dev: Dev, scene: Scene) -> bool:
    """Whether the loop's track was made with the corrections that `scene` has."""
    wanted = [list(map(list, key.offset_px)) for key in scene.track.adjust]
    lock = json.loads((dev.root / "assets/baked.lock").read_text())
    made = lock["stages"]["track:ambient"]["params"]["adjust"]
    return bool(wanted == [key["offset_px"] for key in made] and not dev.state()["stale"])


def test_a_correction_moves_the_track_by_what_was_asked(page: Page, dev: Dev) -> None:
    before = dev.scene.read_text()
    pick(page, dev)
    page.click('[data-command="track"]')
    for _ in range(4):
        page.click('[data-command="next frame"]')
    until(page, "document.querySelector('.film output').textContent.startsWith('4 ')")
    start = picked(page)
    page.locator(".pick-layer").focus()
    page.keyboard.press("3")
    try:
        for asked_px in (2, 3):  # the second corrects what the first has left
            for _ in range(asked_px):
                page.keyboard.press("Shift+ArrowRight")
            moved = picked(page)
            page.click('[data-command="save"]')
            expect(page.locator("#pick .said")).to_contain_text("Saved", timeout=PATIENCE_MS)
            until(page, "document.querySelector('[data-command=save]').disabled")
            assert picked(page)[2] == pytest.approx(moved[2], abs=0.05)
            scene = dev.scene.read_text()
            wait_for(lambda: tracked(dev, parse_scene(scene)), "the new track")  # noqa: B023
            assert picked(page)[2] == pytest.approx(moved[2], abs=0.05)
            page.locator(".pick-layer").focus()
        (key,) = parse_scene(dev.scene.read_text()).track.adjust
        assert (key.clip, key.frame, key.offset_px[2]) == ("ambient", 4, (5.0, 0.0))
        assert picked(page)[2][0] - start[2][0] == pytest.approx(5, abs=0.1)
        pick(page, dev)
        page.click('[data-command="track"]')
        for _ in range(4):
            page.click('[data-command="next frame"]')
        until(page, "document.querySelector('.film output').textContent.startsWith('4 ')")
        assert picked(page)[2][0] - start[2][0] == pytest.approx(5, abs=0.1)
    finally:
        dev.scene.write_text(before)


def test_two_tabs_follow_the_same_edits_and_the_last_save_stands(page: Page, dev: Dev) -> None:
    before = dev.scene.read_text()
    other = page.context.new_page()
    seated(other, dev)
    try:
        for slip in (0.01, 0.02):
            click_corners(page, pick(page, dev), slip)
            page.click('[data-command="save"]')
            expect(page.locator("#pick .said")).to_contain_text("Saved", timeout=PATIENCE_MS)
            corner = f"[{CORNERS[0][0] + slip:.2f}"
            data = "document.querySelector('#scene').textContent"
            until(other, f"{data}.replaceAll(' ', '').includes('{corner}')")
        assert unreloaded(other)
        with edited(dev.scene, "baud = 2400", "baud = 1200"):
            for tab in (page, other):
                until(tab, "JSON.parse(document.querySelector('#scene').textContent)"
                           ".computer.baud === 1200")  # fmt: skip
        assert parse_scene(dev.scene.read_text()).screen.corners[0] == pytest.approx(
            (CORNERS[0][0] + 0.02, CORNERS[0][1] + 0.02), abs=2e-3
        )
    finally:
        dev.scene.write_text(before)
        other.close()


def test_edges_find_the_corners_of_a_dark_screen(page: Page, dev: Dev) -> None:
    box = pick(page, dev)
    page.click('[data-command="edges"]')
    for k, (x, y) in enumerate(GLASS):
        next_x, next_y = GLASS[(k + 1) % 4]
        for along, slip_px in ((0.15, 1.5), (0.85, -1.5)):
            page.mouse.click(
                box["x"] + (x + along * (next_x - x)) * box["width"] + slip_px,
                box["y"] + (y + along * (next_y - y)) * box["height"] + slip_px,
            )
    until(page, "document.querySelector('.numbers input').value !== ''")
    # Half a px: the clip has been through an encoder, and the clicks were 1.5 px off.
    for (x, y), (want_x, want_y) in zip(picked(page), GLASS, strict=True):
        assert x == pytest.approx(want_x * WIDTH_PX, abs=0.5)
        assert y == pytest.approx(want_y * HEIGHT_PX, abs=0.5)


def test_the_numbers_say_what_the_page_is_doing(page: Page, dev: Dev) -> None:
    seated(page, dev)
    page.keyboard.press("F2")
    page.wait_for_selector("#hud")
    rows = """Object.fromEntries([...document.querySelectorAll("#hud dt")].map(
      (name) => [name.textContent, name.nextSibling.textContent]))"""
    until(page, f"parseInt(({rows})['corner error']) >= 0")
    shown = page.evaluate(rows)
    assert list(shown) == ["phase", "frame", "media time", "stale frames", "corner error",
                           "light now", "track", "bytes loaded", "long tasks"]  # fmt: skip
    assert shown["phase"] == "bbs"
    assert float(shown["corner error"].split(" px")[0]) < 0.15
    assert float(shown["light now"].split(",")[0]) == pytest.approx(1, abs=0.2)
    page.keyboard.press("F2")
    expect(page.locator("#hud")).to_have_count(0)


def test_a_photo_can_be_picked_on_while_its_clips_are_made(
    browser: Browser, tmp_path: Path
) -> None:
    context = visitor(browser)
    page = context.new_page()
    with running(make_small_room(tmp_path / "room"), tmp_path / "dev.log") as new:
        assert new.state()["stale"], "this is a draft"
        box = pick(page, new)
        click_corners(page, box)
        page.evaluate("window.mark = 1")
        corners = picked(page)
        expect(page.locator("#breathe-state")).to_be_visible()
        wait_for(lambda: not (new.state()["stale"] or new.state()["doing"]), "the clips", 300)
        until(page, "document.querySelector('.film output').textContent === '0 of 7'")
        assert unreloaded(page)
        assert picked(page) == corners
        page.click('[data-command="save"]')
        expect(page.locator("#pick .said")).to_contain_text("Saved")
    context.close()
