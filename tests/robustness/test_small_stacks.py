# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orthanc's HTTP threads have 100 KB of stack on Linux: no script can overflow them."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest

from tests.support import arm64, free_threaded, pythons
from tests.support.processes import address_space
from tests.support.servers import Servers

SCRIPT = """
import json
import sys
import threading
import orthanc
from recorder import answer, outcome, route

@route('/nested')
def on_nested(output, uri, **request):
    text = '[' * 900 + ']' * 900
    answer(output, [
        outcome(lambda: len(json.loads(text)))[:1],
        outcome(json.loads, '[' * 100000)[0],
    ])

def descend(depth):
    return 0 if depth == 0 else 1 + descend(depth - 1)

class Chain:
    def __repr__(self):
        return repr(Chain())

@route('/recursion')
def on_recursion(output, uri, **request):
    results = [outcome(descend, 500), outcome(descend, 1000000)[0], outcome(repr, Chain())[0]]
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(5000)
        results.append(outcome(descend, 4000))
    finally:
        sys.setrecursionlimit(limit)
    answer(output, results)

@route('/import')
def on_import(output, uri, **request):
    import ctypes, decimal, email.mime.text, html.parser, pydoc, sqlite3, ssl, xml.dom.minidom
    import module_beside
    compiled = compile('+'.join(['(1)'] * 60), 'sum', 'eval')
    answer(output, [module_beside.VALUE, eval(compiled), str(decimal.Decimal('1.1'))])

@route('/local')
def on_local(output, uri, **request):
    answer(output, getattr(local, 'value', 0))
    local.value = getattr(local, 'value', 0) + 1

class Ends:
    # runs when an Orthanc thread ends
    def __del__(self):
        json.loads('[' * 900 + ']' * 900)

local = threading.local()

@route('/ends')
def on_ends(output, uri, **request):
    local.ends = Ends()
    answer(output, None)
"""
# An expression that overflows a weak parser, and takes a while to import
MODULE = f"VALUE = {'(' * 60}1{')' * 60}\nTABLE = {'{0: ' * 15}1{'}' * 15}\n"


def check(orthanc: Servers, **options: Any) -> None:
    server = orthanc(SCRIPT, files={"module_beside.py": MODULE}, **options)
    for _ in range(3):
        nested, unbounded = server.get("/nested").json()
        assert nested == ["returned"]
        assert unbounded in ("RecursionError", "JSONDecodeError")
        result = server.get("/recursion").json()
        assert result[0] == ["returned", 500]
        assert result[1:3] == ["RecursionError", "RecursionError"]
        assert result[3] == ["returned", 4000]
        assert server.get("/import").json() == [1, 60, "1.1"]
        assert server.get("/local").status_code == 200
        assert server.get("/ends").status_code == 200


@pytest.mark.parametrize("python", pythons.shared(), ids=lambda python: python.name)
def test_small_stacks_suffice_with_each_python(
    orthanc: Servers, python: pythons.Python, universal_plugin: Path
) -> None:
    executable = {"Python": {"Executable": str(python.executable)}}
    check(orthanc, plugin=universal_plugin, config=executable)


def test_small_stacks_suffice_without_gil(orthanc: Servers, universal_plugin: Path) -> None:
    executable = {"Python": {"Executable": str(free_threaded.python().executable)}}
    check(orthanc, plugin=universal_plugin, config=executable)


@pytest.mark.chroot
def test_small_stacks_suffice_on_arm64(orthanc: Servers) -> None:
    """Assembly code for each processor switches the stack."""
    check(orthanc, debian="bookworm-arm64", plugin=arm64.library())


@pytest.mark.chroot
@pytest.mark.parametrize("minor", ["3.13", "3.14", "3.15"])
def test_small_stacks_suffice_with_the_newest_pythons(orthanc: Servers, minor: str) -> None:
    executable = f"/usr/bin/python{minor}"
    check(orthanc, debian="sid", config={"Python": {"Executable": executable}})


def test_a_request_without_memory_for_a_stack_fails(orthanc: Servers) -> None:
    """The request fails; the server keeps running, and works again once memory is available."""
    server = orthanc(SCRIPT, files={"module_beside.py": MODULE}, config={"HttpThreadsCount": 4})
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_AS)
    used = address_space(server.pid)
    resource.prlimit(server.pid, resource.RLIMIT_AS, (used + (4 << 20), unlimited[1]))
    try:
        statuses = {server.get("/local").status_code for _ in range(8)}
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_AS, unlimited)
    assert statuses == {500}
    server.wait_for_log("there is no memory for a stack")
    assert server.get("/local").status_code == 200
