"""The settings that `breathe hosting` writes, in the real servers of Debian."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.adapters.web import HttpClient
from generator.server.static import BundleFolder
from generator.site.bundle import BundleSettings
from generator.site.hosting import caddy, nginx
from generator.site.probe import probe
from tests.sample_bundle import write_sample

START_S = 20.0


def free_port() -> int:
    """A port that is free now; the servers take no socket from us."""
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port: int = probe_socket.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server in the foreground, up until the test ends."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"},
        )
    try:
        deadline = time.monotonic() + START_S
        while True:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


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
        f"http {{\naccess_log off;\n{scratch}"
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


HOSTS: dict[str, Callable[[Path, int, str], list[str]]] = {
    "nginx": nginx_command,
    "caddy": caddy_command,
}
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
    manifest = BundleFolder(bundle).manifest()
    port = free_port()
    command = HOSTS[host](site, port, SNIPPETS[host](manifest))
    with running(command, port, tmp_path):
        client = HttpClient()
        url = f"http://127.0.0.1:{port}{base_path}"
        report = probe(url, client)
        lost = client.ask(f"{url}assets/lost.js")
    assert [f for f in report.findings if f.status != "ok"] == []
    assert lost.status == 404
    assert b"No such room" in lost.body
    assert "immutable" not in lost.headers.get("cache-control", "")
