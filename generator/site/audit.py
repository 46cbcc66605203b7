"""Look over a built page's markup as far as that is possible without a browser.

Finds what breaks silently for those who cannot see the page: pictures without words, controls
without a name, ids that stand twice, missing landmarks. What needs a browser (contrast, focus
order) is held by the tests; references to missing files are `references`' part.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: on which line of the page, and what, in words."""

    line: int
    what: str


def audit_markup(text: str) -> list[Finding]:
    """Findings in one page's HTML, in the order of the page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    findings = list(reader.findings)
    findings += [
        Finding(1, f"the page has no <{tag}>")
        for tag in ("title", "main", "h1")
        if tag not in reader.seen
    ]
    if not reader.lang:
        findings.append(Finding(1, "<html> has no lang"))
    return sorted(findings, key=lambda finding: finding.line)


@dataclass
class _Control:
    tag: str
    line: int
    named: bool


class _Reader(HTMLParser):
    """Collects unnamed controls and doubled ids in one pass."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.findings: list[Finding] = []
        self.seen: set[str] = set()
        self.lang = ""
        self._ids: set[str] = set()
        self._open: list[_Control] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element is called."""
        line, values = self.getpos()[0], {name: value or "" for name, value in attrs}
        self.seen.add(tag)
        if tag == "html":
            self.lang = values.get("lang", "")
        if "id" in values:
            if values["id"] in self._ids:
                self.findings.append(Finding(line, f'the id "{values["id"]}" stands twice'))
            self._ids.add(values["id"])
        if tag == "img" and "alt" not in values:
            self.findings.append(Finding(line, f"the picture {values.get('src', '')} has no alt"))
        if tag in ("a", "button"):
            named = any(values.get(name) for name in ("aria-label", "aria-labelledby", "title"))
            self._open.append(_Control(tag, line, named))
        elif tag == "img" and self._open and values.get("alt"):
            self._open[-1].named = True

    def handle_data(self, data: str) -> None:
        """Text inside a control names it."""
        if self._open and data.strip():
            self._open[-1].named = True

    def handle_endtag(self, tag: str) -> None:
        """A control ends: it must have had a name."""
        if self._open and self._open[-1].tag == tag:
            control = self._open.pop()
            if not control.named:
                self.findings.append(Finding(control.line, f"a <{tag}> has no name to read out"))
