# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Load libraries into the program that simulates Orthanc, with one Python.

    python tests/fake_orthanc/load.py LIBRARY... --python PYTHON
    python tests/fake_orthanc/load.py LIBRARY --python PYTHON --refused "needs Python 3.13d"

Builds the program with CMake at its first use, unless --fake-orthanc names one. With --refused,
each library must refuse PYTHON, with this text in the log. Needs no package but CMake.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.fake_orthanc import FakeOrthanc, FakeOrthancError  # noqa: E402

SCRIPT = """
import _ctypes, json, orthanc, sys

def smoke(output, uri, **request):
    facts = {'version': list(sys.version_info[:3]), 'executable': sys.executable}
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
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("libraries", nargs="+", type=Path, metavar="LIBRARY")
    parser.add_argument("--python", default=sys.executable, help="default: the one that runs this")
    parser.add_argument("--fake-orthanc", type=Path, help="the program that simulates Orthanc")
    parser.add_argument("--refused", metavar="TEXT", help="the reason that the log must have")
    options = parser.parse_args()
    fake = options.fake_orthanc or build_fake_orthanc()
    failed = False
    for library in options.libraries:
        problem = check(fake, library, options.python, options.refused)
        print(f"{library.name} with {options.python}: {problem or 'ok'}", flush=True)
        failed = failed or bool(problem)
    return 1 if failed else 0


def build_fake_orthanc() -> Path:
    """Build or update the program, for the processor of the running Python."""
    machine = platform.machine() if sys.maxsize > 2**32 else "x86"
    folder = ROOT / "build" / f"fake_orthanc-{sys.platform}-{machine}"
    configure = ["cmake", "-S", str(Path(__file__).parent), "-B", str(folder)]
    configure += [f"-DPython3_EXECUTABLE={sys.executable}", "-DCMAKE_BUILD_TYPE=Release"]
    if sys.platform == "win32":  # Visual Studio, which finds its compiler itself
        configure += ["-A", "Win32" if machine == "x86" else "x64"]
    elif sys.platform == "darwin":
        configure += [f"-DCMAKE_OSX_ARCHITECTURES={machine}"]
    for command in (configure, ["cmake", "--build", str(folder), "--config", "Release"]):
        if shutil.which("cmake") is None or subprocess.run(command, check=False).returncode:
            sys.exit(
                "The program that simulates Orthanc was not built, see above. It needs cmake"
                " on PATH and a C++17 compiler: on Windows, Visual Studio 2019 or later."
            )
    suffix = ".exe" if sys.platform == "win32" else ""
    return next(folder.glob(f"**/fake_orthanc{suffix}"))


def check(program: Path, library: Path, python: str, refused: str | None) -> str:
    """The first problem, or an empty text."""
    with tempfile.TemporaryDirectory() as folder:
        script, configuration = Path(folder, "script.py"), Path(folder, "orthanc.json")
        script.write_text(SCRIPT, encoding="utf-8")
        settings = {"PythonScript": str(script), "Python": {"Executable": python}}
        configuration.write_text(json.dumps(settings), encoding="utf-8")
        command = [str(program), str(library.absolute()), str(configuration)]
        try:
            with FakeOrthanc(command) as fake:
                return check_refusal(fake, refused) if refused else check_answers(fake, python)
        except (FakeOrthancError, AssertionError) as error:
            return str(error)


def check_refusal(fake: FakeOrthanc, text: str) -> str:
    """Whether the library refuses the Python, and names the reason."""
    if fake.started["code"] == 0:
        return f"works with a Python that it is not made for\n{fake.log}"
    return "" if text in fake.log else f"does not say {text!r}\n{fake.log}"


def check_answers(fake: FakeOrthanc, python: str) -> str:
    """Whether the script runs in the right Python, before and after a reset, up to the stop."""
    if fake.started["code"] != 0:
        return f"does not start\n{fake.log}"
    wanted = subprocess.run(
        [python, "-c", "import sys; print(list(sys.version_info[:3]))"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    for reset in (True, False):
        answer = fake.json("/smoke")
        if str(answer["version"]) != wanted:
            return f"Python {wanted} expected, not {answer}"
        threads = fake.command("threads 4 50 /smoke")
        if threads["bad"]:
            return f"{threads}\n{fake.log}"
        if reset and fake.command("reset")["code"] != 0:
            return f"does not reset\n{fake.log}"
    code = fake.stop()
    if code != 0 or fake.log.count("smoke: stopped") != 2:
        return f"exit code {code}\n{fake.log}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
