# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""len() and iteration of collections, and pydicom datasets as DICOM files."""

from __future__ import annotations

import io

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from orthanc_python.server import Orthanc
from tests.support import dicom
from tests.support.peers import find
from tests.support.servers import Servers, seen

PEERS = """
import orthanc
from recorder import answer, outcome, route


@route('/run')
def run(output, uri, **request):  # the peers are not there yet while scripts are loaded
    peers = orthanc.GetPeers()
    answer(output, [len(peers), list(peers), peers[0], peers[-1], 'one' in peers,
                    outcome(lambda: peers[2])[0]])
"""

KEYS = """
import orthanc
from recorder import outcome, record, route


@route('/run')
def run(output, uri, **request):  # the database is closed while scripts are loaded
    for key in ('b', 'a', 'c'):
        orthanc.StoreKeyValue('store', key, key.encode() * 2)
    iterator = orthanc.CreateKeysValuesIterator('store')
    record('first', iter(iterator) is iterator, *[part if isinstance(part, str) else part.decode()
                                                 for part in next(iterator)])
    record('rest', [key for key, value in iterator])
    record('end', list(iterator))
    store = dict(orthanc.CreateKeysValuesIterator('store'))
    record('dict', {key: value.decode() for key, value in store.items()})
    record('empty', list(orthanc.CreateKeysValuesIterator('no such store')))
    output.AnswerBuffer('', 'text/plain')
"""

DATASETS = """
import io
import json

import orthanc
import pydicom
from recorder import answer, outcome, record, route


@route('/patient')
def patient(output, uri, **request):
    instance = orthanc.CreateDicomInstance(request['body'])
    dataset, short = instance.GetDataset(), instance.GetDataset(stop_before_pixels=True)
    answer(output, [str(dataset.PatientID), 'PixelData' in dataset, 'PixelData' in short])


@route('/copy')
def copy(output, uri, **request):
    dataset = orthanc.CreateDicomInstance(request['body']).GetDataset()
    dataset.PatientID = 'COPY'
    before = dataset.file_meta.to_json()
    orthanc.CreateDicomInstance(dataset)
    assert dataset.file_meta.to_json() == before
    dataset.SOPInstanceUID = '1.2.3'
    del dataset.file_meta.MediaStorageSOPInstanceUID
    orthanc.RestApiPost('/instances', dataset)
    output.AnswerBuffer(dataset, 'application/dicom')


@route('/bare')
def bare(output, uri, **request):
    dataset = pydicom.Dataset()
    dataset.PatientID = 'BARE'
    text = orthanc.DicomBufferToJson(dataset, orthanc.DicomToJsonFormat.HUMAN,
                                     orthanc.DicomToJsonFlags.NONE, 0)
    element = pydicom.DataElement('PatientID', 'LO', 'x')
    answer(output, [json.loads(text), hasattr(dataset, 'file_meta') and bool(dataset.file_meta),
                    outcome(orthanc.CreateDicomInstance, object())[:2],
                    outcome(orthanc.CreateDicomInstance, element)[0]])


def on_find(answers, query, issuer, called):
    for number in range(2):
        dataset = pydicom.Dataset()
        dataset.QueryRetrieveLevel = 'STUDY'
        dataset.PatientID = f'P{number}'
        answers.FindAddAnswer(dataset)


def received(dicom, origin):
    dataset = pydicom.dcmread(io.BytesIO(dicom))
    if dataset.PatientID != 'CHANGE':
        return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None
    dataset.PatientID = 'CHANGED'
    return orthanc.ReceivedInstanceAction.MODIFY, dataset


orthanc.RegisterFindCallback(on_find)
orthanc.RegisterReceivedInstanceCallback(received)
"""


def test_peers(orthanc: Servers) -> None:
    peers = {"one": {"Url": "http://127.0.0.1:1/"}, "two": {"Url": "http://127.0.0.1:2/"}}
    row = orthanc(PEERS, config={"OrthancPeers": peers}).get("/run").json()
    assert row == [2, ["one", "two"], "one", "two", True, "IndexError"]


@pytest.mark.chroot
def test_keys_and_values(orthanc: Servers) -> None:
    server = orthanc(KEYS, debian="sid")
    assert server.get("/run").status_code == 200
    rows = seen(server)
    assert rows == [
        ["first", True, "a", "aa"],
        ["rest", ["b", "c"]],
        ["end", []],
        ["dict", {"a": "aa", "b": "bb", "c": "cc"}],
        ["empty", []],
    ]


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    config = {**module_orthanc.packages(where), "DicomAlwaysAllowFind": True}
    return module_orthanc(DATASETS, debian=where, config=config)


def test_get_dataset(server: Orthanc) -> None:
    content = dicom.encode(dicom.image("ME"))
    assert server.post("/patient", content).json() == ["ME", True, False]


def test_dataset_as_a_file(server: Orthanc) -> None:
    source = dicom.image("ME")
    answer = server.post("/copy", dicom.encode(source))
    copy = dcmread(io.BytesIO(answer.content))
    assert copy.PatientID == "COPY"
    assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID
    assert copy.SOPInstanceUID == "1.2.3"
    found = server.post("/tools/find", '{"Level": "Instance", "Query": {"PatientID": "COPY"}}')
    assert len(found.json()) == 1


def test_dataset_without_meta_information(server: Orthanc) -> None:
    json, touched, wrong, element = server.get("/bare").json()
    assert "BARE" in (json.get("PatientID"), json.get("0010,0020")), json
    assert not touched
    assert wrong[0] == "TypeError"
    assert "pydicom.Dataset" in wrong[1]
    assert element == "TypeError"


def test_dataset_as_an_answer(server: Orthanc) -> None:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientID = ""
    assert [answer.PatientID for answer in find(server, query)[1]] == ["P0", "P1"]


def test_dataset_as_a_result(server: Orthanc) -> None:
    stored = server.post("/instances", dicom.encode(dicom.image("CHANGE"))).json()
    tags = server.get(f"/instances/{stored['ID']}/simplified-tags").json()
    assert tags["PatientID"] == "CHANGED"
