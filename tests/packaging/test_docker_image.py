# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Docker image, built from its Dockerfile by buildah, which needs no daemon, works.

Its base is a plain Debian of the same release, and pip finds the packages in a folder, so that
nothing comes from a registry of images.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pipeline import project

from tests.support import debian_chroots
from tests.support.commands import run
from tests.support.machine_packages import program
from tests.support.networks import own_network
from tests.support.wheels import PIP_CONFIGURATION, make_wheels

FOLDER = project.ROOT / "packaging" / "docker"
pytestmark = [pytest.mark.suites, pytest.mark.xdist_group("docker image")]

BASE = "docker.io/library/debian:trixie-slim"

# Starts and stops the container as Docker would, and prints a client's view
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
    answer = requests.get(hello, auth=("orthanc", "long and secret"), timeout=60)
    seen["hello"] = [answer.status_code, answer.text[:18]]
    seen["without password"] = requests.get(hello, timeout=60).status_code
    seen["data"] = "index" in data()
    server.terminate()
seen["exit code"] = server.wait(60)
print(json.dumps(seen))
"""


class Buildah:
    """Keeps its images in a folder."""

    def __init__(self, folder: Path) -> None:
        storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        self._command = [str(program("buildah", "buildah")), *storage, "--storage-driver", "vfs"]
        self._environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}

    def __call__(self, *arguments: str | Path) -> str:
        """Run buildah; return its last line of output."""
        output = run([*self._command, *arguments], env=self._environment).stdout.strip()
        return output.rpartition("\n")[2]

    def inspect(self, image: str) -> dict[str, Any]:
        command = [*self._command, "inspect", "--type", "image", image]
        found: dict[str, Any] = json.loads(subprocess.check_output(command))["Docker"]["config"]
        return found

    def run(
        self,
        container: str,
        *command: str,
        password: str | None = None,
        volumes: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run as `docker run` does, in a separate network."""
        options = ["--network", "host"]
        options += [] if password is None else ["--env", f"ORTHANC_PASSWORD={password}"]
        options += [word for volume in volumes for word in ("-v", volume)]
        return subprocess.run(
            [*self._command, "run", *options, container, "--", *command],
            env=self._environment,
            preexec_fn=own_network,
            capture_output=True,
            text=True,
            timeout=600,
        )


def make_base(buildah: Buildah, folder: Path) -> None:
    suite = debian_chroots.prepare("trixie-plain")
    archive, pip = folder / "base.tar", folder / "pip.conf"
    run(["tar", "-C", str(suite.root), "--one-file-system", "-cf", str(archive), "."])
    pip.write_text(PIP_CONFIGURATION, encoding="utf-8")
    container = buildah("from", "scratch")
    buildah("add", "-q", container, archive, "/")
    buildah("add", "-q", container, pip, "/etc/pip.conf")
    buildah("commit", "-q", "--rm", container, BASE)


@dataclass(frozen=True)
class Image:
    """The image, and a container of it."""

    buildah: Buildah
    container: str
    config: dict[str, Any]

    def drive(self, password: str | None, volumes: Sequence[str] = ()) -> dict[str, Any]:
        """Start the container, read its responses, and stop it."""
        given = json.dumps([self.config["Cmd"], self.config["Healthcheck"]["Test"][1:]])
        command = ("/opt/python/bin/python", "-c", DRIVER, given)
        done = self.buildah.run(self.container, *command, password=password, volumes=volumes)
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout)
        return {**seen, "log": done.stderr}

    def refuses(self, password: str | None, volumes: Sequence[str] = ()) -> str:
        """The output of a container that must fail to start."""
        command = self.config["Cmd"]
        done = self.buildah.run(self.container, *command, password=password, volumes=volumes)
        assert done.returncode == 1, done.stderr
        assert "Orthanc version" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("image")
    buildah = Buildah(folder)
    make_base(buildah, folder)
    mounted = f"{make_wheels(folder, '3.13')}:/wheels:ro"
    options = ["--pull-never", "--network", "host", "--format", "docker", "-v", mounted]
    buildah("build", *options, "-t", "image", FOLDER)
    container = buildah("from", "--pull-never", "image")
    return Image(buildah, container, buildah.inspect("image"))


@pytest.fixture
def mounted(tmp_path: Path) -> Callable[..., list[str]]:
    """`docker run -v`: a configuration that replaces the image's own."""

    def write(**config: object) -> list[str]:
        # the one of the Orthanc Book
        given = {
            "StorageDirectory": "/var/lib/orthanc/db",
            "RemoteAccessAllowed": True,
            "Plugins": ["/usr/local/share/orthanc/plugins"],
            "PythonScript": "/scripts/main.py",
            **config,
        }
        (tmp_path / "orthanc.json").write_text(json.dumps(given), encoding="utf-8")
        return [f"{tmp_path / 'orthanc.json'}:/etc/orthanc/orthanc.json:ro"]

    return write


SEEN = {
    "before": [[], 1],
    "exit code before the end": None,
    "hello": [200, "Hello from Python "],
    "without password": 401,
    "data": True,
    "exit code": 0,
}


def test_the_image(image: Image) -> None:
    assert image.config["User"] == "orthanc"
    seen = image.drive("long and secret")
    log = seen.pop("log")
    assert seen == SEEN, log


@pytest.mark.parametrize("password", [None, "", " ", "orthanc"])
def test_no_start_without_a_password(image: Image, password: str | None) -> None:
    said = image.refuses(password)
    assert 'the password of the user "orthanc" is' in said
    assert "docker run -e ORTHANC_PASSWORD=..." in said


def test_a_mounted_configuration_needs_users(
    image: Image, mounted: Callable[..., list[str]]
) -> None:
    said = image.refuses("long and secret", mounted())
    assert "RegisteredUsers is empty" in said
    assert '"RegisteredUsers": {"orthanc": "${ORTHANC_PASSWORD}"}' in said
    users = {"orthanc": "${ORTHANC_PASSWORD}"}
    seen = image.drive("long and secret", mounted(RegisteredUsers=users))
    assert [seen["hello"][0], seen["without password"]] == [200, 401], seen["log"]


def test_a_configuration_can_be_open_on_purpose(
    image: Image, mounted: Callable[..., list[str]]
) -> None:
    seen = image.drive(None, mounted(AuthenticationEnabled=False))
    assert seen["without password"] == 200, seen["log"]
    assert "WARNING: /etc/orthanc says AuthenticationEnabled: false" in seen["log"]


def test_an_image_that_is_built_on_it(image: Image, tmp_path: Path) -> None:
    config = {"RemoteAccessAllowed": True, "RegisteredUsers": {"alice": ""}}
    (tmp_path / "mine.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(
        "FROM image\nCOPY mine.json /mine.json\nENTRYPOINT []\n"
        'CMD ["sh", "-c", "exec Orthanc --verbose /mine.json"]\n',
        encoding="utf-8",
    )
    image.buildah("build", "--pull-never", "-t", "derived", tmp_path)
    container = image.buildah("from", "--pull-never", "derived")
    derived = Image(image.buildah, container, image.buildah.inspect("derived"))
    assert 'the password of the user "alice" is empty' in derived.refuses(None)
