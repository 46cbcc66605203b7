"""Install what the tests need beyond Python: browsers and servers, through apt where we are root.

Run by `make test`; does nothing when all is there. On other systems it names what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# program → Debian packages
NEEDED = {
    "chromium": ("chromium",),
    "chromium-headless-shell": ("chromium-headless-shell",),
    "firefox-esr": ("firefox-esr",),
    "WebKitWebDriver": ("webkit2gtk-driver",),
    "Xvfb": ("xvfb",),
    "nginx": ("nginx-light", "libnginx-mod-http-brotli-static"),
    "caddy": ("caddy",),
    "lighttpd": ("lighttpd", "lighttpd-mod-deflate"),
    "sshd": ("openssh-server",),
}


def _is_there(program: str) -> bool:
    """Servers lie in sbin, which is not on everybody's PATH."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is not None


def main() -> int:
    """Install, or say what to install. Returns the exit code."""
    missing = {p: group for p, group in NEEDED.items() if not _is_there(p)}
    if not missing:
        return 0
    packages = sorted({package for group in missing.values() for package in group})
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(
            f"The tests need {', '.join(sorted(missing))}: not found on PATH.\n"
            f"  → install them; on Debian: sudo apt-get install {' '.join(packages)}",
            file=sys.stderr,
        )
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            print(done.stdout[-4000:], file=sys.stderr)
            print(f"  → {' '.join(command)} failed; see above", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
