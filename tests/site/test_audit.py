"""The markup audit finds what a screen reader would stumble over, and nothing else."""

from __future__ import annotations

import pytest

from generator.site.audit import audit_markup

GOOD = """<!doctype html><html lang="en"><head><title>Room</title></head><body><main>
<h1>Room</h1><img src="a.jpg" alt=""><a href="#x">read</a><button aria-label="Mute"></button>
<a href="/"><img src="b.jpg" alt="Home"></a></main></body></html>"""


def test_a_sound_page_has_no_findings() -> None:
    assert audit_markup(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (' alt=""', "", "has no alt"),
        (">read<", "><", "a <a> has no name"),
        (' aria-label="Mute"', "", "a <button> has no name"),
        (' lang="en"', "", "no lang"),
        ("<title>Room</title>", "", "no <title>"),
        ("h1>", "h2>", "no <h1>"),
        ("<main>", '<main id="a"><p id="a">', 'id "a" stands twice'),
        ('alt="Home"', 'alt=""', "a <a> has no name"),
    ],
)
def test_each_fault_is_found(before: str, after: str, words: str) -> None:
    findings = audit_markup(GOOD.replace(before, after))
    assert [f for f in findings if words in f.what], findings
    assert len(findings) == 1
