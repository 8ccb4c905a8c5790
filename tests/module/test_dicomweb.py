# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""DICOMweb documents, with and without a callback for binary values."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from orthanc_python.server import Orthanc
from tests.support.servers import Servers

SCRIPT = """
import orthanc
from recorder import answer, outcome, record, route

MODE = orthanc.DicomWebBinaryMode
seen = []


def uri(levels, tag, vr):
    seen.append([levels, tag, vr == orthanc.ValueRepresentation.OB, vr])
    return 'http://bulk/%04x%04x/%d' % (*tag, len(levels))


def fail(levels, tag, vr):
    raise LookupError('in the callback')


CALLBACKS = {
    'default': None, 'uri': uri, 'none': lambda *_: None, 'ignore': lambda *_: MODE.IGNORE,
    'inline': lambda *_: MODE.INLINE_BINARY, 'exception': fail, 'wrong': lambda *_: 1.5,
    'bulk': lambda *_: MODE.BULK_DATA_URI, 'unknown': lambda *_: 99}


@route('/file/(json|xml)/(.*)')
def file(output, uri, **request):
    kind, name = request['groups']
    encode = orthanc.EncodeDicomWebJson2 if kind == 'json' else orthanc.EncodeDicomWebXml2
    answer(output, outcome(encode, request['body'], CALLBACKS[name]))


@route('/instance/(json|xml)/(.*)')
def instance(output, uri, **request):
    kind, name = request['groups']
    dicom = orthanc.CreateDicomInstance(request['body'])
    encode = dicom.GetInstanceDicomWebJson if kind == 'json' else dicom.GetInstanceDicomWebXml
    answer(output, outcome(encode) if name == 'default' else outcome(encode, CALLBACKS[name]))


@route('/levels')
def levels(output, uri, **request):
    answer(output, seen)


@route('/bad')
def bad(output, uri, **request):
    answer(output, [outcome(orthanc.EncodeDicomWebJson2, b'no DICOM')[0],
                    outcome(orthanc.EncodeDicomWebJson2, 12)[0],
                    outcome(orthanc.EncodeDicomWebJson2, b'', 12)[0]])
"""

PIXELS = "7FE00010"
NESTED = ("00420011", "00081140")


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where)


@pytest.fixture
def content(dicom_file: Callable[..., Path]) -> bytes:
    first, item = Dataset(), Dataset()
    first.PatientID = "FIRST"
    item.EncapsulatedDocument = b"1234"
    return dicom_file(ReferencedImageSequence=Sequence([first, item])).read_bytes()


def document(server: Orthanc, content: bytes, form: str, callback: str) -> Any:
    state, text, *_ = server.post(f"/{form}/json/{callback}", content).json()
    assert state == "returned", text
    return json.loads(text)


@pytest.fixture(params=["file", "instance"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_without_a_callback_all_is_inline(server: Orthanc, content: bytes, form: str) -> None:
    found = document(server, content, form, "default")
    assert found["00100020"] == {"vr": "LO", "Value": ["PATIENT"]}
    assert base64.b64decode(found[PIXELS]["InlineBinary"]) == bytes(range(24))
    assert found == document(server, content, form, "inline")


def test_bulk_data(server: Orthanc, content: bytes, form: str) -> None:
    found = document(server, content, form, "uri")
    assert found[PIXELS]["BulkDataURI"] == "http://bulk/7fe00010/0"
    item = found[NESTED[1]]["Value"][1]
    assert item[NESTED[0]]["BulkDataURI"] == "http://bulk/00420011/1"
    calls = server.get("/levels").json()
    nested = next(call for call in calls if call[1] == [0x0042, 0x0011])
    assert nested[0] == [[[0x0008, 0x1140], 1]]
    assert nested[2]


@pytest.mark.parametrize("name", ["none", "ignore"])
def test_left_out(server: Orthanc, content: bytes, form: str, name: str) -> None:
    found = document(server, content, form, name)
    assert "InlineBinary" not in found.get(PIXELS, {})
    assert "BulkDataURI" not in found.get(PIXELS, {})


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("exception", "LookupError"),
        ("wrong", "TypeError"),
        ("bulk", "ValueError"),
        ("unknown", "ValueError"),
    ],
)
def test_errors_are_raised(
    server: Orthanc, content: bytes, form: str, name: str, error: str
) -> None:
    assert server.post(f"/{form}/json/{name}", content).json()[0] == error


def test_xml(server: Orthanc, content: bytes, form: str) -> None:
    state, text, *_ = server.post(f"/{form}/xml/uri", content).json()
    assert state == "returned", text
    root = ElementTree.fromstring(text)
    bulk = [element for element in root.iter() if element.tag.endswith("BulkData")]
    assert {uri for element in bulk for uri in element.attrib.values()} == {
        "http://bulk/7fe00010/0",
        "http://bulk/00420011/1",
    }


def test_wrong_arguments(server: Orthanc) -> None:
    assert server.get("/bad").json() == ["OrthancException", "TypeError", "TypeError"]
