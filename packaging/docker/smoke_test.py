# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Try an image with Docker: python smoke_test.py IMAGE. It needs the ports 4242 and 8042."""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PASSWORD = "for the smoke test"
CONFIGURATION = """{
  "StorageDirectory": "/var/lib/orthanc/db",
  "RemoteAccessAllowed": true,
  "Plugins": ["/usr/local/share/orthanc/plugins"],
  "PythonScript": "/etc/orthanc/hello.py"
}"""


def docker(*arguments: str) -> str:
    """The output of the command, which must succeed."""
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def status(password: str) -> int:
    """The HTTP status of a request as the user "orthanc"."""
    word = base64.b64encode(f"orthanc:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {word}"}
    request = urllib.request.Request("http://127.0.0.1:8042/system", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def health(container: str) -> str:
    """The health of the container, once it is known."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = docker("inspect", "--format", "{{.State.Health.Status}}", container)
        if found != "starting":
            return found
        time.sleep(1)
    return "starting"


def check(image: str, folder: Path) -> dict[str, bool]:
    """Run the command of docs/how-to/docker.md; return each requirement and whether it holds."""
    (folder / "orthanc.json").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "hello.py").write_text("print('Hello world!')\n", encoding="utf-8")
    folder.chmod(0o755)
    volumes = [f"-v{folder}/{name}:/etc/orthanc/{name}:ro" for name in ("orthanc.json", "hello.py")]
    refused = subprocess.run(["docker", "run", "--rm", *volumes, image]).returncode
    ports = ["-p4242:4242", "-p8042:8042"]
    variables = ["-e", f"ORTHANC_PASSWORD={PASSWORD}"]
    container = docker("run", "-d", *ports, *variables, *volumes, image)
    try:
        results = {
            "without a password, the image refuses to start": refused == 1,
            "the container is healthy": health(container) == "healthy",
            "a request with the password succeeds": status(PASSWORD) == 200,
            "a request with another password fails": status("orthanc") == 401,
            "the script runs": "Hello world!" in docker("logs", container),
        }
        docker("stop", "--time", "45", container)
        code = docker("inspect", "--format", "{{.State.ExitCode}}", container)
        return {**results, "Orthanc stops with exit code 0": code == "0"}
    finally:
        subprocess.run(["docker", "logs", container])
        docker("rm", "--force", container)


def main() -> None:
    """Print the results; fail if one is not as it must be."""
    with tempfile.TemporaryDirectory() as folder:
        results = check(sys.argv[1], Path(folder))
    for claim, holds in results.items():
        print(f"{'ok' if holds else 'FAIL':5} {claim}")
    sys.exit(0 if all(results.values()) else 1)


if __name__ == "__main__":
    main()
