# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Decoders of frames and transcoders of DICOM files that replace Orthanc's."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.uid import ImplicitVRLittleEndian, RLELossless

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, seen

SCRIPT = """
import io

import numpy
import orthanc
import pydicom
from recorder import outcome, record, route

EXPLICIT = '1.2.840.10008.1.2.1'
kept = {}


def constant(value):
    return numpy.full((4, 6), value, numpy.uint8)


def image_kept():
    image = orthanc.CreateImageFromArray(constant(30))
    kept['array'] = numpy.asarray(image)
    return image


def image_lost():
    image = orthanc.CreateImageFromArray(constant(20))
    kept['image'] = image
    return image


def fail():
    raise ValueError('cannot decode')


KINDS = {'array': lambda: constant(10), 'image': image_lost, 'kept': image_kept,
         'none': lambda: None, 'exception': fail, 'wrong': lambda: 'pixels',
         'color': lambda: numpy.full((4, 6, 3), (1, 2, 3), numpy.uint8)}


def decode(dicom, frame_index):
    dataset = pydicom.dcmread(io.BytesIO(dicom), stop_before_pixels=True)
    record('decode', type(dicom).__name__, str(dataset.PatientID), frame_index)
    return KINDS[dataset.PatientID]()


def transcode(dicom, allowed, allow_new):
    dataset = pydicom.dcmread(io.BytesIO(dicom))
    record('transcode', type(dicom).__name__, allowed, allow_new)
    if dataset.PatientID == 'exception':
        raise ValueError('cannot transcode')
    if dataset.PatientID == 'wrong':
        return 12
    if dataset.PatientID == 'none':
        return None
    dataset.compress('1.2.840.10008.1.2.5', generate_instance_uid=False)
    return dataset if dataset.PatientID == 'array' else save(dataset)


def save(dataset):
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


orthanc.RegisterDecodeImageCallback(decode)
orthanc.RegisterTranscoderCallback(transcode)
record('twice', outcome(orthanc.RegisterDecodeImageCallback, decode)[0],
       outcome(orthanc.RegisterTranscoderCallback, transcode)[0])
record('wrong', outcome(orthanc.RegisterDecodeImageCallback, 1)[0],
       outcome(orthanc.RegisterTranscoderCallback, None)[0])


@route('/transcode/(.*)')
def run(output, uri, **request):
    instance = orthanc.TranscodeDicomInstance(request['body'], request['groups'][0])
    output.AnswerBuffer(instance.SerializeDicomInstance(), 'application/dicom')


@route('/kept')
def use_kept(output, uri, **request):
    rows = [outcome(kept['image'].GetImageWidth)[0], int(kept['array'].sum())]
    output.AnswerBuffer(str(rows), 'text/plain')
"""

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where, config=module_orthanc.packages(where))


def preview(
    server: Orthanc, dicom_file: Write, kind: str, rendering: str = "image-uint8"
) -> Image.Image:
    stored = server.post("/instances", dicom_file(kind).read_bytes()).json()
    answer = server.get(f"/instances/{stored['ID']}/frames/0/{rendering}")
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize(("kind", "value"), [("array", 10), ("image", 20), ("kept", 30)])
def test_decoded_by_the_script(server: Orthanc, dicom_file: Write, kind: str, value: int) -> None:
    assert preview(server, dicom_file, kind).tobytes() == bytes([value]) * 24
    assert ["decode", "bytes", kind, 0] in seen(server)


def test_an_image_is_handed_over_or_copied(server: Orthanc, dicom_file: Write) -> None:
    for kind in ("image", "kept"):
        preview(server, dicom_file, kind)
    assert server.get("/kept").text == f"['ValueError', {30 * 24}]"


def test_colour(server: Orthanc, dicom_file: Write) -> None:
    image = preview(server, dicom_file, "color", "preview")
    assert (image.mode, image.getpixel((0, 0))) == ("RGB", (1, 2, 3))


@pytest.mark.parametrize("kind", ["none", "exception", "wrong"])
def test_left_to_orthanc(server: Orthanc, dicom_file: Write, kind: str) -> None:
    assert preview(server, dicom_file, kind).tobytes() == bytes(range(24))


def test_errors_of_the_decoder_are_in_the_log(server: Orthanc, dicom_file: Write) -> None:
    preview(server, dicom_file, "exception")
    server.wait_for_log("ValueError: cannot decode")
    preview(server, dicom_file, "wrong")
    server.wait_for_log("The result of an image decoder")


@pytest.mark.parametrize("kind", ["array", "image"])
def test_transcoded_by_the_script(server: Orthanc, dicom_file: Write, kind: str) -> None:
    source = dicom_file(kind).read_bytes()
    answer = server.post(f"/transcode/{RLELossless}", source)
    assert answer.status_code == 200, server.log[-2000:]
    dataset = dcmread(io.BytesIO(answer.content))
    assert dataset.file_meta.TransferSyntaxUID == RLELossless
    assert dataset.SOPInstanceUID == dcmread(io.BytesIO(source)).SOPInstanceUID
    rows: list[Any] = [row for row in seen(server) if row[0] == "transcode"]
    assert ["transcode", "bytes", [str(RLELossless)], True] in rows or [
        "transcode",
        "bytes",
        [str(RLELossless)],
        False,
    ] in rows


@pytest.mark.parametrize("kind", ["none", "exception", "wrong"])
def test_transcoding_left_to_orthanc(server: Orthanc, dicom_file: Write, kind: str) -> None:
    source = dicom_file(kind).read_bytes()
    answer = server.post(f"/transcode/{ImplicitVRLittleEndian}", source)
    assert answer.status_code == 200
    meta = dcmread(io.BytesIO(answer.content)).file_meta
    assert meta.TransferSyntaxUID == ImplicitVRLittleEndian
    if kind != "none":
        expected = {"exception": "cannot transcode", "wrong": "The result of a transcoder"}
        server.wait_for_log(expected[kind])


def test_wrong_registrations(server: Orthanc) -> None:
    assert ["twice", "RuntimeError", "RuntimeError"] in seen(server)
    assert ["wrong", "TypeError", "TypeError"] in seen(server)
