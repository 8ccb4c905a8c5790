# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""On Windows: unpack a CPython with its debug binaries from the installer of python.org.

    python packaging/unpack_debug_python.py FOLDER

The folder gets python.exe, python_d.exe, the headers and the import libraries of both. Nothing is
registered: the Pythons of the machine stay as they are. Each file must have the signature of the
Python Software Foundation.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

VERSION = "3.13.9"
BASE = "https://www.python.org/ftp/python/{version}/amd64/{name}.msi"
PARTS = [f"{part}{suffix}" for part in ("core", "exe", "lib", "dev") for suffix in ("", "_d")]
SIGNER = "CN=Python Software Foundation,"


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    if sys.platform != "win32":
        sys.exit("Only Windows unpacks the installer of python.org")
    target = options.folder.absolute()
    with tempfile.TemporaryDirectory() as folder:
        for name in PARTS:
            package = Path(folder, f"{name}.msi")
            download(BASE.format(version=VERSION, name=name), package)
            check_signature(package)
            unpack(package, target)
    for name in ("python.exe", "python_d.exe", "include/Python.h", "libs/python313_d.lib"):
        if not (target / name).is_file():
            sys.exit(f"The installer of Python {VERSION} has not unpacked {name} into {target}")
    return 0


def download(address: str, target: Path) -> None:
    """Write what the address answers to a file."""
    try:
        urllib.request.urlretrieve(address, target)
    except OSError as error:
        sys.exit(f"Cannot download {address}: {error}")


def check_signature(package: Path) -> None:
    """End the program unless Windows trusts the file and python.org signed it."""
    question = "$s = Get-AuthenticodeSignature -LiteralPath $args[0];"
    question += ' Write-Output "$($s.Status) $($s.SignerCertificate.Subject)"'
    command = ["powershell", "-NoProfile", "-Command", f"& {{ {question} }} '{package}'"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if not answer.startswith("Valid ") or SIGNER not in answer:
        sys.exit(f"{package.name} has no valid signature of python.org: {answer}")


def unpack(package: Path, target: Path) -> None:
    """An administrative installation: the files alone."""
    subprocess.run(["msiexec", "/a", str(package), "/qn", f"TARGETDIR={target}"], check=True)


if __name__ == "__main__":
    sys.exit(main())
