# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The names of the module, including those that scripts for release 7.1 of the plugin use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Servers

SCRIPT = """
import importlib
import inspect
import pydoc
import types
import orthanc
from recorder import answer, route


def describe():
    names = {'functions': {}, 'classes': {}, 'enumerations': {}}
    for name, value in vars(orthanc).items():
        if name.startswith('_'):
            continue
        if inspect.isclass(value):
            members = {n: v for n, v in vars(value).items() if not n.startswith('_')}
            if members and all(isinstance(v, int) for v in members.values()):
                names['enumerations'][name] = members
            else:
                names['classes'][name] = sorted(members)
        elif inspect.isroutine(value):
            names['functions'][name] = [value.__doc__, str(inspect.signature(value))]
    return names


@route('/names')
def on_names(output, uri, **request):
    answer(output, describe())


@route('/details')
def on_details(output, uri, **request):
    answer(output, {
        'exception': [c.__name__ for c in orthanc.OrthancException.__mro__],
        'exception module': orthanc.OrthancException.__module__,
        'text': str(orthanc.OrthancException(17, 'Unknown resource')),
        'type of a member': type(orthanc.ErrorCode.SUCCESS).__name__,
        'equal': orthanc.ErrorCode.UNKNOWN_RESOURCE == 17,
        'enumeration': repr(orthanc.ChangeType),
        'members': sorted(
            (value, name) for name, value in vars(orthanc.ResourceType).items()
            if not name.startswith('__')
        ),
        'called': [orthanc.ChangeType(9) == orthanc.ChangeType.STABLE_STUDY, orthanc.ChangeType()],
        'is a module': isinstance(orthanc, types.ModuleType),
        'reloaded': importlib.reload(orthanc) is orthanc and hasattr(orthanc, 'Image'),
        'pydoc': len(pydoc.render_doc(orthanc)) > 10000,
        'set': [setattr(orthanc, 'FOO', 1), orthanc.FOO],
        'signature': str(inspect.signature(orthanc.RestApiPost)),
        'method signature': str(inspect.signature(orthanc.RestOutput.AnswerBuffer)),
    })
"""

_FACTS = json.loads(
    (Path(__file__).parents[1] / "sdk" / "orthanc-7.1.json").read_text(encoding="utf-8")
)
FUNCTIONS = sorted(name for name in _FACTS["callables"] if "." not in name)
METHODS = {
    kind: {name.partition(".")[2] for name in _FACTS["callables"] if name.startswith(kind + ".")}
    for kind in _FACTS["classes"]
}
ENUMERATIONS: dict[str, dict[str, int]] = _FACTS["enumerations"]


@pytest.fixture(scope="module")
def names(module_orthanc: Servers) -> dict[str, Any]:
    result: dict[str, Any] = module_orthanc(SCRIPT, debian="sid").get("/names").json()
    return result


@pytest.mark.chroot
class TestNewestOrthanc:
    def test_the_table_of_names_is_complete(self) -> None:
        methods = sum(map(len, METHODS.values()))
        members = sum(map(len, ENUMERATIONS.values()))
        counts = [len(FUNCTIONS), len(METHODS), methods, len(ENUMERATIONS), members]
        assert counts == [105, 16, 64, 28, 269]

    def test_functions(self, names: dict[str, Any]) -> None:
        assert sorted(set(FUNCTIONS) - set(names["functions"])) == []

    def test_classes_and_methods(self, names: dict[str, Any]) -> None:
        assert sorted(set(METHODS) - set(names["classes"])) == []
        missing = {
            name: sorted(methods - set(names["classes"][name])) for name, methods in METHODS.items()
        }
        assert {name: methods for name, methods in missing.items() if methods} == {}

    def test_enumerations(self, names: dict[str, Any]) -> None:
        different = [
            (enumeration, member, value, names["enumerations"].get(enumeration, {}).get(member))
            for enumeration, members in ENUMERATIONS.items()
            for member, value in members.items()
            if names["enumerations"].get(enumeration, {}).get(member) != value
        ]
        assert different == []

    def test_enumerations_differ_from_classes(self, names: dict[str, Any]) -> None:
        """Scripts tell them apart by their public attributes, as this test does."""
        assert set(names["enumerations"]) == set(ENUMERATIONS)
        assert set(names["classes"]) >= {*METHODS, "OrthancException"}

    def test_every_function_is_documented(self, names: dict[str, Any]) -> None:
        """Bug 45 of docs/contributing/upstream-bugs.md: docstrings had no content."""
        bare = [
            name
            for name, (documentation, signature) in names["functions"].items()
            if not documentation or not signature
        ]
        assert bare == []


def test_names_behave_as_in_release_7_1(orthanc: Servers) -> None:
    details = orthanc(SCRIPT).get("/details").json()
    assert details["exception"][:2] == ["OrthancException", "Exception"]
    assert details["exception module"] == "orthanc"
    assert details["text"] == "(17, 'Unknown resource')"
    assert details["type of a member"] == "int"
    assert details["equal"] is True
    assert details["enumeration"] == "<class 'orthanc.ChangeType'>"
    members = [[0, "PATIENT"], [1, "STUDY"], [2, "SERIES"], [3, "INSTANCE"], [4, "NONE"]]
    assert details["members"] == members
    assert details["called"] == [True, 0]
    assert details["is a module"] is True
    assert details["reloaded"] is True
    assert details["pydoc"] is True
    assert details["set"] == [None, 1]
    assert details["signature"] == "(uri, body)"
    assert details["method signature"] == "(self, /, answer, mime_type)"


LATE = """
import pickle
import sys
import orthanc
from recorder import answer, route

AT_START = [name for name in sys.modules if name.startswith('orthanc_runtime.')]


@route('/late')
def on_late(output, uri, **request):
    listed = dir(orthanc)
    star = {}
    exec('from orthanc import *', star)
    answer(output, {
        'at start': AT_START,
        'listed': listed,
        'star': sorted(star),
        'same': all(star[name] is getattr(orthanc, name) for name in star if name[0] != '_'),
        'kinds': [type(orthanc.http).__name__, type(orthanc.rest).__name__],
        'has': [hasattr(orthanc, name) for name in ('http', 'BaseJob', 'Nothing')],
        'pickled': pickle.loads(pickle.dumps(orthanc.WebDavFile('a', 1))).size,
    })
"""
LATE_NAMES = {
    "BaseJob",
    "HttpError",
    "HttpResponse",
    "Request",
    "Response",
    "UploadBody",
    "WebDavFile",
    "WebDavFolder",
    "WorkerPool",
    "job",
    "mount",
    "on",
    "route",
}


@pytest.mark.chroot
def test_names_that_are_loaded_late_look_present(
    orthanc: Servers,
) -> None:
    names = orthanc(LATE, debian="sid").get("/late").json()
    late = {
        "datasets",
        "http",
        "combined_callbacks",
        "jobs",
        "routes",
        "shutdown",
        "streams",
        "webdav",
    }
    late |= {"aio", "event_loop", "worker_module", "worker_pool"}
    assert not {f"orthanc_runtime.{name}" for name in late} & {*names["at start"]}
    assert {*names["listed"]} >= LATE_NAMES
    assert {"aio", "http", "rest"}.isdisjoint(names["listed"])  # neither functions nor classes
    assert {*names["star"]} == {n for n in names["listed"] if n[0] != "_"} | {"__builtins__"}
    assert names["same"] is True
    assert names["kinds"] == ["HttpClient", "RestClient"]
    assert names["has"] == [True, True, False]
    assert names["pickled"] == 1
