"""A bundle's rules in the words of hosts that don't read `_headers`.

`breathe hosting nginx` writes what these functions return. They are no part of the bundle: what a
host is told must not be something that it serves. Everything is derived from `manifest.json`, so a
bundle that was built elsewhere will do. Nothing is said of what lies outside the base path: that is
the site's own.

>>> manifest = Manifest("/", (HeaderRule("/*", {"x-room": "quiet"}),), ())
>>> print(caddy(manifest)["Caddyfile"].splitlines()[2].strip())
header /* X-Room "quiet"
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping

from generator.site import csp
from generator.site.headers import ASSETS, HeaderRule, headers_for, title_case
from generator.site.manifest import MANIFEST, Manifest
from generator.site.media_types import MEDIA_TYPES, media_type

_CACHE = "cache-control"
_NOT_FOUND = "404.html"


def nginx(manifest: Manifest) -> dict[str, str]:
    """A snippet for a `server { }` block; `root` is the folder that holds the base path."""
    base = manifest.base_path
    pages = headers_for(manifest.rules, base + MANIFEST)
    assets = headers_for(manifest.rules, f"{base}{ASSETS}x")
    by_type: dict[str, list[str]] = defaultdict(list)
    for suffix, content_type in MEDIA_TYPES.items():
        by_type[content_type].append(suffix.removeprefix("."))
    types = "\n".join(f'        "{name}" {" ".join(ends)};' for name, ends in by_type.items())
    text = f"""\
# Breathing Room for nginx: include it inside server {{ }}, after
#     root /var/www/site;   # the bundle lies in /var/www/site{base}
# brotli_static needs libnginx-mod-http-brotli-static (Debian); without it, leave that line out.
location {base} {{
    types {{
{types}
    }}
    index index.html;
    error_page 404 {base}{_NOT_FOUND};
    gzip_static on;
    gzip_vary on;
    brotli_static on;
    server_tokens off;
{_nginx_headers(pages, "    ")}
    location {base}{ASSETS} {{
{_nginx_headers(assets, "        ")}
    }}
    location ~ /(_headers|\\.(?!well-known).*|.*\\.(br|gz))$ {{
        return 404;
    }}
}}
"""
    return {"nginx.conf": text}


def _nginx_headers(headers: Mapping[str, str], indent: str) -> str:
    """`add_header` is inherited only where a block has none of its own: so each has all."""
    return "\n".join(
        f'{indent}add_header {title_case(name)} "{value}" always;'
        for name, value in headers.items()
    )


def caddy(manifest: Manifest) -> dict[str, str]:
    """A snippet for a site block of Caddy 2; `root` is the folder that holds the base path."""
    base = manifest.base_path
    lost_cache = headers_for(manifest.rules, base + MANIFEST).get(_CACHE, "")
    headers = [
        f'header {rule.path} {title_case(name)} "{value}"'
        for rule in manifest.rules
        for name, value in rule.headers.items()
    ]
    # Go's own table knows neither mp4 nor woff2 where the system has none.
    types = [f'header {base}*{end} Content-Type "{kind}"' for end, kind in MEDIA_TYPES.items()]
    lines = [
        f"# Breathing Room for Caddy 2: import it inside a site block; the bundle is in {base}",
        f"handle {base}* {{",
        *(f"\t{line}" for line in (*headers, *types)),
        "\theader -Server",
        f"\t@private path {base}_headers */.* *.br *.gz",
        "\terror @private 404",
        "\tfile_server {",
        "\t\tprecompressed br gzip",
        "\t}",
        "}",
        "handle_errors {",
        f"\t@room path {base}*",
        "\thandle @room {",
        f"\t\trewrite * {base}{_NOT_FOUND}",
        f'\t\theader Cache-Control "{lost_cache}"',
        f'\t\theader Content-Type "{media_type(_NOT_FOUND)}"',
        "\t\tfile_server",
        "\t}",
        "}",
    ]
    return {"Caddyfile": "\n".join(lines) + "\n"}


def s3(manifest: Manifest) -> dict[str, str]:
    """An upload script for S3, and the response headers policy for CloudFront in front of it."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in (*(entry.path for entry in manifest.files), MANIFEST):
        cache = headers_for(manifest.rules, manifest.base_path + path).get(_CACHE, "")
        groups[media_type(path), cache].append(path)
    # What pages refer to goes up before the pages do.
    ordered = sorted(groups.items(), key=lambda group: ("immutable" not in group[0][1], group[0]))
    commands = [
        "\n".join(
            [
                'aws s3 cp --recursive "$bundle" "$bucket" \\',
                f"  --content-type '{content_type}' --cache-control '{cache}' \\",
                "  --exclude '*' " + " ".join(f"--include '{path}'" for path in sorted(paths)),
            ]
        )
        for (content_type, cache), paths in ordered
    ]
    prefix = manifest.base_path.rstrip("/")
    script = "\n".join(
        [
            "#!/bin/sh",
            "# Upload a bundle to S3: sh upload.sh dist s3://bucket",
            "# CloudFront compresses on the way, so the .br and .gz copies stay here.",
            "set -eu",
            'bundle=$1 bucket="${2%/}' + prefix + '"',
            *commands,
            "",
        ]
    )
    policy = json.dumps(_cloudfront_policy(manifest), indent=2) + "\n"
    return {"upload.sh": script, "cloudfront-headers.json": policy}


def _cloudfront_policy(manifest: Manifest) -> dict[str, object]:
    """A ResponseHeadersPolicyConfig, as `aws cloudfront create-response-headers-policy` takes."""
    headers = dict(_everywhere(manifest.rules, manifest.base_path))
    security = {
        "ContentSecurityPolicy": {
            "Override": True,
            "ContentSecurityPolicy": headers.pop(csp.HEADER, ""),
        },
        "ContentTypeOptions": {"Override": True},
        "ReferrerPolicy": {"Override": True, "ReferrerPolicy": headers.pop("referrer-policy", "")},
    }
    headers.pop("x-content-type-options", None)
    origin = headers.pop("access-control-allow-origin", "*")
    custom = [
        {"Header": title_case(name), "Value": value, "Override": True}
        for name, value in headers.items()
    ]
    return {
        "Name": "breathing-room",
        "Comment": "What the bundle's _headers file says for every path",
        "SecurityHeadersConfig": security,
        "CorsConfig": {
            "AccessControlAllowOrigins": {"Quantity": 1, "Items": [origin]},
            "AccessControlAllowHeaders": {"Quantity": 1, "Items": ["*"]},
            "AccessControlAllowMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
            "AccessControlAllowCredentials": False,
            "OriginOverride": True,
        },
        "CustomHeadersConfig": {"Quantity": len(custom), "Items": custom},
    }


def _everywhere(rules: tuple[HeaderRule, ...], base_path: str) -> Mapping[str, str]:
    return next((rule.headers for rule in rules if rule.path == f"{base_path}*"), {})


HOSTS: Mapping[str, Callable[[Manifest], dict[str, str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "s3": s3,
}
"""Host → file name → text. Netlify and Cloudflare Pages read the bundle's own `_headers`."""
