# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signatures: real ones for Windows with a self-signed certificate, and the commands for macOS."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pipeline import project

from tests.packaging.conftest import artifact, make_wheel
from tests.support.machine_packages import program

PROGRAM = project.ROOT / "packaging" / "sign.py"
PASSWORD = "a secret"


def run(*command: str | Path) -> str:
    done = subprocess.run([str(one) for one in command], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def sign(system: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if "CERTIFICATE" not in key}
    return subprocess.run(
        [sys.executable, str(PROGRAM), system, str(folder)],
        env={**inherited, "SOURCE_DATE_EPOCH": "1700000000", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate (certificate.pem) with its key, as PKCS #12."""
    folder = tmp_path_factory.mktemp("certificate")
    openssl = program("openssl", "openssl")
    key, pem, container = (folder / name for name in ("key.pem", "certificate.pem", "c.p12"))
    run(
        *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", pem),
        *("-days", "2", "-subj", "/CN=Test", "-addext", "extendedKeyUsage=codeSigning"),
    )
    export: list[str | Path] = [
        "-export",
        "-inkey",
        key,
        "-in",
        pem,
        "-passout",
        f"pass:{PASSWORD}",
    ]
    run(openssl, "pkcs12", *export, "-out", container)
    return container


@pytest.fixture(scope="module")
def dll(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A library that MinGW built."""
    folder = tmp_path_factory.mktemp("dll")
    (folder / "x.c").write_text("__declspec(dllexport) int x(void) { return 1; }\n", "utf-8")
    gcc = program("x86_64-w64-mingw32-gcc-posix", "gcc-mingw-w64-x86-64-posix")
    run(gcc, "-shared", "-o", folder / "x.dll", folder / "x.c")
    return (folder / "x.dll").read_bytes()


@pytest.fixture
def dist(tmp_path: Path, dll: bytes) -> Path:
    """A library and a wheel that contains the same library."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "OrthancPython-1.0.dll").write_bytes(dll)
    raw = make_wheel(tmp_path, artifact("any", "win_amd64").platform, dll, "1.0")
    with zipfile.ZipFile(raw) as archive:
        archive.extractall(tmp_path / "content")
    run(sys.executable, "-m", "wheel", "pack", tmp_path / "content", "--dest-dir", folder)
    return folder


def inside(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_windows_accepts_the_signature_of_the_library_and_of_its_copy_in_the_wheel(
    dist: Path, certificate: Path, dll: bytes
) -> None:
    (wheel,) = dist.glob("*.whl")
    before = inside(wheel)
    encoded = base64.b64encode(certificate.read_bytes()).decode()
    secrets = {"WINDOWS_CERTIFICATE": encoded, "WINDOWS_CERTIFICATE_PASSWORD": PASSWORD}
    done = sign("windows", dist, **secrets, WINDOWS_TIMESTAMPS="")
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    library = dist / "OrthancPython-1.0.dll"
    assert library.read_bytes() != dll
    trusted = ["-CAfile", str(certificate.with_name("certificate.pem"))]
    run(program("osslsigncode", "osslsigncode"), "verify", *trusted, "-in", library)
    after = inside(wheel)
    assert after["orthanc_python/OrthancPython.dll"] == library.read_bytes()
    assert set(after) == set(before)
    changed = {name for name in after if after[name] != before[name]}
    assert {name.rsplit("/")[-1] for name in changed} == {"OrthancPython.dll", "RECORD"}
    run(sys.executable, "-m", "wheel", "unpack", wheel, "--dest", dist)  # checks the RECORD


def test_a_wrong_password_is_a_failure_that_does_not_show_it(
    dist: Path, certificate: Path, dll: bytes
) -> None:
    encoded = base64.b64encode(certificate.read_bytes()).decode()
    secrets = {"WINDOWS_CERTIFICATE": encoded, "WINDOWS_CERTIFICATE_PASSWORD": "hunter2"}
    done = sign("windows", dist, **secrets)
    assert done.returncode == 1
    assert "osslsigncode sign: exit code " in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert (dist / "OrthancPython-1.0.dll").read_bytes() == dll


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_without_secrets_nothing_is_signed(dist: Path, system: str) -> None:
    before = {path.name: path.read_bytes() for path in dist.iterdir()}
    done = sign(system, dist)
    assert done.returncode == 0
    assert "Nothing is signed" in done.stdout
    assert {path.name: path.read_bytes() for path in dist.iterdir()} == before


def test_half_of_the_secrets_is_a_mistake(dist: Path) -> None:
    done = sign("windows", dist, WINDOWS_CERTIFICATE="eA==")
    assert done.returncode == 1
    assert "WINDOWS_CERTIFICATE_PASSWORD not set" in done.stderr


def test_apple_signs_before_it_notarizes_and_the_keychain_goes(tmp_path: Path) -> None:
    """Only the order of Apple's commands: they exist on macOS alone."""
    programs, calls = tmp_path / "bin", tmp_path / "calls"
    programs.mkdir()
    for name in ("security", "codesign", "ditto", "xcrun"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $1 $2" >> "{calls}"\n', "utf-8")
        (programs / name).chmod(0o755)
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "OrthancPython-1.0-macos.dylib").write_bytes(b"library")
    names = ("MACOS_CERTIFICATE", "MACOS_CERTIFICATE_PASSWORD", "NOTARY_KEY", "NOTARY_KEY_ID")
    secrets = dict.fromkeys((*names, "NOTARY_ISSUER"), "eA==")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = sign("macos", dist, PATH=path, **secrets)
    assert done.returncode == 0, done.stderr
    steps = [" ".join(line.split()[:2]) for line in calls.read_text("utf-8").splitlines()]
    assert steps == [
        *("security create-keychain", "security unlock-keychain", "security import"),
        *("security set-key-partition-list", "codesign --force", "ditto -c", "xcrun notarytool"),
        "security delete-keychain",
    ]
