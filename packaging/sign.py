# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sign the libraries in a folder, also those inside its wheels.

    python packaging/sign.py windows FOLDER    Authenticode, with osslsigncode
    python packaging/sign.py macos FOLDER      Developer ID and notarization, with Apple's tools

Certificates and passwords come from environment variables: see docs/contributing/releasing.md.
If none is set, the program signs nothing and succeeds.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

TIMESTAMPS = "http://timestamp.digicert.com"  # the server's answer is signed: HTTP is usual
VARIABLES = {
    "windows": ("WINDOWS_CERTIFICATE", "WINDOWS_CERTIFICATE_PASSWORD"),
    "macos": (
        "MACOS_CERTIFICATE",
        "MACOS_CERTIFICATE_PASSWORD",
        "NOTARY_KEY",
        "NOTARY_KEY_ID",
        "NOTARY_ISSUER",
    ),
}
Sign = Callable[[Path], None]


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("system", choices=VARIABLES)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    variables = VARIABLES[options.system]
    missing = [name for name in variables if not os.environ.get(name)]
    if len(missing) == len(variables):
        print(f"Nothing is signed: {', '.join(variables)} are not set")
        return 0
    if missing:
        print(f"Cannot sign: {', '.join(missing)} not set. Set all or none", file=sys.stderr)
        return 1
    suffix, signer = (".dll", windows) if options.system == "windows" else (".dylib", macos)
    with tempfile.TemporaryDirectory() as private, signer(Path(private)) as sign:
        for path in signed(options.folder, suffix, remembered(sign)):
            print(f"signed: {path.name}")
    return 0


def signed(folder: Path, suffix: str, sign: Sign) -> Iterator[Path]:
    """Sign the libraries of a folder and of its wheels."""
    for path in sorted(folder.iterdir()):
        if path.suffix == suffix:
            sign(path)
            yield path
        elif path.suffix == ".whl":
            sign_wheel(path, suffix, sign)
            yield path


def sign_wheel(wheel: Path, suffix: str, sign: Sign) -> None:
    """Sign the libraries in a wheel; its name and its dates stay the same."""
    with tempfile.TemporaryDirectory() as folder:
        tool = [sys.executable, "-m", "wheel"]
        run(*tool, "unpack", str(wheel), "--dest", folder)
        (top,) = Path(folder).iterdir()
        for library in sorted(top.rglob(f"*{suffix}")):
            sign(library)
        run(*tool, "pack", str(top), "--dest-dir", str(wheel.parent))


def remembered(sign: Sign) -> Sign:
    """The same for each copy of a file, because a signature contains the time."""
    results: dict[str, bytes] = {}

    def once(path: Path) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest not in results:
            sign(path)
            results[digest] = path.read_bytes()
        path.write_bytes(results[digest])

    return once


@contextlib.contextmanager
def windows(private: Path) -> Iterator[Sign]:
    """Signs with the certificate in WINDOWS_CERTIFICATE: PKCS #12 in base64."""
    container, password = private / "certificate.p12", private / "password"
    container.write_bytes(base64.b64decode(os.environ["WINDOWS_CERTIFICATE"]))
    password.write_text(os.environ["WINDOWS_CERTIFICATE_PASSWORD"], encoding="utf-8")
    server = os.environ.get("WINDOWS_TIMESTAMPS", TIMESTAMPS)

    def sign(path: Path) -> None:
        output = private / path.name
        command = ["osslsigncode", "sign", "-pkcs12", str(container), "-readpass", str(password)]
        command += ["-h", "sha256", "-n", "Orthanc Python plugin"]
        command += ["-ts", server] if server else []
        run(*command, "-in", str(path), "-out", str(output))
        path.write_bytes(output.read_bytes())
        output.unlink()

    yield sign


@contextlib.contextmanager
def macos(private: Path) -> Iterator[Sign]:
    """Signs with the certificate in MACOS_CERTIFICATE, PKCS #12 in base64, and notarizes."""
    keychain, container, key = (private / name for name in ("sign.keychain", "c.p12", "key.p8"))
    container.write_bytes(base64.b64decode(os.environ["MACOS_CERTIFICATE"]))
    key.write_text(os.environ["NOTARY_KEY"], encoding="utf-8")
    lock = secrets.token_hex()
    run("security", "create-keychain", "-p", lock, str(keychain))
    try:
        run("security", "unlock-keychain", "-p", lock, str(keychain))
        given = ["-P", os.environ["MACOS_CERTIFICATE_PASSWORD"], "-T", "/usr/bin/codesign"]
        run("security", "import", str(container), "-k", str(keychain), *given)
        allowed = ["-S", "apple-tool:,apple:", "-s", "-k", lock]
        run("security", "set-key-partition-list", *allowed, str(keychain))

        def sign(path: Path) -> None:
            how = ["--force", "--timestamp", "--options", "runtime", "--keychain", str(keychain)]
            run("codesign", *how, "--sign", "Developer ID Application", str(path))
            notarize(path, private / "notarize.zip", key)

        yield sign
    finally:
        run("security", "delete-keychain", str(keychain))


def notarize(path: Path, archive: Path, key: Path) -> None:
    """Let Apple check a library. A ticket cannot be attached to it: macOS asks Apple."""
    run("ditto", "-c", "-k", str(path), str(archive))
    who = ["--key", str(key), "--key-id", os.environ["NOTARY_KEY_ID"]]
    who += ["--issuer", os.environ["NOTARY_ISSUER"]]
    run("xcrun", "notarytool", "submit", str(archive), *who, "--wait", "--timeout", "30m")


def run(*command: str) -> None:
    """Run a program. A failure names only the program: its arguments may hold a password."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is missing: install it") from None
    if done.returncode != 0:
        print(done.stdout.decode(errors="replace"), file=sys.stderr)
        raise SystemExit(f"{command[0]} {command[1]}: exit code {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
