# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The checks of an Orthanc that has loaded the artifact."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dicom
from environment import Environment

from orthanc_python.server import Orthanc, OrthancFailed

SCRIPT = Path(__file__).with_name("script.py")


@dataclass
class Outcome:
    """The checks in their order, each with its observation."""

    passed: list[tuple[str, str]] = field(default_factory=list)
    failed: str = ""
    log: str = ""


class Failed(Exception):
    """A check did not hold."""


@dataclass
class Session:
    """One Orthanc that has loaded the artifact, and its Python environment."""

    server: Orthanc
    environment: Environment
    packages: list[str]

    def answer(self) -> dict[str, Any]:
        """The script's response."""
        response = self.server.get("/smoke")
        expect(response.status_code == 200, f"GET /smoke: {response.status_code} {response.text}")
        data: dict[str, Any] = response.json()
        return data


def expect(condition: bool, otherwise: str) -> None:
    """Raise `Failed` if the condition does not hold."""
    if not condition:
        raise Failed(otherwise)


def log_names_python(session: Session) -> str:
    """The log says which Python was loaded."""
    version = re.escape(session.environment.about["version"])
    line = session.server.wait_for_log(rf"Python {version}.*, interpreter: .*")
    expect(
        ("free-threaded" in line[0]) == session.environment.about["free_threaded"],
        f"wrong kind of Python: {line[0]}",
    )
    return line[0].strip()


def route_answers(session: Session) -> str:
    """A route of the script responds, from the right Python in the right environment."""
    answer = session.answer()
    about = session.environment.about
    expect(answer["version"] == about["version"], f"Python {answer['version']} answers")
    expect(answer["free_threaded"] == about["free_threaded"], "the other kind of Python answers")
    expect(answer["gil"] != about["free_threaded"], "the GIL of a free-threaded Python is on")
    prefix = session.environment.inside(session.environment.venv)
    expect(_same(answer["prefix"], prefix), f"the prefix is {answer['prefix']}, not {prefix}")
    expect(session.server.post("/smoke", "").status_code == 405, "POST is not refused")
    return f"Python {answer['version']} in {answer['prefix']}"


def instance_is_seen(session: Session) -> str:
    """A callback receives an uploaded instance."""
    data = dicom.instance("SMOKE-1")
    uploaded = session.server.post("/instances", data)
    expect(uploaded.status_code == 200, f"POST /instances: {uploaded.status_code}")
    received = session.answer()["received"]
    wanted = {"id": uploaded.json()["ID"], "patient": "SMOKE-1", "size": len(data)}
    expect(received == [wanted], f"the callback saw {received}")
    return f"instance {wanted['id']}"


def extension_imports(session: Session) -> str:
    """The import of a C extension succeeds, so that it finds CPython's symbols."""
    path = session.answer()["extension"]
    if path is None:
        return "this Python has all of its extensions built in"
    return f"{path}"


def environment_is_used(session: Session) -> str:
    """The imports of packages of the virtual environment succeed."""
    answer = session.answer()
    prefix = session.environment.inside(session.environment.venv)
    expect(_below(answer["package"], prefix), f"smoke_package is {answer['package']}")
    expect(answer["imported"] == session.packages, f"imported {answer['imported']}")
    return ", ".join(["smoke_package", *answer["imported"]])


def reset_works(session: Session) -> str:
    """After POST /tools/reset the script is loaded again and responds."""
    before = session.answer()["answers"]
    expect(before > 1, "the script forgets its variables between requests")
    with contextlib.suppress(OSError):  # of requests: Orthanc may stop before it has responded
        response = session.server.post("/tools/reset", "")
        expect(response.status_code == 200, f"POST /tools/reset: {response.status_code}")
    session.server.wait_for_log(r"smoke: loaded[\s\S]*smoke: loaded")
    again = _after_reset(session)
    expect(again["answers"] == 1, f"answers: {again['answers']} after the reset")
    uploaded = session.server.post("/instances", dicom.instance("SMOKE-2"))
    expect(uploaded.status_code == 200, f"POST /instances: {uploaded.status_code}")
    patients = [one["patient"] for one in session.answer()["received"]]
    expect(patients == ["SMOKE-2"], f"the callback saw {patients} after the reset")
    return "loaded afresh"


def _after_reset(session: Session) -> dict[str, Any]:
    """The first response: the HTTP server restarts shortly after the script was loaded."""
    session.server.wait_for_log(
        r"smoke: loaded[\s\S]*Orthanc has started[\s\S]*Orthanc has started"
    )
    return session.answer()


def stops_cleanly(session: Session) -> str:
    """Orthanc ends by itself, with exit code 0, after the script got the last event."""
    code = session.server.stop(120)
    expect(code == 0, f"exit code {code}")
    expect("smoke: stopped" in session.server.log, "the script was not told of the stop")
    for trace in ("Traceback", "Fatal Python error", "Segmentation fault"):
        expect(trace not in session.server.log, f"the log holds a {trace!r}")
    return "exit code 0"


CHECKS: tuple[Callable[[Session], str], ...] = (
    log_names_python,
    route_answers,
    instance_is_seen,
    extension_imports,
    environment_is_used,
    reset_works,
    stops_cleanly,
)


def run(
    artifact: Path,
    environment: Environment,
    orthanc: Path | None,
    root: Path | None,
    packages: list[str],
) -> Outcome:
    """Load the artifact into Orthanc and make all checks, up to the first that fails."""
    outcome = Outcome()
    package = environment.packages / "smoke_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    if packages:
        environment.add(packages)
    config: dict[str, object] = {}
    if artifact.suffix == ".whl":
        library = environment.install(artifact)
    else:
        library = artifact
        config["Python"] = {"VirtualEnv": environment.inside(environment.venv)}
    variables = {"SMOKE_PACKAGES": ",".join(packages)}
    if root is None:
        variables = {**os.environ, **variables}
        variables.pop("PYTHONPATH", None)  # it is for this program only
    server = Orthanc(
        SCRIPT,
        plugin=library,
        orthanc=orthanc,
        config=config,
        root=root,
        env=variables,
        start_timeout=180,  # qemu is slow
    )
    try:
        _check(server, Session(server, environment, packages), outcome)
    finally:
        outcome.log = server.log
        server.close()
    return outcome


def _check(server: Orthanc, session: Session, outcome: Outcome) -> None:
    outcome.failed = "start"
    try:
        server.start()
        for check in CHECKS:
            outcome.failed = check.__name__
            outcome.passed.append((check.__name__, check(session)))
    except (Failed, OrthancFailed, TimeoutError, OSError) as error:  # requests raises OSError
        outcome.failed += f": {str(error).splitlines()[0]}"
    else:
        outcome.failed = ""


def _same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def _below(path: str, folder: str) -> bool:
    path, folder = (os.path.normcase(os.path.realpath(item)) for item in (path, folder))
    return path.startswith(folder + os.sep)
