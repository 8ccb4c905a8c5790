# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin's fork hooks import nothing.

Before the fork, hooks of other modules hold locks that an import by another thread may wait for.
In the child, an import that another thread had begun never ends.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import pythons
from tests.support.servers import Servers

SCRIPT = """
import json
import multiprocessing
import os
import subprocess
import sys

import orthanc
from recorder import answer, route

imports = []
forking = False


def listen(event, arguments):
    if forking and event == 'import':
        imports.append(arguments[0])


def begin():
    global forking
    forking = True


def end():
    global forking
    forking = False


sys.addaudithook(listen)
# The last hook is the first one before the fork, and the last one after it.
os.register_at_fork(before=begin, after_in_parent=end, after_in_child=end)


def tell(path):
    with open(path, 'w') as file:
        json.dump([imports, orthanc.GetConfiguration()[:1]], file)


def tell_of_imports(path):
    with open(path, 'w') as file:
        json.dump([imports, '{'], file)


def fork(path):
    pid = os.fork()
    if pid == 0:
        tell(path)
        os._exit(0)
    os.waitpid(pid, 0)


def start_process(path):
    process = multiprocessing.get_context('fork').Process(target=tell, args=[path])
    process.start()
    process.join()


def run_program(path):
    program = [sys.executable, '-c', '']
    subprocess.run(program, preexec_fn=lambda: tell_of_imports(path), check=True)


@route('/(fork|start_process|run_program)')
def on_fork(output, uri, groups, **request):
    file = os.path.join(os.path.dirname(__file__), groups[0])
    globals()[groups[0]](file)
    with open(file) as told:
        answer(output, [imports, *json.load(told)])
"""


@pytest.mark.parametrize("python", pythons.shared(), ids=lambda python: python.name)
@pytest.mark.parametrize("way", ["fork", "start_process", "run_program"])
def test_fork_hooks_import_nothing(
    orthanc: Servers, universal_plugin: Path, python: pythons.Python, way: str
) -> None:
    executable = {"Python": {"Executable": str(python.executable)}}
    server = orthanc(SCRIPT, plugin=universal_plugin, config=executable)
    in_parent, in_child, configuration = server.get(f"/{way}").json()
    assert in_parent == []
    assert in_child == []
    assert configuration == "{"  # the REST client in the child has a cached copy
