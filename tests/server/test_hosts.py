"""The settings that `breathe hosting` writes, in the real servers of Debian."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.engine.http import HttpClient
from generator.server.static import BundleFolder
from generator.site.bundle import BundleSettings
from generator.site.hosting import caddy, nginx
from generator.site.probe.copy import ask
from generator.site.probe.report import probe
from tests.sample_bundle import write_sample

START_S = 20.0
PORTS = 5


def free_port() -> int:
    """A port that is free now; the servers take no socket from us."""
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port: int = probe_socket.getsockname()[1]
        return port


@contextmanager
def running(host: str, site: Path, snippet: str) -> Iterator[str]:
    """The origin of a server in the foreground, up until the block ends.

    Somebody else may take the port before the server does; then it is tried with another.
    """
    log = site.parent / "server.log"
    for _ in range(PORTS):
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                COMMANDS[host](site, port, snippet),
                stdout=output,
                stderr=output,
                env={"HOME": str(site.parent), "PATH": "/usr/sbin:/usr/bin:/bin"},
            )
        try:
            if listens(process, port, log):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            process.terminate()
            process.wait(timeout=20)
    raise AssertionError(log.read_text())


def listens(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    """Wait until the server is there; False when the port was taken."""
    deadline = time.monotonic() + START_S
    while True:
        if process.poll() is not None:
            assert "in use" in log.read_text(), log.read_text()
            return False
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0 and process.poll() is None:
                return True
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def nginx_command(site: Path, port: int, snippet: str) -> list[str]:
    """Nginx as anybody, in the foreground, with nothing but the shipped snippet in its server."""
    home = site.parent
    (home / "room.conf").write_text(snippet)
    main = home / "nginx.conf"
    scratch = "".join(
        f"{name}_temp_path {home}/tmp;\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main.write_text(
        "load_module /usr/lib/nginx/modules/ngx_http_brotli_static_module.so;\n"
        f"daemon off;\nmaster_process off;\npid {home}/nginx.pid;\nerror_log stderr;\n"
        "events {}\n"
        f"http {{\naccess_log off;\ninclude /etc/nginx/mime.types;\n{scratch}"
        f"server {{\nlisten 127.0.0.1:{port};\nroot {site};\ninclude {home}/room.conf;\n}}\n}}\n"
    )
    return ["nginx", "-p", str(home), "-e", "stderr", "-c", str(main)]


def caddy_command(site: Path, port: int, snippet: str) -> list[str]:
    """Caddy without its admin door, with nothing but the shipped snippet in its site."""
    home = site.parent
    (home / "room.caddy").write_text(snippet)
    main = home / "Caddyfile"
    main.write_text(
        "{\nadmin off\nauto_https off\n}\n"
        f"http://127.0.0.1:{port} {{\nbind 127.0.0.1\nroot * {site}\nimport {home}/room.caddy\n}}\n"
    )
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(main)]


def lighttpd_command(site: Path, port: int, snippet: str) -> list[str]:
    """Lighttpd in the foreground: the host that docs/extending.md adds."""
    main = site.parent / "lighttpd.conf"
    main.write_text(
        f'server.document-root = "{site}"\n'
        f'server.bind = "127.0.0.1"\nserver.port = {port}\n{snippet}'
    )
    return ["lighttpd", "-D", "-f", str(main)]


HOSTS: dict[str, Callable[[Path, int, str], list[str]]] = {
    "nginx": nginx_command,
    "caddy": caddy_command,
}
COMMANDS = {**HOSTS, "lighttpd": lighttpd_command}
SNIPPETS = {
    "nginx": lambda manifest: nginx(manifest)["nginx.conf"],
    "caddy": lambda manifest: caddy(manifest)["Caddyfile"],
}


@pytest.mark.parametrize("base_path", ["/", "/nostalgia/"])
@pytest.mark.parametrize("host", HOSTS)
def test_a_real_host_with_the_shipped_settings_passes_the_probe(
    tmp_path: Path, host: str, base_path: str
) -> None:
    """Every question is answered well, at the root and in a sub-folder."""
    assert shutil.which(host, path="/usr/sbin:/usr/bin"), f"needs Debian's package {host}"
    site = tmp_path / "site"
    settings = BundleSettings(base_path=base_path)
    bundle = write_sample(site / base_path.strip("/"), settings)
    snippet = SNIPPETS[host](BundleFolder(bundle).manifest())
    with running(host, site, snippet) as origin:
        client = HttpClient()
        url = f"{origin}{base_path}"
        report = probe(url, client, now_s=0)
        lost = ask(client, f"{url}assets/lost.js")
    assert [f for f in report.findings if f.status != "ok"] == []
    assert lost.status == 404
    assert b"No such room" in lost.body
    assert "immutable" not in lost.headers.get("cache-control", "")


@pytest.mark.parametrize("host", HOSTS)
def test_a_room_in_a_folder_leaves_the_rest_of_the_site_alone(tmp_path: Path, host: str) -> None:
    """The site's own types, archives and lost pages are answered as if there were no room."""
    site = tmp_path / "site"
    bundle = write_sample(site / "room", BundleSettings(base_path="/room/"))
    (site / "backup.tar.gz").write_bytes(b"an archive of the site's own")
    (site / "paper.pdf").write_bytes(b"%PDF-")
    snippet = SNIPPETS[host](BundleFolder(bundle).manifest())
    if host == "caddy":
        snippet += "file_server\n"  # the site's own; nginx serves files unasked
    with running(host, site, snippet) as origin:
        client = HttpClient()
        archive, paper, lost, inside = (
            ask(client, f"{origin}/{path}")
            for path in ("backup.tar.gz", "paper.pdf", "lost", "room/lost")
        )
        copy = ask(client, f"{origin}/room/index.html.br")
    assert archive.body == b"an archive of the site's own"
    assert paper.headers["content-type"] == "application/pdf"
    assert "content-security-policy" not in paper.headers
    assert lost.status == 404
    assert b"No such room" not in lost.body
    assert (inside.status, copy.status) == (404, 404)
    assert b"No such room" in inside.body


Settings = Callable[[str], str]


def lacking(pattern: str) -> Settings:
    """The shipped settings without the lines that match."""
    return lambda snippet: re.sub(rf"(?m)^.*(?:{pattern}).*\n", "", snippet)


def saying(old: str, new: str) -> Settings:
    """The shipped settings with other words."""
    return lambda snippet: snippet.replace(old, new)


def beside(words: str) -> Settings:
    """The shipped settings, and something of the host's own."""
    return lambda snippet: f"{words}\n{snippet}"


PRIVATE = r" +location ~ /\(_headers.*?\n    }\n"
MISTAKES: dict[str, tuple[str, str, Settings]] = {
    "no ranges": ("range", "nginx", beside("max_ranges 0;")),
    "clips compressed on the way": ("range", "nginx", beside("gzip on;\ngzip_types video/mp4;")),
    "no media types": (
        "types",
        "nginx",
        lambda s: re.sub(r"types \{.*?\n +\}", "", s, flags=re.DOTALL),
    ),
    "modules as text": ("types", "caddy", saying("text/javascript", "text/plain")),
    "no policy": ("policy", "nginx", lacking("Content-Security-Policy")),
    "inline scripts let in": (
        "policy",
        "caddy",
        saying("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ),
    "pages kept for a week": ("cache", "nginx", saying('"no-cache"', '"max-age=604800"')),
    "hashed files revalidated": ("cache", "caddy", saying("immutable", "no-cache")),
    "no nosniff": ("headers", "caddy", lacking("X-Content-Type-Options")),
    "no CORS": ("cors", "nginx", lacking("Access-Control-Allow-Origin")),
    "copies not sent": ("compression", "nginx", lacking("gzip_static|brotli_static")),
    "copies not sent by Caddy": ("compression", "caddy", lacking("precompressed")),
    "the page for every path": (
        "missing",
        "nginx",
        lambda s: re.sub(r"error_page 404 \S+;", "error_page 404 =200 /index.html;", s),
    ),
    "_headers on show": ("private", "nginx", lambda s: re.sub(PRIVATE, "", s, flags=re.DOTALL)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_real_hosts_settings_is_found(tmp_path: Path, name: str) -> None:
    """The shipped settings with one thing wrong: its question says no, and how to mend it."""
    question, host, mistaken = MISTAKES[name]
    bundle = write_sample(tmp_path / "site")
    good = SNIPPETS[host](BundleFolder(bundle).manifest())
    snippet = mistaken(good)
    assert snippet != good
    with running(host, bundle, snippet) as origin:
        failed = {
            f.name: f for f in probe(origin, HttpClient(), now_s=0).findings if f.status == "fail"
        }
    assert question in failed
    assert failed[question].fix


def lose(path: Path) -> None:
    """The upload broke off before it."""
    path.unlink()


def spoil(path: Path) -> None:
    """Other bytes, as many."""
    path.write_bytes(path.read_bytes()[::-1])


UPLOADS: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "a lost clip": ("intact", "assets/clips/walkin.*.mp4", lose),
    "a damaged clip": ("intact", "assets/clips/walkin.*.mp4", spoil),
    "stale news": ("intact", "news.json", spoil),
    "a stale page": ("page", "index.html", spoil),
    "a damaged compressed copy": ("compression", "assets/runtime.*/main.js.br", spoil),
    "no manifest": ("manifest", "manifest.json", lose),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_a_bundle_that_came_up_damaged_is_found(tmp_path: Path, name: str) -> None:
    """On Caddy, whose settings are as shipped."""
    question, pattern, damage = UPLOADS[name]
    bundle = write_sample(tmp_path / "site")
    snippet = SNIPPETS["caddy"](BundleFolder(bundle).manifest())
    (path,) = bundle.glob(pattern)
    damage(path)
    with running("caddy", bundle, snippet) as origin:
        report = probe(origin, HttpClient(), now_s=0)
    assert question in {f.name for f in report.findings if f.status == "fail"}
