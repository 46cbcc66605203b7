"""How the time to read foreign text grows with its length, and what a feed of ordinary size costs.

The ratio beside each kind of garbage is time for eight times the length over time for one: about 8
for a linear reader, 64 for a quadratic one. The standard library's HTML parser on Python 3.11 is
the baseline where it gets through at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from html.parser import HTMLParser

from generator.news.markup import visible_text
from generator.news.parse import parse_feed

SIZE = 1_500
GARBAGE = ("<p>words <b>and</b> more", "<a ", "<!--", "<![", "<a b='", "<script>", "&#x", "</")
STORY = (
    "<item><title>Story {n}</title><link>https://n.example/{n}</link><description>"
    "<![CDATA[" + "<p>Some words in a paragraph.</p>" * 20 + "]]></description></item>"
)


def main() -> None:
    """Print two tables."""
    print(f"{'garbage':<28}{'ours, ms':>10}{'x8':>7}{'stdlib, ms':>12}{'x8':>7}")
    for piece in GARBAGE:
        cells = [*_growth(visible_text, piece), *_growth(_standard_library, piece)]
        print(f"{piece!r:<28}{cells[0]:>10}{cells[1]:>7}{cells[2]:>12}{cells[3]:>7}")
    body = "".join(STORY.format(n=n) for n in range(100))
    feed = f"<rss version='2.0'><channel><title>T</title>{body}</channel></rss>".encode()
    parse_feed(feed, name="warm")
    whole_s = _seconds(lambda: parse_feed(feed, name="feed"))
    print(f"a feed of 100 stories, {len(feed) / 1000:.0f} kB: {whole_s * 1000:.0f} ms")


def _growth(read: Callable[[str], object], piece: str) -> tuple[str, str]:
    try:
        short_s, long_s = (
            min(_seconds(lambda size=size: read(piece * (size // len(piece)))) for _ in range(3))
            for size in (SIZE, 8 * SIZE)
        )
    except AssertionError:
        return "raises", "-"
    return f"{long_s * 1000:.1f}", f"{long_s / short_s:.0f}"


def _standard_library(text: str) -> None:
    parser = HTMLParser()
    parser.feed(text)
    parser.close()


def _seconds(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


if __name__ == "__main__":
    main()
