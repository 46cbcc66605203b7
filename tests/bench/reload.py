"""From a save to the change in a browser: ours, beside Eleventy's dev server and Vite.

Each of them serves a page to the same Chromium. A file is written; the page itself notes the moment
at which the new value is there, in the frame that shows it. What is compared with what:

    style      a rule changes its value             no reload in any of the three
    text       data of the page changes             Eleventy swaps HTML, Vite a JSON module
    template   the page's markup changes            a reload, or Eleventy's swap
    module     the script changes                   a reload
    corners    the text area moves on the picture   only ours has any; tracks are made meanwhile

The two are installed by npm into a temporary folder, once a run; without npm only ours is measured.
A run takes about six minutes; `BREATHE_BENCH_KINDS=style,text` measures just those,
`BREATHE_BENCH_SAVES=20` with fewer saves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.chromium import ARGUMENTS, executable
from tests.server.conftest import running, wait_for
from tests.server.drawn_room import make_drawn_room

SAVES = int(os.environ.get("BREATHE_BENCH_SAVES", "50"))
KINDS = ("style", "text", "template", "module", "corners")
PAUSE_S = 0.25
MOVED_PX = 30
"""Corners have moved when the text area has, by more than the clip's own breath."""
TARGET_MS = (100, 250)
PACKAGES = ("@11ty/eleventy@3", "vite@7")
# Notes when each probe first had the value that it has: {name: [value, Unix ms]}.
WATCH = """
  const probes = {
    style: () => getComputedStyle(document.querySelector("h1")).outlineOffset,
    corners: () => document.querySelector("#screen")?.getBoundingClientRect().left,
    text: () => /BENCH-?[0-9]+/.exec(document.querySelector("#screen, #data")?.textContent)?.[0],
    template: () => document.querySelector("main")?.dataset.bench,
    module: () => document.documentElement.dataset.module,
  };
  window.seen = {};
  const look = () => {
    for (const [name, probe] of Object.entries(probes)) {
      let value = null;
      try { value = probe() ?? null; } catch { /* not there yet */ }
      const old = window.seen[name]?.[0];
      const isNumber = typeof value === "number";
      if (value !== null && (isNumber ? !(Math.abs(value - old) <= MOVED_PX) : value !== old)) {
        window.seen[name] = [value, performance.timeOrigin + performance.now()];
      }
    }
    requestAnimationFrame(look);
  };
  look();
""".replace("MOVED_PX", str(MOVED_PX))

Edit = Callable[[int], str]


@dataclass(frozen=True)
class Change:
    """One kind of edit: the file, its content for the n-th save, and what the page then shows.

    `shows`: the probe's value after the n-th save; None where any new value will do.
    """

    probe: str
    path: Path
    content: Edit
    shows: Callable[[int], str] | None


@dataclass(frozen=True)
class Served:
    """A page to edit."""

    name: str
    url: str
    changes: tuple[Change, ...]
    settled: Callable[[], bool] = lambda: True
    """Whether no work goes on in the background."""


def main() -> None:
    """Measure and print."""
    kinds = os.environ.get("BREATHE_BENCH_KINDS", ",".join(KINDS)).split(",")
    print(f"{SAVES} saves each, ms; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'change':<10}{'server':<10}{'p50':>6}{'p95':>6}{'worst':>7}{'x ours':>8}  reloads")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=executable(), args=ARGUMENTS)
        stack.callback(browser.close)
        servers = [stack.enter_context(serve(folder)) for serve in (_ours, _eleventy, _vite)]
        for kind in kinds:
            ours = 0.0
            for served in filter(None, servers):
                for change in (change for change in served.changes if change.probe == kind):
                    times, reloads = _measured(browser, served, change)
                    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
                    ours = ours or p50
                    print(
                        f"{kind:<10}{served.name:<10}{p50:>6.0f}{p95:>6.0f}{max(times):>7.0f}"
                        f"{p50 / ours:>8.2f}  {reloads} of {SAVES}",
                        flush=True,
                    )
    print(f"target for what needs no reload: p50 <= {TARGET_MS[0]}, p95 <= {TARGET_MS[1]} ms")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def _measured(browser: Browser, served: Served, change: Change) -> tuple[list[float], int]:
    """One kind of change on a page of its own, so that no other page is at work meanwhile."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(served.url)
        page.wait_for_timeout(1500)  # until it has settled down
        return _measure(page, served, change)
    finally:
        context.close()


def _measure(page: Page, served: Served, change: Change) -> tuple[list[float], int]:
    """Milliseconds from each save to its showing, and how often the page was loaded anew."""
    wait_for(served.settled, f"{served.name} to come to rest", 600)
    before = change.path.read_text()
    times, reloads = [], 0
    for number in range(SAVES + 1):
        _value(page, change.probe)
        page.wait_for_timeout(1000 * PAUSE_S)
        page.evaluate("window.kept = true")
        old = _value(page, change.probe)
        wanted = change.shows and change.shows(number)
        text = change.content(number)
        start_ms = time.time() * 1000
        change.path.write_text(text)

        def shown(wanted: str | None = wanted, old: str | None = old) -> str | None:
            value = _value(page, change.probe)
            return value if value and (value == wanted if wanted else value != old) else None

        wait_for(shown, f"{served.name} to show {change.probe} {number}")
        if number:  # the first warms up
            times.append(_ask(page, f"window.seen.{change.probe}[1]") - start_ms)
            reloads += not _ask(page, "Boolean(window.kept)")
    change.path.write_text(before)
    return times, reloads


def _value(page: Page, probe: str) -> str | None:
    found = _ask(page, f"window.seen?.{probe}?.[0] ?? null")
    return None if found is None else str(found)


def _ask(page: Page, expression: str) -> Any:
    """A page that is being replaced answers nothing; then it is asked again."""
    for _ in range(100):
        try:
            return page.evaluate(f"() => {expression}")
        except PlaywrightError:
            time.sleep(0.01)
    raise AssertionError(f"the page never said {expression}")


@contextmanager
def _ours(folder: Path) -> Iterator[Served]:
    root = make_drawn_room(folder / "room")
    scene = (root / "site_src/scene.toml").read_text()
    style = (root / "site_src/styles/main.css").read_text()
    module = (root / "site_src/runtime/main.js").read_text()
    template = (root / "templates/index.html.j2").read_text()
    first = re.search(r"\[0\.3, 0\.26\]", scene)
    assert first, "the scene's first corner"
    with running(root, folder / "dev.log") as dev:

        def settled() -> bool:
            state = dev.state()
            return not state["doing"] and not state["stale"]

        yield Served(
            "breathe",
            f"{dev.url}?at=bbs#bulletin",
            (
                Change("style", root / "site_src/styles/main.css",
                       lambda n: f"{style}\nh1 {{ outline-offset: {n + 1}px }}\n",
                       lambda n: f"{n + 1}px"),
                Change("text", root / "site_src/text/bulletin.txt",
                       lambda n: f"{{white}} BENCH-{n}\n", lambda n: f"BENCH-{n}"),
                Change("template", root / "templates/index.html.j2",
                       lambda n: template.replace("<main>", f'<main data-bench="{n}">'), str),
                Change("module", root / "site_src/runtime/main.js",
                       lambda n: f"{module}\ndocument.documentElement.dataset.module = {n};\n",
                       str),
                Change("corners", root / "site_src/scene.toml",
                       lambda n: scene.replace(first[0], f"[{0.26 - 0.06 * (n % 2)}, 0.26]"), None),
            ),
            settled,
        )  # fmt: skip


PAGE = """<!doctype html><html lang="en"><head><title>Room</title>{head}</head>
<body><main data-bench="{bench}"><h1>Room</h1><p id="data">{data}</p>{filler}</main></body></html>
"""
FILLER = "".join(f"<article><h2>Story {k}</h2><p>{'words ' * 40}</p></article>" for k in range(40))


@contextmanager
def _eleventy(folder: Path) -> Iterator[Served | None]:
    site = folder / "eleventy"
    binary = _npm(site, "eleventy")
    if binary is None:
        yield None
        return
    (site / "_data").mkdir()
    (site / "_data/room.json").write_text('{"text": "BENCH-0"}')
    (site / "style.css").write_text("h1 { outline-offset: 0 }\n")
    (site / "main.js").write_text("document.documentElement.dataset.module = 0;\n")
    (site / "eleventy.config.js").write_text(
        "module.exports = (c) => { c.addPassthroughCopy('*.css'); c.addPassthroughCopy('main.js'); "
        "c.setServerPassthroughCopyBehavior('passthrough'); };\n"
    )
    head = '<link rel="stylesheet" href="/style.css"><script type="module" src="/main.js"></script>'

    def html(bench: int) -> str:
        return PAGE.format(head=head, bench=bench, data="{{ room.text }}", filler=FILLER)

    (site / "index.njk").write_text(html(0))
    with _server(
        [str(binary), "--serve", "--port=8471", "--quiet"], site, r"http://localhost:\d+/"
    ) as url:
        yield Served("eleventy", url, _changes(
            site / "style.css", site / "_data/room.json", site / "index.njk", site / "main.js",
            html,
            lambda n: f"document.documentElement.dataset.module = {n};\n",
        ))  # fmt: skip


@contextmanager
def _vite(folder: Path) -> Iterator[Served | None]:
    site = folder / "vite"
    binary = _npm(site, "vite")
    if binary is None:
        yield None
        return
    (site / "room.json").write_text('{"text": "BENCH-0"}')
    (site / "style.css").write_text("h1 { outline-offset: 0 }\n")
    show = "(room) => { document.querySelector('#data').textContent = room.text; }"

    def module(number: int) -> str:
        return (
            "import './style.css';\nimport room from './room.json';\n"
            f"const show = {show};\nshow(room);\n"
            "import.meta.hot?.accept('./room.json', (fresh) => show(fresh.default));\n"
            f"document.documentElement.dataset.module = {number};\n"
        )

    def html(bench: int) -> str:
        head = '<script type="module" src="/main.js"></script>'
        return PAGE.format(head=head, bench=bench, data="", filler=FILLER)

    (site / "main.js").write_text(module(0))
    (site / "index.html").write_text(html(0))
    with _server([str(binary), "--port", "8472"], site, r"http://localhost:\d+/") as url:
        yield Served("vite", url, _changes(
            site / "style.css", site / "room.json", site / "index.html", site / "main.js",
            html, module,
        ))  # fmt: skip


def _changes(
    style: Path, data: Path, page: Path, script: Path, html: Edit, module: Edit
) -> tuple[Change, ...]:
    """The edits of a plain site. Its numbers go on from 1, so that each save is a change."""
    return (
        Change("style", style, lambda n: f"h1 {{ outline-offset: {n + 1}px }}\n",
               lambda n: f"{n + 1}px"),
        Change("text", data, lambda n: json.dumps({"text": f"BENCH-{n + 1}"}),
               lambda n: f"BENCH-{n + 1}"),
        Change("template", page, lambda n: html(n + 1), lambda n: str(n + 1)),
        Change("module", script, lambda n: module(n + 1), lambda n: str(n + 1)),
    )  # fmt: skip


def _npm(site: Path, program: str) -> Path | None:
    """`program` as npm installs it for `site`; the packages are fetched once."""
    site.mkdir()
    home = site.parent / "npm"
    binary = home / "node_modules/.bin" / program
    if not home.exists() and shutil.which("npm"):
        home.mkdir()
        (home / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES],
            cwd=home,
            check=False,
        )
    if not binary.exists():
        print(f"{program:<12}not installed: npm or its registry is out of reach")
        return None
    (site / "node_modules").symlink_to(home / "node_modules")
    return binary


@contextmanager
def _server(command: list[str], site: Path, url: str) -> Iterator[str]:
    """Run a dev server; its own words say where it is."""
    log = site.parent / f"{site.name}.log"
    environment = {**os.environ, "NO_COLOR": "1"}
    with (
        log.open("w") as out,
        subprocess.Popen(command, cwd=site, stdout=out, stderr=out, env=environment) as process,
    ):
        try:
            yield wait_for(
                lambda: (m := re.search(url, log.read_text())) and m[0], f"{command[0]}; see {log}"
            )
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
