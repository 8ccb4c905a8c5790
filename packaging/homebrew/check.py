# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Audit, install and test the formula of a release with Homebrew, from a tap of its own.

    python packaging/homebrew/check.py build/release

PyPI does not have the wheel before the release, so Homebrew takes it from the folder.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

TAP = "orthanc-python/release"
NAME = "orthanc-python"


def local(formula: str, folder: Path) -> str:
    """The formula with the wheel in the folder, in place of the one on PyPI."""
    text, count = re.subn(
        r'^  url ".*/([^/"]+)"',
        lambda found: f'  url "{(folder / found[1]).resolve().as_uri()}"',
        formula,
        flags=re.MULTILINE,
    )
    if count != 1:
        raise SystemExit(f"{NAME}.rb must have one line with the field url, but has {count}")
    return text


def brew(*arguments: str) -> str:
    """Run Homebrew; its failure is the failure of this program."""
    print("brew", *arguments, flush=True)
    done = subprocess.run(["brew", *arguments], stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        raise SystemExit(f"brew {arguments[0]} failed with exit code {done.returncode}")
    return done.stdout.strip()


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path, help="the folder with the formula and the wheel")
    folder = parser.parse_args().release
    formula = (folder / f"{NAME}.rb").read_text(encoding="utf-8")
    brew("tap-new", "--no-git", TAP)
    try:
        installed = Path(brew("--repository", TAP), "Formula", f"{NAME}.rb")
        installed.write_text(formula, encoding="utf-8")
        brew("trust", "--formula", f"{TAP}/{NAME}")  # Homebrew 6 loads no other formula
        brew("audit", "--strict", "--formula", f"{TAP}/{NAME}")
        installed.write_text(local(formula, folder), encoding="utf-8")
        brew("install", "--build-from-source", "--formula", f"{TAP}/{NAME}")
        brew("test", f"{TAP}/{NAME}")
    finally:
        subprocess.run(["brew", "uninstall", "--ignore-dependencies", NAME], check=False)
        subprocess.run(["brew", "untap", TAP], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
