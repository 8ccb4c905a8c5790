# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The module has all names that scripts for the reference plugin use: orthanc-7.1.json."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from generator.view import Callable, View

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parent / "orthanc-7.1.json").read_text(encoding="utf-8")
)
SINCE_THEN = {
    "ClearCurrentThreadName",
    "DicomInstance.GetInstanceCalledAet",
    "DicomInstance.GetInstanceRemoteIp",
    # jobs, HTTP, authentication, storage
    "AdoptDicomInstance",
    "CallRestApi",
    "CreateJob",
    "HttpClient",
    "Peers.CallPeerApi",
    "RegisterAuditLogHandler",
    "RegisterHttpAuthentication",
    "RegisterIncomingDicomInstanceFilter",
    "RegisterJobsUnserializer",
    "RegisterRefreshMetricsCallback",
    "RegisterStorageArea2",
    "RestApiGet2",
    "RestOutput.SendMultipartItem2",
    # large bodies, pixels, DICOMweb, WebDAV, pydicom
    "ChunkedHttpClient",
    "CreateImageFromArray",
    "DicomInstance.GetDataset",
    "DicomInstance.GetInstanceDicomWebJson",
    "DicomInstance.GetInstanceDicomWebXml",
    "EncodeDicomWebJson2",
    "EncodeDicomWebXml2",
    "RegisterChunkedRestCallback",
    "RegisterDecodeImageCallback",
    "RegisterTranscoderCallback",
    "RegisterWebDavCollection",
    "RestOutput.Stream",
}
MEMBERS_SINCE_THEN = {
    "DicomWebBinaryMode": {"ARRAY_OF_VALUES": 3},
    "ValueRepresentation": {
        "OD": 28,
        "OL": 29,
        "UC": 30,
        "UR": 31,
        "OV": 32,
        "SV": 33,
        "UV": 34,
    },
}


@pytest.fixture(scope="module")
def callables(python_view: View) -> dict[str, Callable]:
    return {item.path: item for item in python_view.callables()}


def test_each_is_in_an_example(python_view: View) -> None:
    """An example uses the function itself, or an easier one that builds on it."""
    folder = Path(__file__).resolve().parents[2] / "examples"
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    for path in SINCE_THEN:
        easier = [rf"orthanc\.{name}" for name in python_view.easier.get(path, ())]
        names = [path.rpartition(".")[2], *easier]
        assert re.search(rf"\b({'|'.join(names)})\b", text), path


def test_reference_is_complete() -> None:
    paths = REFERENCE["callables"]
    assert sum("." not in path for path in paths) == 105
    assert sum("." in path for path in paths) == 64
    assert len(REFERENCE["classes"]) == 16
    assert len(REFERENCE["enumerations"]) == 28
    assert sum(len(members) for members in REFERENCE["enumerations"].values()) == 269


def test_names(callables: dict[str, Callable]) -> None:
    assert callables.keys() - REFERENCE["callables"].keys() == SINCE_THEN
    assert REFERENCE["callables"].keys() <= callables.keys()


@pytest.mark.parametrize("path", sorted(REFERENCE["callables"]))
def test_parameters(path: str, callables: dict[str, Callable]) -> None:
    """Positional calls stay valid: new parameters come last and have a default."""
    expected = REFERENCE["callables"][path]
    parameters = callables[path].parameters
    assert [parameter.name for parameter in parameters[: len(expected)]] == expected
    assert all(parameter.optional for parameter in parameters[len(expected) :])


def test_added_parameters(callables: dict[str, Callable]) -> None:
    added = {
        path: callables[path].parameters[-1].name
        for path, expected in REFERENCE["callables"].items()
        if len(callables[path].parameters) != len(expected)
    }
    assert added == {"RestOutput.SendHttpStatus": "size"}


def test_optional_parameters_come_last(callables: dict[str, Callable]) -> None:
    for item in callables.values():
        optional = [parameter.optional for parameter in item.parameters]
        assert optional == sorted(optional), item.path


def test_classes(python_view: View) -> None:
    assert sorted(class_.name for class_ in python_view.classes) == REFERENCE["classes"]
    freed = {class_.name for class_ in python_view.classes if class_.free}
    assert freed == {
        "DicomInstance",
        "FindMatcher",
        "Image",
        "Job",
        "KeysValuesIterator",
        "Peers",
    }


def test_enumerations(python_view: View) -> None:
    ours = {
        enumeration.name: {member.name: member.value for member in enumeration.members}
        for enumeration in python_view.enumerations
    }
    expected = {
        name: {**members, **MEMBERS_SINCE_THEN.get(name, {})}
        for name, members in REFERENCE["enumerations"].items()
    }
    assert ours == expected


def test_versions(callables: dict[str, Callable], python_view: View) -> None:
    assert callables["ClearCurrentThreadName"].since == (1, 13, 0)
    assert callables["DicomInstance.GetInstanceCalledAet"].since == (1, 13, 1)
    assert callables["DicomInstance.GetInstanceRemoteIp"].since == (1, 13, 1)
    assert callables["RegisterMoveCallback2"].since == (1, 1, 0)
    assert callables["RegisterMoveCallback3"].since == (1, 12, 10)
    members = {
        (enumeration.name, member.name): member.since
        for enumeration in python_view.enumerations
        for member in enumeration.members
    }
    assert members["ChangeType", "JOB_SUCCESS"] == (1, 7, 2)
    assert members["ValueRepresentation", "OD"] == (1, 13, 0)
