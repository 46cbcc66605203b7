from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sample_bundle import write_sample

BREATHE = (sys.executable, "-m", "generator")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`breathe -C folder …`."""
    command = [*BREATHE, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("host", "files"),
    [
        ("nginx", {"nginx.conf"}),
        ("caddy", {"Caddyfile"}),
        ("s3", {"upload.sh", "cloudfront-headers.json"}),
    ],
)
def test_a_hosts_settings_are_written_and_named(tmp_path: Path, host: str, files: set[str]) -> None:
    """Outside the bundle, so that a host never serves its own settings."""
    bundle = write_sample(tmp_path / "dist")
    before = sorted(bundle.rglob("*"))
    done = run(tmp_path, "hosting", host, "--out", "settings")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "settings").iterdir()} == files
    assert {Path(line).name for line in done.stdout.split()} == files
    assert sorted(bundle.rglob("*")) == before


@pytest.mark.parametrize("command", [("hosting", "nginx"), ("serve", "--port", "0")])
def test_without_a_bundle_the_way_to_one_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    """One message, no traceback, exit code 1."""
    done = run(tmp_path, *command)
    assert done.returncode == 1
    assert "breathe build" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_host_is_a_usage_error(tmp_path: Path) -> None:
    """With the hosts that there are."""
    done = run(tmp_path, "hosting", "geocities")
    assert done.returncode == 2
    assert "nginx" in done.stderr
