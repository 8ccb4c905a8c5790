# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The callback after an instance was stored, and the DicomInstance that it receives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import peers
from tests.support.servers import Servers, seen

SCRIPT = """
import json
import orthanc
from recorder import outcome, record

INSTANCES = []


def on_stored(instance, identifier):
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    data = instance.GetInstanceData()
    advanced = instance.GetInstanceAdvancedJson(
        orthanc.DicomToJsonFormat.SHORT, orthanc.DicomToJsonFlags.NONE, 0)
    record({
        'id': identifier,
        'patient': tags['PatientID'],
        'full': json.loads(instance.GetInstanceJson())['0010,0020']['Value'],
        'advanced': json.loads(advanced)['0010,0020'],
        'size': instance.GetInstanceSize(),
        'md5': orthanc.ComputeMd5(data),
        'type': type(data).__name__,
        'origin': instance.GetInstanceOrigin(),
        'aet': instance.GetInstanceRemoteAet(),
        'syntax': instance.GetInstanceTransferSyntaxUid(),
        'frames': instance.GetInstanceFramesCount(),
        'pixels': instance.HasInstancePixelData(),
        'frame': len(instance.GetInstanceRawFrame(0)),
        'width': instance.GetInstanceDecodedFrame(0).GetImageWidth(),
        'serialized': len(instance.SerializeDicomInstance()),
        'has': [instance.HasInstanceMetadata(n) for n in ('ReceptionDate', 'Nope')],
        'date': instance.GetInstanceMetadata('ReceptionDate'),
        'nope': instance.GetInstanceMetadata('Nope'),
        'frame 99': outcome(instance.GetInstanceRawFrame, 99)[0],
        'rest': json.loads(orthanc.RestApiGet(f'/instances/{identifier}'))['ID'],
    })
    if tags['PatientID'] == 'RAISE':
        raise ValueError('after the store')
    INSTANCES.append(instance)


def on_kept(output, uri, **request):
    record('kept', [
        outcome(INSTANCES[-1].GetInstanceSize),
        outcome(INSTANCES[-1].GetInstanceData),
        outcome(INSTANCES[-1].GetInstanceSimplifiedJson),
    ])
    output.AnswerBuffer('', 'text/plain')


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterRestCallback('/kept', on_kept)
"""


@pytest.fixture
def store_config() -> dict[str, object]:
    return {"DicomAlwaysAllowStore": True, "DicomCheckCalledAet": False}


def test_an_upload_through_rest(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(SCRIPT)
    data = dicom_file("REST").read_bytes()
    identifier = server.post("/instances", data=data).json()["ID"]
    [[row]] = seen(server)
    assert row["id"] == row["rest"] == identifier
    assert row["patient"] == row["full"] == row["advanced"] == "REST"
    assert row["size"] == len(data)
    assert row["md5"] == hashlib.md5(data).hexdigest()
    assert row["type"] == "bytes"
    assert (row["origin"], row["aet"]) == (3, "")
    assert row["syntax"] == "1.2.840.10008.1.2.1"
    assert (row["frames"], row["pixels"], row["frame"], row["width"]) == (1, 1, 24, 6)
    assert row["serialized"] > 24
    assert row["frame 99"] == "OrthancException"
    assert len(row["date"]) == len("20200102T101112")
    assert row["nope"] is None


def test_an_unknown_metadata_is_absent(orthanc: Servers, dicom_file: Callable[..., Path]) -> None:
    server = orthanc(SCRIPT)
    server.post("/instances", data=dicom_file().read_bytes())
    assert seen(server)[0][0]["has"] == [1, 0]


def test_a_c_store(
    orthanc: Servers, dicom_file: Callable[..., Path], store_config: dict[str, object]
) -> None:
    server = orthanc(SCRIPT, config=store_config)
    assert peers.store(server, dicom_file("DIMSE"), aet="MODALITY1") == [0]
    row = seen(server)[0][0]
    assert row["patient"] == "DIMSE"
    assert (row["origin"], row["aet"]) == (2, "MODALITY1")


def test_an_exception_leaves_the_instance_stored(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    server = orthanc(SCRIPT)
    answer = server.post("/instances", data=dicom_file("RAISE").read_bytes())
    assert answer.json()["Status"] == "Success"
    assert server.get("/instances").json() == [answer.json()["ID"]]
    server.wait_for_log(
        "Error in the Python on-stored-instance callback for the instance .*, traceback:"
    )
    server.wait_for_log(r"Traceback \(most recent call last\):")
    server.wait_for_log("ValueError: after the store")


def test_a_kept_instance_is_invalid_after_the_callback(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    server = orthanc(SCRIPT)
    server.post("/instances", data=dicom_file().read_bytes())
    server.get("/kept")
    kept = next(row for row in seen(server) if row[0] == "kept")
    assert [result[0] for result in kept[1]] == ["ValueError"] * 3


def test_the_callback_stores_another_instance(
    orthanc: Servers, dicom_file: Callable[..., Path]
) -> None:
    """The callback runs on the upload's thread, which may call Orthanc again."""
    server = orthanc(
        """
        import json
        import orthanc
        from recorder import record

        def on_stored(instance, identifier):
            patient = json.loads(instance.GetInstanceSimplifiedJson())['PatientID']
            record(patient)
            if len(patient) < 5:
                orthanc.RestApiPost(
                    '/tools/create-dicom', json.dumps({'Tags': {'PatientID': patient + 'x'}}))

        orthanc.RegisterOnStoredInstanceCallback(on_stored)
        """
    )
    server.post("/instances", data=dicom_file("P").read_bytes())
    assert [row[0] for row in seen(server)] == ["P", "Px", "Pxx", "Pxxx", "Pxxxx"]
