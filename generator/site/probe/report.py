"""All questions, put to one address.

The copy's own `manifest.json` says what to expect of it; a few things are expected of every copy,
whatever it says.

    report = probe("https://example.org/nostalgia/", HttpClient(), now_s=time.time())
    report.passed
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from generator.engine.ports import Fetcher
from generator.errors import BuildError
from generator.site.manifest import MANIFEST, parse_manifest
from generator.site.probe.copy import DeployedCopy, ask
from generator.site.probe.questions import QUESTIONS, Finding

_PLAIN = {"Accept-Encoding": "identity"}


@dataclass(frozen=True)
class ProbeReport:
    """All findings on one copy."""

    url: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed; warnings pass."""
        return all(finding.status != "fail" for finding in self.findings)


def probe(url: str, client: Fetcher, *, now_s: float) -> ProbeReport:
    """Ask the copy at `url` everything. Raises RemoteError when the host cannot be reached.

    `now_s`: Unix seconds.
    """

    def failed(name: str, evidence: str, fix: str) -> ProbeReport:
        return ProbeReport(url, (Finding(name, "fail", evidence, fix),))

    page = ask(client, url, _PLAIN)
    if page.status != 200:
        return failed("page", f"{page.url}: status {page.status}", "deploy the bundle")
    base = _folder(page.url)
    listing_url = urljoin(base, MANIFEST)
    listing = ask(client, listing_url, _PLAIN)
    if listing.status != 200:
        fix = "give the address of the room itself; is it that? Upload manifest.json with the rest"
        return failed("manifest", f"{listing_url}: status {listing.status}", fix)
    try:
        manifest = parse_manifest(listing.body)
    except BuildError as exc:
        fix = "upload manifest.json with the rest: without it nothing can be compared"
        return failed("manifest", f"{listing_url}: {exc.got}", fix)
    copy = DeployedCopy(base, manifest, {}, client, now_s)
    for entry in manifest.files:
        copy.replies[entry.path] = copy.ask(entry.path, Accept_Encoding="identity")
    copy.replies[""] = page
    return ProbeReport(url, tuple(question.finding(copy) for question in QUESTIONS))


def _folder(url: str) -> str:
    path = urlsplit(url).path
    last = path.rpartition("/")[2]
    if last and not last.endswith(".html"):
        path += "/"
    return urljoin(url, path.rpartition("/")[0] + "/")
