"""Lighthouse on the built page, from npm, on this machine: desktop and mobile, no call out.

Scores are of the simulated network, so they repeat; a busy machine still lowers them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.conftest import served
from tests.chromium import ARGUMENTS, executable

VERSION = "12.8.2"
ROOT = Path(__file__).resolve().parents[2]
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
CACHE = ROOT / ".breathe" / "lighthouse"


def main() -> None:
    """Print a table: a row for each form factor, and every point that is missing."""
    if shutil.which("npm") is None:
        print("npm: not found on PATH; Lighthouse comes from there")
        return
    tool = install()
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "dist"
        command = [sys.executable, "-m", "generator", "build", "--frozen", "--out", str(bundle)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with served(bundle) as url:
            reports = {form: report(tool, url, form) for form in ("desktop", "mobile")}
    print(f"{'':<9}" + "".join(f"{name:>16}" for name in CATEGORIES))
    for form, found in reports.items():
        scores = [found["categories"][name]["score"] for name in CATEGORIES]
        print(f"{form:<9}" + "".join(f"{100 * (score or 0):>16.0f}" for score in scores))
    for form, found in reports.items():
        audits = found["audits"]
        print(f"{form}: " + ", ".join(f"{m} {audits[m]['displayValue']}" for m in METRICS))
        for line in missing_points(found):
            print(f"  {line}")


def install() -> Path:
    """Lighthouse in the project's private folder; npm's own cache makes a second time quick."""
    script = CACHE / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not script.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        package = f"lighthouse@{VERSION}"
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", package]
        subprocess.run(command, cwd=CACHE, check=True)
    return script


def report(tool: Path, url: str, form: str) -> dict[str, Any]:
    """Lighthouse's own JSON for one form factor."""
    command = ["node", str(tool), url, "--quiet", "--output=json"]
    command += ["--throttling-method=simulate", "--no-enable-error-reporting"]
    command += [f"--chrome-flags={' '.join(ARGUMENTS)}"]
    if form == "desktop":
        command.append("--preset=desktop")
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "CHROME_PATH": executable()},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def missing_points(found: dict[str, Any]) -> list[str]:
    """Each audit that costs points: category, audit, score, value."""
    return [
        f"{name}: {part['id']} {audit['score']:.2f} {audit.get('displayValue', '')}"
        for name in CATEGORIES
        for part in found["categories"][name]["auditRefs"]
        if (audit := found["audits"][part["id"]])["score"] is not None
        and part["weight"] > 0
        and audit["score"] < 1
    ]


if __name__ == "__main__":
    main()
