"""Addresses of stories: which of two are one, which parameters only track, which is ours for good.

>>> canonical_url("http://www.n.example/a/?utm_source=rss#top")
'//n.example/a'
>>> without_tracking("https://n.example/?id=7&utm_source=rss&fbclid=x#xtor=RSS-1")
'https://n.example/?id=7'
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from generator.news.feed import Story

# Say where a reader came from, not what they read, whoever's site it is.
_TRACKING = re.compile(
    r"(?:utm|pk|mtm|piwik|matomo|hsa|at)_\w+|(?:fb|g|dc|y|tw|ttc|msc|wb|gb|s)?clid|msclkid|[gw]braid"
    r"|gclsrc|igshid|igsh|mc_[ce]id|_hs(?:enc|mi)|mkt_tok|ref_src|cmpid|icid|ocid|s_cid|xtor"
    r"|oly_(?:anon|enc)_id|vero_id|wickedid|__twitter_impression|guccounter|guce_\w+|ns_\w+|wt_mc(?:_\w+)?",
    re.IGNORECASE,
)
_IS_URI = re.compile(r"https?://|tag:|urn:")


def canonical_url(url: str) -> str:
    """`url` as a key: no scheme, `www.`, fragment, tracking parameters or trailing slash."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removeprefix("www.").removesuffix(":80").removesuffix(":443")
    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0] != "ref" and not _TRACKING.fullmatch(pair[0])
    ]
    return urlunsplit(("", host, parts.path.rstrip("/"), urlencode(sorted(query)), ""))


def without_tracking(url: str) -> str:
    """`url` without the parameters of known trackers; the others stay as they are."""
    parts = urlsplit(url)
    query, fragment = (_untracked(part) for part in (parts.query, parts.fragment))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment))


def _untracked(query: str) -> str:
    pairs = re.split(r"([&;])", query)
    kept = [
        (pairs[at - 1] if at else "", pair)
        for at, pair in enumerate(pairs)
        if at % 2 == 0 and not ("=" in pair and _TRACKING.fullmatch(pair.partition("=")[0]))
    ]
    return "".join(sign + pair for sign, pair in kept).lstrip("&;")


def is_uri(identity: str) -> bool:
    """Whether an id is one in all the world, and not only in its feed."""
    return _IS_URI.match(identity) is not None


def day_of(story: Story) -> str:
    """The day that a story came out, in UTC; "" when nobody knows."""
    return story.published.date().isoformat() if story.published else ""


def with_addresses(stories: Sequence[Story], feed: str) -> list[Story]:
    """`stories`, all of one feed, each with its permanent address on the page.

    It is made of the first of id, link, and title and day that no other story of the feed shares:
    what an update leaves alone. `feed`: its name, for ids that are its own.
    """
    marks = [_marks(story, feed) for story in stories]
    counts = Counter(mark for row in marks for mark in row)
    return [
        story
        if story.address
        else replace(story, address=_address(next((m for m in row if counts[m] == 1), str(row))))
        for story, row in zip(stories, marks, strict=True)
    ]


def _marks(story: Story, feed: str) -> list[str]:
    marks = []
    if story.id != story.url and not story.id.startswith("sha256:"):
        marks.append(story.id if is_uri(story.id) else f"{feed}\n{story.id}")
    if story.url:
        marks.append(canonical_url(story.url))
    marks.append(f"{feed}\n{story.title}\n{day_of(story)}")
    return marks


def _address(mark: str) -> str:
    """`story-` and ten letters and digits, which are never digits alone, as a number is."""
    digest = base64.b32encode(hashlib.sha256(mark.encode()).digest()).decode().lower()
    return f"story-{next(digest[at:] for at in range(8) if digest[at].isalpha())[:10]}"
