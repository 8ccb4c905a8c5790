# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same library with each available CPython, and the packages that scripts use most.

Bug 44 of docs/contributing/upstream-bugs.md is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import pythons
from tests.support.debian_chroots import Chroot
from tests.support.pythons import Python
from tests.support.servers import Servers, check_end, reset

IMPORTS = """
async def md5():
    import orthanc

    return await orthanc.aio.ComputeMd5(b'abc')


def use():
    import io
    import ssl
    import sqlite3
    import sys
    import numpy
    import orthanc
    import PIL.Image
    import pydicom
    import requests

    array = numpy.linalg.inv(numpy.eye(50) * 2)
    image = PIL.Image.fromarray((array * 100).astype('uint8'))
    file = io.BytesIO()
    image.save(file, 'PNG')
    dataset = pydicom.Dataset()
    dataset.PatientID = 'X'
    rows = sqlite3.connect(':memory:').execute('select 6 * 7').fetchall()
    requests.Request('GET', 'https://127.0.0.1/').prepare()
    ssl.create_default_context()
    return {
        'version': '.'.join(map(str, sys.version_info[:2])),
        'prefix': sys.prefix,
        'executable': sys.executable,
        'sum': float(array.sum()),
        'png': len(file.getvalue()) > 50,
        'tag': str(dataset[0x0010, 0x0020].value),
        'rows': rows,
        'coroutine': orthanc.aio.run(md5()),
        'numpy': numpy.__file__,
    }
"""

AT_START = """
from recorder import answer, route
from imports import use

facts = use()


@route('/facts')
def on_facts(output, uri, **request):
    answer(output, facts)
"""

IN_A_CALLBACK = """
from recorder import answer, route
from imports import use


@route('/facts')
def on_facts(output, uri, **request):
    answer(output, use())
"""

SCRIPTS = pytest.mark.parametrize("script", [AT_START, IN_A_CALLBACK], ids=["start", "callback"])
FILES = {"imports.py": IMPORTS}


def check(server: Any, version: str) -> dict[str, Any]:
    response = server.get("/facts", timeout=60)
    assert response.status_code == 200, server.log
    facts: dict[str, Any] = response.json()
    assert facts["version"] == version
    assert facts["sum"] == 25
    assert facts["png"] is True
    assert facts["tag"] == "X"
    assert facts["rows"] == [[42]]
    assert facts["coroutine"] == "900150983cd24fb0d6963f7d28e17f72"
    server.stop()
    check_end(server)
    return facts


@pytest.fixture(params=pythons.shared(), ids=lambda python: python.name)
def python(request: pytest.FixtureRequest) -> Python:
    chosen: Python = request.param
    return chosen


@pytest.fixture
def start(orthanc: Servers, universal_plugin: Path) -> Callable[..., Any]:
    def run(script: str, section: Mapping[str, object], **options: Any) -> Any:
        options.setdefault("plugin", universal_plugin)
        return orthanc(script, files=FILES, config={"Python": dict(section)}, **options)

    return run


@SCRIPTS
def test_a_virtual_environment(start: Callable[..., Any], python: Python, script: str) -> None:
    environment = pythons.environment(python)
    server = start(script, {"VirtualEnv": str(environment)})
    facts = check(server, python.minor)
    assert Path(facts["prefix"]) == environment
    assert Path(facts["executable"]).parent == environment / "bin"
    assert Path(facts["numpy"]).is_relative_to(environment)


@SCRIPTS
def test_packages_of_the_user(start: Callable[..., Any], python: Python, script: str) -> None:
    """The interpreter itself finds the packages in the user's site-packages."""
    environment = pythons.environment(python)  # has the layout of a user's folder
    server = start(
        script,
        {"Executable": str(python.executable)},
        env={"PYTHONUSERBASE": str(environment), "PYTHONNOUSERSITE": ""},
    )
    facts = check(server, python.minor)
    assert Path(facts["numpy"]).is_relative_to(environment)
    assert Path(facts["prefix"]).resolve() == python.executable.resolve().parents[1]


def test_a_reset_keeps_the_packages(start: Callable[..., Any], python: Python) -> None:
    server = start(AT_START, {"VirtualEnv": str(pythons.environment(python))})
    reset(server)
    check(server, python.minor)


@pytest.mark.chroot
class TestNewestPythons:
    """Debian's unstable chroot: its default Python, the previous one and the next one."""

    @SCRIPTS
    def test_packages_of_debian(
        self, start: Callable[..., Any], chroot: Callable[[str], Chroot], script: str
    ) -> None:
        sid = chroot("sid")
        facts = check(start(script, {}, debian="sid"), sid.python_version)
        assert facts["executable"].startswith("/usr/bin/python3")
        assert facts["numpy"].startswith("/usr/lib/python3/dist-packages")

    @pytest.mark.parametrize("minor", ["3.13", "3.14", "3.15"])
    @SCRIPTS
    def test_wheels_in_a_virtual_environment(
        self, start: Callable[..., Any], chroot: Callable[[str], Chroot], minor: str, script: str
    ) -> None:
        sid = chroot("sid")
        environment = pythons.environment_in(sid, minor)
        facts = check(start(script, {"VirtualEnv": environment}, debian="sid"), minor)
        assert facts["prefix"] == environment
        assert facts["numpy"].startswith(environment)
