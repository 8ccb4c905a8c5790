# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Load one artifact for Windows under Wine, into the host that simulates Orthanc.

    python tests/windows/smoke.py ARTIFACT --python 3.13-x64

ARTIFACT is a wheel or a DLL. Needs root on Debian. On Windows, tests/smoke uses a real Orthanc for
Windows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import cache
from tests.support.fake_orthanc import Host, HostError
from tests.windows import binaries, pythons
from tests.windows.wine import Wine

SCRIPT = """
import _ctypes, json, orthanc, sys

def smoke(output, uri, **request):
    facts = {'version': '%d.%d' % sys.version_info[:2], 'executable': sys.executable,
             'extension': _ctypes.__file__}
    output.AnswerBuffer(json.dumps(facts), 'application/json')

def changed(kind, level, resource):
    if kind == orthanc.ChangeType.ORTHANC_STOPPED:
        print('smoke: stopped')

orthanc.RegisterRestCallback('/smoke', smoke)
orthanc.RegisterOnChangeCallback(changed)
"""


def main() -> int:
    """Run the command and return its exit code: 0 if all is well, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="python tests/windows/smoke.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--python", required=True, choices=pythons.NAMES)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that cleanup runs
    machine = options.python.partition("-")[2]
    program = binaries.build_host(machine)
    with cache.locked("wine-session"):
        wine = Wine(machine)
        try:
            python = pythons.prepare(options.python, wine.root)
            problem = check(options.artifact, python, wine, program)
        finally:
            wine.close()
    print(f"{options.artifact.name} with Python {options.python}: {problem or 'ok'}")
    return 1 if problem else 0


def check(artifact: Path, python: pythons.WindowsPython, wine: Wine, program: Path) -> str:
    """Run all checks; return the first problem, or an empty text."""
    folder = wine.folder / uuid.uuid4().hex
    folder.mkdir()
    (folder / "OrthancPython.dll").write_bytes(library(artifact))
    shutil.copy(program, folder)
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    executable = wine.path(python.executable)
    configuration = {
        "PythonScript": wine.path(folder / "script.py"),
        "Python": {"Executable": executable},
    }
    (folder / "orthanc.json").write_text(json.dumps(configuration), encoding="utf-8")
    names = (program.name, "OrthancPython.dll", "orthanc.json")
    with wine.host([wine.path(folder / name) for name in names]) as host:
        try:
            return faults(host, python.minor, executable)
        except (HostError, AssertionError) as error:
            return str(error)


def library(artifact: Path) -> bytes:
    """The DLL, from the wheel that contains it."""
    if artifact.suffix != ".whl":
        return artifact.read_bytes()
    with zipfile.ZipFile(artifact) as archive:
        return archive.read("orthanc_python/OrthancPython.dll")


def faults(host: Host, version: str, executable: str) -> str:
    """The first problem, or an empty text."""
    if host.started["code"] != 0:
        return f"does not start\n{host.log}"
    answers: list[Any] = [host.json("/smoke")]
    threads = host.command("threads 4 50 /smoke")
    reset = host.command("reset")
    answers.append(host.json("/smoke"))
    for answer in answers:
        if (answer["version"], answer["executable"]) != (version, executable):
            return f"answers {answer}"
    if threads["bad"] or reset["code"]:
        return f"{threads} {reset}\n{host.log}"
    code = host.stop()
    if code != 0 or host.log.count("smoke: stopped") != 2:
        return f"exit code {code}\n{host.log}"
    return "" if f"interpreter: {executable}" in host.log else f"no Python in the log\n{host.log}"


if __name__ == "__main__":
    sys.exit(main())
