# SPDX-License-Identifier: Apache-2.0
"""Finds Chromium for the browser tests; run as a script it installs it where that is allowed.

Looked for: the program named in CHROMIUM, then chromium and google-chrome on the path. As root on
a system with apt-get it is installed together with Chinese letters, showing what happens; anywhere
else the tests say what is missing (and fail under CI=true).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium: set CHROMIUM to its program, or install chromium and fonts-noto-cjk"


def find() -> str | None:
    """The program, None when there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def install() -> bool:
    """Install it with apt-get; False when that is not possible here."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None or os.environ.get("CHROMIUM"):
        return False
    print(f"installing {' and '.join(PACKAGES)} for the browser tests", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "-o", "Acquire::Retries=3", "-y", "-q"]
    for step in (["update"], ["install", "--no-install-recommends", *PACKAGES]):
        if subprocess.run([*get, *step], env=quiet, stdin=subprocess.DEVNULL).returncode:
            print("apt-get failed; the lines above say why", flush=True)
            return False
    return True


def main() -> int:
    """Make sure that there is one where that can be done; never an error of its own."""
    if find() is None and not (install() and find()):
        print(f"browser tests: {MISSING}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
