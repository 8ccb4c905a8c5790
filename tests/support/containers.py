# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images and containers without a daemon, by buildah; each container has a network of its own."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import debian_chroots
from .commands import run
from .machine_packages import program
from .networks import own_network
from .wheels import PIP_CONFIGURATION

PASSWORD = "long and secret"

# Starts and stops the container as Docker would, and prints a client's view
DRIVER = f"""
import json, os, subprocess, sys, time
import requests
from orthanc_python.stop_signals import listens_to_signals

command, health, path = json.loads(sys.argv[1])
url = "http://127.0.0.1:8042" + path
auth = ("orthanc", "{PASSWORD}")


def is_healthy():
    if health:
        return subprocess.run(health, stderr=subprocess.DEVNULL).returncode == 0
    try:
        requests.get(url, timeout=60)
    except requests.ConnectionError:
        return False
    return True


seen = {{"healthy before": is_healthy()}}
server = subprocess.Popen(command, stdout=sys.stderr)
# An answer may come before Orthanc handles the signal that ends it
while server.poll() is None and not (is_healthy() and listens_to_signals(server.pid)):
    time.sleep(0.1)
seen["exit code before the end"] = server.poll()
if server.poll() is None:
    answer = requests.get(url, auth=auth, timeout=60)
    seen["answer"] = [answer.status_code, answer.text]
    seen["without password"] = requests.get(url, timeout=60).status_code
    seen["data"] = sorted(n for n in os.listdir("/var/lib/orthanc/db") if n.startswith("index"))
    server.terminate()
seen["exit code"] = server.wait(60)
print(json.dumps(seen))
"""

# Runs its arguments until they print a line with $PATTERN, and prints all that they have printed
RUN_UNTIL = """
: >/tmp/log
"$@" >>/tmp/log 2>&1 &
until grep -q "$PATTERN" /tmp/log || ! kill -0 $!; do sleep 0.1; done
kill -KILL $!
cat /tmp/log
"""


@dataclass(frozen=True)
class Options:
    """The options of `docker run` that tests use."""

    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    volumes: Sequence[str] = ()
    user: str | None = None
    entrypoint: str | None = None


def docker_run(line: str, values: Mapping[str, str]) -> Options:
    """The options of a command in the documents, with the values for its placeholders."""
    for placeholder, value in values.items():
        line = line.replace(placeholder, value)
    parser = argparse.ArgumentParser(prog="docker run")
    parser.add_argument("-p", action="append", choices=["4242:4242", "8042:8042"])
    parser.add_argument("--rm", action="store_true")
    parser.add_argument("-e", action="append", default=[])
    parser.add_argument("-v", action="append", default=[])
    parser.add_argument("--user")
    parser.add_argument("--entrypoint")
    parser.add_argument("image")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    words = shlex.split(line)
    assert words[:2] == ["docker", "run"], line
    found = parser.parse_args(words[2:])
    return Options(
        arguments=found.arguments,
        environment=dict(variable.split("=", 1) for variable in found.e),
        volumes=[volume for volume in found.v if volume.startswith("/")],  # others are new
        user=found.user,
        entrypoint=found.entrypoint,
    )


class Buildah:
    """Keeps its images in a folder."""

    def __init__(self, folder: Path) -> None:
        places = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        buildah = str(program("buildah", "buildah"))
        self._command = [buildah, *places, "--storage-driver", "overlay"]
        self._environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}

    def __call__(self, *arguments: str | Path) -> str:
        """Run buildah; return its last line of output."""
        output = run([*self._command, *arguments], env=self._environment).stdout.strip()
        return output.rpartition("\n")[2]

    def build(self, context: Path, name: str, *, base: str, wheels: Path) -> Image:
        """Build the image; pip finds packages only in the folder of wheels."""
        options = ["--pull-never", "--network", "host", "--format", "docker", "--from", base]
        self("build", *options, "-v", f"{wheels}:/wheels:ro", "-t", name, context)
        return self.image(name)

    def image(self, name: str) -> Image:
        command = [*self._command, "inspect", "--type", "image", name]
        config: dict[str, Any] = json.loads(subprocess.check_output(command))["Docker"]["config"]
        return Image(self, name, config)

    def debian(self, release: str, name: str, folder: Path) -> None:
        """An image of Debian, in which pip is configured for the folder of wheels."""
        root = debian_chroots.prepare(release).root
        archive, pip = folder / f"{release}.tar", folder / "pip.conf"
        run(["tar", "-C", str(root), "--one-file-system", "-cf", str(archive), "."])
        pip.write_text(PIP_CONFIGURATION, encoding="utf-8")
        container = self("from", "scratch")
        self("add", "-q", container, archive, "/")
        self("add", "-q", container, pip, "/etc/pip.conf")
        self("commit", "-q", "--rm", container, name)
        archive.unlink()

    def run(
        self, image: str, command: Sequence[str], options: Options
    ) -> subprocess.CompletedProcess[str]:
        """Run in a new container, which is then deleted."""
        words = ["--network", "host"]
        for name, value in options.environment.items():
            words += ["--env", f"{name}={value}"]
        for volume in options.volumes:
            words += ["-v", volume]
        if options.user is not None:
            words += ["--user", options.user]
        container = self("from", "--pull-never", image)
        try:
            return subprocess.run(
                [*self._command, "run", *words, container, "--", *command],
                env=self._environment,
                preexec_fn=own_network,
                capture_output=True,
                text=True,
                timeout=600,
            )
        finally:
            self("rm", container)


@dataclass(frozen=True)
class Image:
    """An image, and the part of its configuration that Docker uses."""

    buildah: Buildah
    name: str
    config: dict[str, Any]

    def command(self, options: Options) -> list[str]:
        """The command that Docker runs with the options."""
        if options.entrypoint is not None:
            return [options.entrypoint, *options.arguments]
        arguments = options.arguments or self.config.get("Cmd") or []
        return [*(self.config.get("Entrypoint") or []), *arguments]

    def run(self, options: Options = Options()) -> subprocess.CompletedProcess[str]:
        """Run to the end, as `docker run` does."""
        return self.buildah.run(self.name, self.command(options), options)

    def log_until(self, pattern: str) -> str:
        """The log up to the first line with the pattern; then Orthanc is killed."""
        arguments = ["-c", RUN_UNTIL, "sh", *self.command(Options())]
        return self.run(Options(arguments, {"PATTERN": pattern}, entrypoint="sh")).stdout

    def drive(
        self, options: Options, path: str = "/system", python: str = "/opt/python/bin/python"
    ) -> dict[str, Any]:
        """Start the container, read its responses, and stop it."""
        health = (self.config.get("Healthcheck") or {}).get("Test", [])[1:]
        given = json.dumps([self.command(options), health, path])
        done = self.buildah.run(self.name, [python, "-c", DRIVER, given], options)
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return {**seen, "log": done.stderr}

    def refuses(self, options: Options) -> str:
        """The output of a container that must fail to start."""
        done = self.run(options)
        assert done.returncode == 1, done.stderr
        assert "Orthanc version" not in done.stderr
        return done.stderr
