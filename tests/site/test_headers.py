from __future__ import annotations

import json
import re

import pytest

from generator.errors import BuildError
from generator.site import csp
from generator.site.bundle import BundleSettings, content_bytes
from generator.site.headers import (
    HEADERS,
    HeaderRule,
    bundle_rules,
    headers_file,
    headers_for,
    parse_headers_file,
)
from generator.site.hosting import HOSTS, s3
from generator.site.manifest import MANIFEST, Manifest, parse_manifest
from generator.site.media_types import essence, is_text, media_type
from tests.sample_bundle import sample_files

POLICY = csp.policy_text(embed_origins=(), frames_itself=False)


def sample_manifest(settings: BundleSettings | None = None) -> Manifest:
    """The sample bundle's manifest."""
    return parse_manifest(content_bytes(sample_files(settings)[MANIFEST]))


def test_the_headers_file_reads_back_as_written() -> None:
    """Names in lower case, values untouched, comments and blank lines skipped."""
    rules = bundle_rules(("index.html", "news.json"), base_path="/x/", policy=POLICY)
    text = headers_file(rules)
    assert parse_headers_file(f"# a note\n\n{text}") == rules
    assert "  Content-Security-Policy: default-src 'none'" in text


@pytest.mark.parametrize("text", ["  Name: value\n", "/*\n  no colon\n"])
def test_a_headers_file_of_another_form_is_refused(text: str) -> None:
    """With the line's number."""
    with pytest.raises(BuildError, match="line"):
        parse_headers_file(text)


def test_every_rule_that_matches_applies_and_repeats_are_joined() -> None:
    """As Netlify does it, so that a rule of the author's own behaves here as it will there."""
    rules = (
        HeaderRule("/*", {"a": "1", "b": "2"}),
        HeaderRule("/x/*", {"b": "3"}),
        HeaderRule("/x/y.js", {"c": "4"}),
    )
    assert headers_for(rules, "/x/y.js") == {"a": "1", "b": "2, 3", "c": "4"}
    assert headers_for(rules, "/xx") == {"a": "1", "b": "2"}


@pytest.mark.parametrize("base_path", ["/", "/nostalgia/"])
def test_no_file_gets_a_header_twice(base_path: str) -> None:
    """Above all not two Cache-Controls, which would contradict each other."""
    files = sample_files(BundleSettings(base_path=base_path))
    rules = parse_headers_file(content_bytes(files[HEADERS]).decode())
    for path in files:
        given = [name for r in rules if r.matches(base_path + path) for name in r.headers]
        assert len(given) == len(set(given)), path


@pytest.mark.parametrize("base_path", ["/", "/nostalgia/"])
def test_hashed_names_are_kept_and_all_others_asked_for_anew(base_path: str) -> None:
    """The folder's own address counts as its page."""
    files = sample_files(BundleSettings(base_path=base_path))
    rules = parse_headers_file(content_bytes(files[HEADERS]).decode())
    for entry in sample_manifest(BundleSettings(base_path=base_path)).files:
        cache = headers_for(rules, base_path + entry.path)["cache-control"]
        assert ("immutable" in cache) == entry.path.startswith("assets/")
    assert headers_for(rules, base_path)["cache-control"] == "no-cache"
    assert headers_for(rules, f"{base_path}demo/")["cache-control"] == "no-cache"


def test_a_host_that_would_cut_the_rules_short_is_an_error() -> None:
    """Cloudflare Pages reads 100 rules of 2,000 characters and ignores the rest in silence."""
    many = [f"page-{k}.html" for k in range(120)]
    with pytest.raises(BuildError, match="100"):
        bundle_rules(many, base_path="/", policy=POLICY)
    with pytest.raises(BuildError, match="embed_origins"):
        headers_file((HeaderRule("/*", {"x": "y" * 3000}),))


def test_the_policy_lets_nothing_in_and_names_who_may_frame_it() -> None:
    """No inline code, no other origin; the room's guests by name."""
    policy = csp.policy_text(embed_origins=("https://news.example",), frames_itself=True)
    directives = csp.parsed(policy)
    assert csp.weaknesses(policy) == []
    assert directives["frame-ancestors"] == ("'self'", "https://news.example")
    assert directives["frame-src"] == ("'self'",)
    assert "frame-src" not in csp.parsed(POLICY)


@pytest.mark.parametrize(
    ("policy", "weakness"),
    [
        ("", "there is none"),
        ("script-src 'self'", "default-src is missing"),
        (POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"), "unsafe-inline"),
        (POLICY.replace("img-src 'self'", "img-src *"), "img-src allows *"),
        (POLICY.replace("base-uri 'none'; ", ""), "base-uri is missing"),
        (POLICY.replace("; frame-ancestors 'self'", ""), "frame-ancestors is missing"),
        (f"script-src 'unsafe-eval'; {POLICY}", "unsafe-eval"),
    ],
)
def test_a_weaker_policy_is_seen_through(policy: str, weakness: str) -> None:
    """The first directive of a name counts, as in the browser."""
    assert any(weakness in found for found in csp.weaknesses(policy))


def test_types_know_what_some_machines_do_not() -> None:
    """AVIF, WOFF2 and modules, whatever /etc/mime.types says."""
    assert media_type("a/b.AVIF") == "image/avif"
    assert media_type("no-extension") == "application/octet-stream"
    assert essence(media_type("a.js")) == "text/javascript"
    assert is_text("a.svg")
    assert not is_text("a.woff2")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("base_path", ["/", "/nostalgia/"])
def test_every_host_is_told_every_header(host: str, base_path: str) -> None:
    """The policy, the caching and the types are in what each host gets."""
    manifest = sample_manifest(BundleSettings(base_path=base_path))
    text = "\n".join(HOSTS[host](manifest).values())
    assert POLICY in text
    assert "immutable" in text
    assert "no-cache" in text
    assert "image/avif" in text


def test_s3_gets_each_file_once_and_pages_last() -> None:
    """A visitor in the middle of an upload sees the old page whole, never a new one half there."""
    manifest = sample_manifest(BundleSettings(base_path="/nostalgia/"))
    written = s3(manifest)
    included = re.findall(r"--include '([^']+)'", written["upload.sh"])
    assert sorted(included) == sorted([*(entry.path for entry in manifest.files), MANIFEST])
    first_page = included.index("index.html")
    assert all(not path.startswith("assets/") for path in included[first_page:])
    assert '"${2%/}/nostalgia"' in written["upload.sh"]
    config = json.loads(written["cloudfront-headers.json"])
    security = config["SecurityHeadersConfig"]
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == POLICY
    assert config["CustomHeadersConfig"]["Quantity"] == len(config["CustomHeadersConfig"]["Items"])
