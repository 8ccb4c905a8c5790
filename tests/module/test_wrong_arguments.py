# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each function and method of the module raises a clear Python exception for each wrong argument
and for an expired object, and Orthanc keeps running.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc
from tests.support import dicom, peers
from tests.support.servers import Servers, seen

SDK = Path(__file__).parents[2] / "src" / "sdk"

SCRIPT = """
import json
import orthanc
from recorder import answer, outcome, record, route

CALLS = []
KEPT = {}


class Job:
    def step(self): return orthanc.JobStepStatus.SUCCESS
    def stop(self, reason): pass
    def reset(self): pass
    def get_progress(self): return 0
    def get_content(self): return {}
    def get_serialized(self): return None


class Folder:
    def list_folder(self, path): return None
    def retrieve_file(self, path): return None


NAMES = {'orthanc': orthanc, 'image': orthanc.CreateImage(orthanc.PixelFormat.RGB24, 2, 2),
         'function': lambda *a, **k: 0, 'job': Job(), 'folder': Folder()}


def run(receivers):
    '''The calls for which there is an object.'''
    for path, receiver, arguments in [call for call in CALLS if call[1] in receivers]:
        function = getattr(receivers[receiver], path.rpartition('.')[2])
        values = eval(f'[{arguments}]', NAMES)
        record('call', path, arguments, *outcome(function, *values)[:2])


def made():
    content = orthanc.CreateDicom('{"PatientID": "P"}', None, orthanc.CreateDicomFlags.NONE)
    return {'': orthanc, 'Image': NAMES['image'],
            'DicomInstance': orthanc.CreateDicomInstance(content),
            'FindMatcher': orthanc.CreateFindMatcher(content),
            'Job': orthanc.CreateJob('test', NAMES['job']),
            'KeysValuesIterator': orthanc.CreateKeysValuesIterator('store'),
            'Peers': orthanc.GetPeers()}


@route('/prepare')
def prepare(output, uri, body, **request):
    CALLS[:] = json.loads(body)
    output.AnswerBuffer(b'', 'text/plain')


@route('/run')
def on_run(output, uri, **request):
    run({**made(), 'RestOutput': output})
    KEPT['RestOutput'] = output
    output.AnswerBuffer(b'', 'text/plain')


@route('/expired')
def expired(output, uri, **request):
    output.AnswerBuffer(json.dumps(sorted(KEPT)), 'application/json')
    run(KEPT)


@route('/forged')
def forged(output, uri, **request):
    '''Neither made by hand, nor used with another object.'''
    rows = []
    for name, kind in vars(orthanc).items():
        methods = [value for value in vars(kind).values() if callable(value)] \\
            if isinstance(kind, type) and kind.__flags__ & 1 << 10 == 0 else []
        for method in methods:
            rows.append([name, outcome(kind)[0], outcome(kind.__new__, kind)[0],
                         outcome(method, 12)[0], outcome(method)[0]])
    answer(output, rows)


def keep(**objects):
    run(objects)
    KEPT.update(objects)


orthanc.RegisterFindCallback2(lambda answers, query, connection: keep(
    FindAnswers=answers, FindQuery=query, DicomConnection=connection))
orthanc.RegisterWorklistCallback2(lambda answers, query, connection: keep(
    WorklistAnswers=answers, WorklistQuery=query))
orthanc.RegisterOnStoredInstanceCallback(lambda instance, identifier: keep(DicomInstance=instance))
"""

# Valid values, as expressions of the script
RIGHT = {
    "str": "'x'",
    "str | None": "'x'",
    "int": "200",
    "int | None": "200",
    "float": "0.5",
    "bool": "False",
    "_Data": "b''",
    "_Chunks": "[]",
    "_Sink | None": "None",
    "Buffer": "b''",
    "Image | None": "None",
    "WorklistQuery | None": "None",
    "Mapping[str, str] | None": "None",
    "DicomWebCallback | None": "None",
    "JobCallbacks": "job",
    "WebDavHandler": "folder",
}
# ... and invalid ones
WRONG = {
    "str": ["3", "b'x'", "object()", "None", r"'a\0b'", r"'\ud800'"],
    "str | None": ["3", "b'x'", r"'a\0b'", r"'\ud800'"],
    "int": ["'1'", "1.5", "None", "object()", "1 << 80", "-(1 << 80)"],
    "int | None": ["'1'", "1.5", "1 << 80"],
    "float": ["'1'", "None", "object()"],
    "bool": ["1", "None", "'yes'"],
    "_Data": ["3", "object()", "[1]", r"'\ud800'", "memoryview(b'')[0:0].cast('B').release"],
    "_Chunks": ["3", "object()"],
    "_Sink | None": ["3", "b''"],
    "Buffer": ["3", "'text'", "None", "[[1]]"],
    "Image | None": ["3", "orthanc", "object()"],
    "WorklistQuery | None": ["3", "image"],
    "Mapping[str, str] | None": ["3", "['ab']", "{1: 'a'}", "{'a': 1}", r"{'a': 'b\r\nc: d'}"],
    "DicomWebCallback | None": ["3", "'x'"],
    "JobCallbacks": ["3", "None", "object()"],
    "WebDavHandler": ["3", "None", "object()"],
}
CALLBACK = ["3", "None", "'print'"]


# These escape lone surrogates
LOGGED = {"LogError", "LogInfo", "LogMessage", "LogWarning", "RegisterErrorCode"}
LOGGED |= {"RestOutput.SetHttpErrorDetails", "SetCurrentThreadName"}


def is_clear(path: str, kind: str, text: str) -> bool:
    """The exception names the error, and the plugin raised it before calling Orthanc."""
    if kind == "UnicodeEncodeError":
        return r"'\ud800'" in text
    about = (path.rpartition(".")[2], "header", "body")
    fitting = kind in ("TypeError", "ValueError", "OverflowError")
    return fitting and any(name in text for name in about)


@functools.cache
def signatures() -> list[tuple[str, list[str], int]]:
    """Each function and method: its path, its parameters' types, the number of required ones."""
    sys.path.insert(0, str(SDK))
    try:
        from generator import derive, model
    finally:
        sys.path.pop(0)
    view = derive.load(model.load(SDK / "model.json"), SDK / "overrides.json")
    return [
        (item.path, [p.annotation for p in item.parameters], item.required - item.makes_decorators)
        for item in view.callables()
        if item.since <= (1, 13, 0)
    ]


def wrong_calls() -> Iterator[tuple[str, str, str]]:
    for path, types, required in signatures():
        right = [RIGHT.get(type_, "function") for type_ in types]
        receiver = path.rpartition(".")[0]
        yield path, receiver, ", ".join([*right, "None"])  # one too many
        if required > 0:
            yield path, receiver, ", ".join(right[: required - 1])
        for index, type_ in enumerate(types):
            values = WRONG.get(type_, CALLBACK)
            for value in values[:-1] if path in LOGGED and type_ == "str" else values:
                yield path, receiver, ", ".join([*right[:index], value, *right[index + 1 :]])


def right_calls() -> Iterator[tuple[str, str, str]]:
    for path, types, _ in signatures():
        arguments = ", ".join(RIGHT.get(type_, "function") for type_ in types)
        yield path, path.rpartition(".")[0], arguments


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    config = {"DicomAlwaysAllowFind": True, "DicomAlwaysAllowFindWorklist": True}
    return module_orthanc(SCRIPT, debian="sid", config=config)


def visit_callbacks(server: Orthanc) -> None:
    """Make Orthanc create each kind of object that callbacks get."""
    study = Dataset()
    study.QueryRetrieveLevel = "STUDY"
    study.PatientID = ""
    peers.find(server, study)
    worklist = Dataset()
    worklist.PatientID = ""
    peers.find(server, worklist, worklist=True)
    content = dicom.encode(dicom.image("P"))
    assert server.post("/instances", content).status_code == 200


def results(server: Orthanc) -> dict[tuple[str, str], list[Any]]:
    return {(row[1], row[2]): row[3:] for row in seen(server) if row[0] == "call"}


UNREACHABLE = {"StorageArea"}  # only database back-ends get one


@pytest.mark.chroot
def test_each_wrong_argument_is_refused(server: Orthanc) -> None:
    calls = list(wrong_calls())
    server.post("/prepare", json=calls)
    visit_callbacks(server)
    assert server.get("/run").status_code == 200
    found = results(server)
    expected = {(path, text) for path, kind, text in calls if kind not in UNREACHABLE}
    assert found.keys() == expected
    unclear = [
        f"{path}({arguments}): {result}"[:200]
        for (path, arguments), result in found.items()
        if not is_clear(path, *map(str, result))
    ]
    assert unclear == []
    assert server.get("/system").status_code == 200


@pytest.mark.chroot
def test_expired_objects_raise(server: Orthanc) -> None:
    visit_callbacks(server)
    server.get("/run")
    calls = list(right_calls())
    server.post("/prepare", json=calls)
    kinds = server.get("/expired").json()
    assert kinds == [
        "DicomConnection",
        "DicomInstance",
        "FindAnswers",
        "FindQuery",
        "RestOutput",
        "WorklistAnswers",
        "WorklistQuery",
    ]
    found = results(server)
    for path, kind, text in calls:
        if kind in kinds:
            assert found[path, text][0] == "ValueError", (path, found[path, text])
            assert "expired" in found[path, text][1] or "no longer" in found[path, text][1]


@pytest.mark.chroot
def test_no_object_is_forged(server: Orthanc) -> None:
    rows = server.get("/forged").json()
    assert {row[0] for row in rows} >= {path.rpartition(".")[0] for path, *_ in signatures()} - {""}
    assert [row for row in rows if row[1:] != ["TypeError"] * 4] == []
