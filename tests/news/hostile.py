"""Feeds as strangers, attackers and broken programs serve them, and what must become of each.

A case either yields stories (`titles`, exact and in order) or an error (`error`, a pattern). In no
case may `FORBIDDEN` stand anywhere in what is published.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.feed_server import Answer, Behaviour, server_of

FORBIDDEN = ("pwned", "root:", "LAUGH")
GOOD_DATE = "Sat, 11 Jul 2026 10:00:00 GMT"


@dataclass(frozen=True)
class Case:
    """`url`: of the first story, "" for none; None leaves it unchecked. `text`: its content.

    Only what is meant to be too slow has a short `timeout_s`: a busy machine is no attack.
    """

    name: str
    answer: Behaviour
    titles: tuple[str, ...] = ("Fine",)
    error: str = ""
    url: str | None = None
    text: str | None = None
    timeout_s: float = 30.0


def rss(items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', tail: str = "") -> bytes:
    """An RSS feed of raw `items`."""
    return (
        f'{head}<rss version="2.0"><channel><title>Hostile</title>'
        f"<link>https://news.example/</link>{items}</channel></rss>{tail}"
    ).encode("utf-8", errors="surrogatepass")


def item(
    title: str = "Fine",
    link: str = "https://news.example/a",
    body: str = "",
    more: str = f"<guid>g1</guid><pubDate>{GOOD_DATE}</pubDate>",
) -> str:
    """One raw item; `body` goes into a CDATA section."""
    return (
        f"<item><title>{title}</title><link>{link}</link>{more}"
        f"<description><![CDATA[{body}]]></description></item>"
    )


def _trapped(make: Callable[[str], Behaviour]) -> Behaviour:
    """An answer made with an address of the same server that nobody may ask for."""
    return lambda handler: make(server_of(handler).url("/trap"))(handler)


def _body(name: str, body: str, text: str) -> Case:
    return Case(name, Answer(rss(item(body=body))), text=text)


def _link(name: str, link: str, url: str) -> Case:
    return Case(name, Answer(rss(item(link=link))), url=url)


def _title(name: str, title: str, shown: str) -> Case:
    return Case(name, Answer(rss(item(title))), (shown,))


def _json(name: str, document: object, *titles: str, url: str | None = None) -> Case:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Case(name, Answer(body, "application/feed+json"), titles, url=url)


def _no_feed(name: str, body: bytes, error: str, content_type: str = "text/html") -> Case:
    return Case(name, Answer(body, content_type), (), error)


def _encoded(name: str, body: bytes, content_type: str, *titles: str) -> Case:
    return Case(name, Answer(body, content_type), titles)


MARKUP = [
    _body("script", "a<script>pwned()</script>b", "ab"),
    _body("script, upper case and attributes", "a<SCRIPT SRC=//x/pwned>pwned()</SCRIPT >b", "ab"),
    _body("script left open", "a<script>pwned()", "a"),
    _body("script in a script", "a<scr<script>ipt>x()</script>b", "aipt>x()b"),
    _body("style", "a<style>@import 'pwned'</style>b", "ab"),
    _body("event handler", "a<img src=x onerror=pwned()>b", "ab"),
    _body("event handler behind a slash", "a<svg/onload=pwned()>b</svg>c", "ac"),
    _body("handler in a quoted attribute", "<p title='>' onclick='pwned()'>a</p>", "a"),
    _body(
        "frame with a document", "a<iframe srcdoc='<script>pwned()</script>'>pwned</iframe>b", "ab"
    ),
    _body("object and embed", "a<object data=pwned>pwned</object><embed src=pwned>b", "ab"),
    _body("form", "<form action=//pwned><input value=pwned><button>Go</button></form>", "Go"),
    _body(
        "meta refresh and base",
        "<meta http-equiv=refresh content='0;pwned'><base href=//pwned>a",
        "a",
    ),
    _body("template", "a<template><img onerror=pwned()>pwned</template>b", "ab"),
    _body("noscript", "a<noscript><p title='</noscript><img onerror=pwned()>'>b", "a'>b"),
    _body("mutation through math", "a<math><mtext><mglyph><style>pwned</style></math>b", "ab"),
    _body("mutation through title", "a<title>pwned</title>b", "ab"),
    _body("comment left open", "a<!-- pwned", "a"),
    _body("conditional comment", "a<!--[if IE]>pwned<![endif]-->b", "ab"),
    _body("tag left open", "a<img src='pwned", "a"),
    _body("link in the text", "<a href='javascript:pwned()'>read</a>", "read"),
    _body("processing instruction", "a<?php pwned() ?>b", "ab"),
    _body("escaped markup is text", "a &lt;b&gt; c", "a <b> c"),
    _body("paragraphs and lists", "<p>a</p><ul><li>b<li>c</ul>d<br>e", "a\n\n- b\n- c\n\nd\ne"),
    _body("ten thousand open tags", "<div>" * 10_000 + "a", "a"),
    _body("a hundred less-than signs", "a " + "< " * 100, "a" + " <" * 100),
]
TITLES = [
    _title("escaped script in a title", "Fine&lt;script&gt;pwned()&lt;/script&gt;", "Fine"),
    _title("twice escaped", "A &amp;amp; B", "A & B"),
    _title("bidi override", "Fine\u202etxt.exe\u202c", "Finetxt.exe"),
    _title("bidi isolate and marks", "\u2066Fi\u200fne\u2069", "Fine"),
    _title(
        "hidden tag characters", "Fine" + "".join(chr(0xE0000 + ord(c)) for c in "pwned"), "Fine"
    ),
    _title("zero-width space and byte order mark", "Fi\u200bne\ufeff", "Fine"),
    _title(
        "joined emoji stay joined",
        "\U0001f469\u200d\U0001f52c Fine",
        "\U0001f469\u200d\U0001f52c Fine",
    ),
    _title(
        "a tower of marks", "Fine" + "\u0301\u0302\u0303\u0304" * 50, "Fin\u00e9\u0302\u0303\u0304"
    ),
    _title("terminal escapes", "Fine\x1b[2J\x07", "Fine[2J"),
    _title("terminal escapes as references", "Fine&#27;[2J&#x7f;", "Fine[2J"),
    _title("null byte", "Fi\0ne", "Fine"),
    _title("half a surrogate pair", "Fine&#xD800;", "Fine"),
    _title("beyond Unicode", "Fine&#x110000;&#99999999999;", "Fine"),
    _title("line breaks", "Fine\n\u2028\u2029words", "Fine words"),
    _title("private and never-characters", "Fine\ue000\ufdd0\uffff", "Fine"),
    _title("huge", "Fine " + "words " * 100_000, "Fine " + "words " * 31 + "words…"),
    _title("none", "", "https://news.example/a"),
    _title("nothing but spaces", " \u3000\u00a0 ", "https://news.example/a"),
]
LINKS = [
    _link("javascript", "javascript:pwned()", ""),
    _link("javascript, upper case", "JaVaScRiPt:pwned()", ""),
    _link("javascript with a newline in it", "java\nscript:pwned()", ""),
    _link("javascript with a tab reference", "java&#9;script:pwned()", ""),
    _link("javascript behind a control character", "&#1;javascript:pwned()", ""),
    _link("data", "data:text/html,pwned", ""),
    _link("vbscript", "vbscript:pwned", ""),
    _link("file", "file:///etc/pwned", ""),
    _link("blob", "blob:https://news.example/pwned", ""),
    _link("user name that looks like a host", "https://bank.example@pwned.example/", ""),
    _link("backslash that looks like a host", "https://bank.example\\@pwned.example/", ""),
    _link(
        "quotes and brackets",
        "https://news.example/a\"'&lt;b&gt;",
        "https://news.example/a%22%27%3Cb%3E",
    ),
    _link("bidi in the path", "https://news.example/\u202egpj", "https://news.example/gpj"),
    _link(
        "international host",
        "https://b\u00fccher.example/\u00e4",
        "https://xn--bcher-kva.example/%C3%A4",
    ),
    _link("relative", "../story?x=1", "https://news.example/story?x=1"),
    _link("relative to the protocol", "//other.example/b", "https://other.example/b"),
    _link("no host", "https:///a", "https://a"),
    _link("broken IPv6 host", "http://[::1/pwned", ""),
    _link("impossible port", "http://news.example:99999/pwned", ""),
    _link("endless", "https://news.example/" + "a" * 100_000, ""),
    _link(
        "mail with headers",
        "mailto:desk@news.example?bcc=pwned@x&amp;body=y",
        "mailto:desk@news.example",
    ),
    _link("telephone", "tel:+15550164", ""),
    Case(
        "javascript as a permanent guid",
        Answer(
            rss("<item><title>Fine</title><guid isPermaLink='true'>javascript:x()</guid></item>")
        ),
        url="",
    ),
]
ITEMS = [
    Case("no items", Answer(rss("")), ()),
    Case("an empty item", Answer(rss("<item></item>" + item())), ("Fine",)),
    Case("no guid, no link, no date", Answer(rss("<item><title>Fine</title></item>")), url=""),
    Case(
        "one guid for all",
        Answer(rss(item("One", "https://news.example/1") + item("Two", "https://news.example/2"))),
        ("One", "Two"),
    ),
    Case("the same story thrice", Answer(rss(item() * 3))),
    Case(
        "four thousand stories",
        Answer(
            rss("".join(item(str(n), f"https://news.example/{n}", more="") for n in range(4_000)))
        ),
        tuple(str(n) for n in range(40)),
    ),
    Case(
        "dates: none, impossible, absurd",
        Answer(
            rss(
                item("None", "https://news.example/1", more="<guid>1</guid>")
                + item(
                    "February",
                    "https://news.example/2",
                    more="<guid>2</guid><pubDate>Mon, 30 Feb 2026 10:00:00 GMT</pubDate>",
                )
                + item(
                    "Year",
                    "https://news.example/3",
                    more="<guid>3</guid><pubDate>1 Jan 99999 00:00:00 GMT</pubDate>",
                )
                + item(
                    "Words",
                    "https://news.example/4",
                    more="<guid>4</guid><pubDate>last Tuesday, I think</pubDate>",
                )
                + item("Dated", "https://news.example/5")
            )
        ),
        ("Dated", "None", "February", "Year", "Words"),
    ),
    Case(
        "a date in the far future",
        Answer(
            rss(
                item(
                    "Later",
                    "https://news.example/1",
                    more="<guid>1</guid><pubDate>Fri, 01 Jan 2999 00:00:00 GMT</pubDate>",
                )
                + item("Now", "https://news.example/2")
            )
        ),
        ("Now", "Later"),
    ),
]
XML = [
    Case(
        "external entity from a file",
        Answer(
            rss(
                item("Fine&x;"),
                '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            )
        ),
    ),
    Case(
        "external entity from the web",
        _trapped(
            lambda trap: Answer(
                rss(
                    item("Fine&x;"),
                    f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{trap}">]>',
                )
            )
        ),
    ),
    Case(
        "external document type",
        _trapped(
            lambda trap: Answer(rss(item(), f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{trap}">'))
        ),
    ),
    Case(
        "parameter entity",
        _trapped(
            lambda trap: Answer(
                rss(
                    item(), f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY % x SYSTEM "{trap}"> %x;]>'
                )
            )
        ),
    ),
    Case(
        "a billion laughs",
        Answer(
            rss(
                item("Fine&j;"),
                '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "LAUGH">'
                + "".join(
                    f'<!ENTITY {b} "{f"&{a};" * 10}">'
                    for a, b in zip("abcdefghi", "bcdefghij", strict=True)
                )
                + "]>",
            )
        ),
        ("Fine&j;",),
    ),
    Case(
        "one long entity many times",
        Answer(rss(item("Fine" + "&a;" * 5000), f'<!DOCTYPE r [<!ENTITY a "{"LAUGH" * 2000}">]>')),
        ("Fine" + "&a;" * 64 + "&a…",),
    ),
    Case(
        "inclusion",
        Answer(
            rss(
                item()
                + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
            )
        ),
    ),
    Case(
        "stylesheet",
        _trapped(
            lambda trap: Answer(
                rss(item(), f'<?xml version="1.0"?><?xml-stylesheet href="{trap}"?>')
            )
        ),
    ),
    Case(
        "cut in the middle",
        Answer(rss(item() + item("Half", "https://news.example/h"))[:-60]),
        ("Fine", "Half"),
    ),
    Case("tags crossed", Answer(rss(item() + "<item><b></item></b>"))),
    Case(
        "nothing left", Answer(rss("<item><title>Fine</titel></item>")), (), "damaged XML with no"
    ),
    Case("ampersands alone", Answer(rss(item("Fine & dandy"))), ("Fine & dandy",)),
    Case("entities of HTML", Answer(rss(item("Fine&nbsp;caf&eacute;"))), ("Fine caf\u00e9",)),
    Case("junk before the declaration", Answer(b"\n\n  " + rss(item()))),
    Case("byte order mark", Answer(b"\xef\xbb\xbf" + rss(item()))),
    Case("markup after the end", Answer(rss(item(), tail="<script>pwned()</script>"))),
]
CHARSETS = [
    _encoded(
        "Latin-1 declared UTF-8",
        rss(item("Caf\u00e9")).decode().encode("latin-1"),
        "application/xml",
        "Caf\u00e9",
    ),
    _encoded(
        "header against declaration",
        rss(item("Caf\u00e9")),
        "application/xml; charset=us-ascii",
        "Caf\u00e9",
    ),
    _encoded(
        "UTF-16 with its mark",
        rss(item("Caf\u00e9"), '<?xml version="1.0" encoding="utf-16"?>').decode().encode("utf-16"),
        "application/xml",
        "Caf\u00e9",
    ),
    _encoded(
        "a charset of nobody's",
        rss(item("Caf\u00e9"), '<?xml version="1.0" encoding="x-pwned"?>'),
        "application/xml; charset=x-none",
        "Caf\u00e9",
    ),
    _encoded(
        "UTF-7 in disguise",
        rss(item("Fine +ADw-script+AD4-")),
        "application/xml",
        "Fine +ADw-script+AD4-",
    ),
    _encoded("a feed called a web page", rss(item()), "text/html", "Fine"),
    _encoded("a feed called a picture", rss(item()), "image/png", "Fine"),
    _encoded("no content type", rss(item()), "", "Fine"),
]
NOT_FEEDS = [
    _no_feed(
        "a web page", b"<!doctype html><html><body><script>pwned()</script>", "got a web page"
    ),
    _no_feed(
        "a web page that has a feed",
        b'<html><head><link rel=alternate type="application/rss+xml" href="/feed.xml"></head>',
        "got a web page",
    ),
    _no_feed("nothing", b"", "got nothing"),
    _no_feed("white space", b" \n\t\n ", "got nothing"),
    _no_feed("prose", b"Please log in.", "got no feed", "text/plain"),
    _no_feed(
        "a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "got no feed", "image/png"
    ),
    _no_feed("other XML", b"<?xml version='1.0'?><opml><body/></opml>", "got XML of another kind"),
    _no_feed("a file's name", b"/etc/passwd", "got no feed"),
    _no_feed("a file's address", b"file:///etc/passwd", "got no feed"),
    Case("another address", _trapped(lambda trap: Answer(trap.encode())), (), "got no feed"),
    _no_feed("JSON of another kind", b'{"items": [], "version": 3}', "not a JSON Feed"),
    _no_feed("a list of JSON", b"[1, 2]", "not a JSON Feed"),
    _no_feed(
        "JSON cut short",
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [',
        "damaged JSON",
    ),
    _no_feed("bottomless JSON", b'{"a":' * 200_000, "damaged JSON"),
    _no_feed("an endless number", b'{"a":' + b"9" * 10_000 + b"}", "damaged JSON"),
]
JSON_HEAD = {"version": "https://jsonfeed.org/version/1.1", "title": "Hostile"}
JSON = [
    _json(
        "markup and javascript in JSON",
        JSON_HEAD
        | {
            "items": [
                {
                    "id": "1",
                    "title": "Fine\u202e",
                    "url": "javascript:pwned()",
                    "content_html": "<script>pwned()</script>",
                }
            ]
        },
        "Fine",
        url="",
    ),
    _json(
        "everything of the wrong type",
        JSON_HEAD
        | {
            "items": [
                None,
                7,
                "x",
                [],
                {
                    "id": 5,
                    "title": ["x"],
                    "summary": "Fine",
                    "tags": "x",
                    "authors": {"name": "x"},
                    "date_published": 3,
                    "url": {},
                },
            ]
        },
        "Fine",
        url="",
    ),
    _json(
        "half a surrogate pair in JSON",
        b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Fi\\ud800ne","content_text":"\\u0000"}]}',
        "Fine",
    ),
    _json(
        "JSON in the wrong charset",
        b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Caf\xe9"}]}',
        "Caf\ufffd",
    ),
    _json(
        "a date without a zone",
        JSON_HEAD
        | {"items": [{"id": "1", "title": "Fine", "date_published": "2026-07-11T10:00:00"}]},
        "Fine",
    ),
]


CASES = [*MARKUP, *TITLES, *LINKS, *ITEMS, *XML, *CHARSETS, *NOT_FEEDS, *JSON]
