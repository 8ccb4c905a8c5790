# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Docker image, built from its Dockerfile by buildah, which needs no daemon; what runs in it.

Its base is a plain Debian of the same release, and pip finds the packages in a folder, so that
nothing comes from a registry of images.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pipeline import project

from tests.support import suites
from tests.support.commands import run
from tests.support.host import program

FOLDER = project.ROOT / "packaging" / "docker"
BASE = "docker.io/library/debian:trixie-slim"

# What Docker would do with the container, and what a client sees
DRIVER = """
import json, subprocess, sys, time
from pathlib import Path

import requests

command, health = json.loads(sys.argv[1])
hello = "http://127.0.0.1:8042/hello"


def check_health():
    return subprocess.run(health, stderr=subprocess.DEVNULL).returncode


def data():
    return sorted(path.name for path in Path("/var/lib/orthanc/db-v6").glob("index*"))


seen = {"before": [data(), check_health()]}
server = subprocess.Popen(command, stdout=sys.stderr)
while check_health() != 0 and server.poll() is None:
    time.sleep(0.1)
seen["exit code before the end"] = server.poll()
if server.poll() is None:
    answer = requests.get(hello, auth=("orthanc", "secret"), timeout=60)
    seen["hello"] = [answer.status_code, answer.text[:18]]
    seen["without password"] = requests.get(hello, timeout=60).status_code
    seen["data"] = "index" in data()
    server.terminate()
seen["exit code"] = server.wait(60)
print(json.dumps(seen))
"""


def own_network() -> None:
    """Nobody else has the ports of the image in there, and nobody reaches it."""
    new_network = 0x40000000
    assert ctypes.CDLL(None).unshare(new_network) == 0
    set_flags, up = 0x8914, 1
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", up))


class Buildah:
    """Keeps its images in a folder."""

    def __init__(self, folder: Path) -> None:
        storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        self._command = [str(program("buildah", "buildah")), *storage, "--storage-driver", "vfs"]
        self._environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}

    def __call__(self, *arguments: str | Path) -> str:
        """What it prints last"""
        output = run([*self._command, *arguments], env=self._environment).stdout.strip()
        return output.rpartition("\n")[2]

    def inspect(self, image: str) -> dict[str, Any]:
        command = [*self._command, "inspect", "--type", "image", image]
        found: dict[str, Any] = json.loads(subprocess.check_output(command))["Docker"]["config"]
        return found

    def run(self, container: str, *command: str) -> dict[str, Any]:
        options = ["--network", "host", "--env", "ORTHANC_PASSWORD=secret", container, "--"]
        done = subprocess.run(
            [*self._command, "run", *options, *command],
            env=self._environment,
            preexec_fn=own_network,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return {**result, "log": done.stderr}


def packages(folder: Path) -> Path:
    """The wheel of this source tree, and what it requires, for Debian's Python."""
    pip = [sys.executable, "-m", "pip"]
    options = ["-C", "cmake.define.PYTHON_VERSION=any", "-C", "wheel.py-api=py3"]
    build = ["--no-deps", "--no-build-isolation", "-C", f"build-dir={folder / 'build'}"]
    wheels = folder / "wheels"
    run([*pip, "wheel", "-w", str(wheels), *build, *options, str(project.ROOT)])
    fitting = ["--only-binary", ":all:", "--python-version", "3.13", "-d", str(wheels)]
    run([*pip, "download", *fitting, *project.dependencies()])
    return wheels


def make_base(buildah: Buildah, folder: Path) -> None:
    suite = suites.prepare("trixie-plain")
    archive, pip = folder / "base.tar", folder / "pip.conf"
    run(["tar", "-C", str(suite.root), "--one-file-system", "-cf", str(archive), "."])
    pip.write_text("[global]\nno-index = true\nfind-links = /wheels\n", encoding="utf-8")
    container = buildah("from", "scratch")
    buildah("add", "-q", container, archive, "/")
    buildah("add", "-q", container, pip, "/etc/pip.conf")
    buildah("commit", "-q", "--rm", container, BASE)


@pytest.mark.suites
def test_the_image(tmp_path: Path) -> None:
    buildah = Buildah(tmp_path)
    make_base(buildah, tmp_path)
    mounted = f"{packages(tmp_path)}:/wheels:ro"
    options = ["--pull-never", "--network", "host", "--format", "docker", "-v", mounted]
    buildah("build", *options, "-t", "image", FOLDER)
    config = buildah.inspect("image")
    assert config["User"] == "orthanc"
    given = json.dumps([config["Cmd"], config["Healthcheck"]["Test"][1:]])
    container = buildah("from", "--pull-never", "image")
    seen = buildah.run(container, "/opt/python/bin/python", "-c", DRIVER, given)
    log = seen.pop("log")
    assert seen == {
        "before": [[], 1],
        "exit code before the end": None,
        "hello": [200, "Hello from Python "],
        "without password": 401,
        "data": True,
        "exit code": 0,
    }, log
