# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc.pixels`: volumes, secondary captures and reports, in Orthanc and in workers."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)

from orthanc_python.server import Orthanc
from tests.support import commands, dicom, machine_packages
from tests.support.servers import Servers

SCRIPT = """
import json
import warnings
import numpy
import orthanc
from recorder import answer, outcome, route

POOL = orthanc.WorkerPool(1)


def describe(series):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        volume = orthanc.pixels.volume(series)
    placed = volume.orientation is not None
    return json.dumps({
        'array': volume.array.tolist(),
        'type': str(volume.array.dtype),
        'spacing': [str(value) for value in volume.spacing],
        'orientation': volume.orientation.tolist() if placed else None,
        'position': volume.position.tolist() if placed else None,
        'instances': volume.instances,
        'warnings': [str(warning.message) for warning in caught],
    })


@route('/volume/(.*)/(.*)')
def on_volume(output, uri, groups, **request):
    call = describe if groups[0] == 'here' else lambda series: POOL.run(describe, series)
    answer(output, outcome(call, groups[1]))


@route('/capture/(.*)')
def on_capture(output, uri, groups, body, **request):
    wanted = json.loads(body)
    array = numpy.array(wanted['array'], wanted['type'])
    found = outcome(lambda: orthanc.RestApiPost('/instances', orthanc.pixels.secondary_capture(
        array, like=groups[0], description='Ergebnis \\u00fc')).decode())
    answer(output, found)


@route('/report/(.*)')
def on_report(output, uri, groups, body, **request):
    answer(output, outcome(lambda: orthanc.RestApiPost('/instances', orthanc.pixels.text_report(
        body.decode(), like=groups[0], title='Report')).decode()))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Iterator[Orthanc]:
    """One Orthanc for all tests, which use different series."""
    yield module_orthanc(SCRIPT, debian=where, config=module_orthanc.packages(where))


def ct(series: str, number: int, z: float, **elements: Any) -> Dataset:
    """A slice of 2 by 3 voxels, whose stored values are 10 * number plus 0 to 5."""
    study = generate_uid(entropy_srcs=[series])
    dataset = dicom.image(series_uid=series, study_uid=study, rows=2, columns=3)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.Modality, dataset.InstanceNumber = "CT", number
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelData = (10 * number + numpy.arange(6)).astype("<u2").tobytes()
    dataset.ImagePositionPatient = [-10, -20, z]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.25], 5
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1000
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def upload(server: Orthanc, *images: Dataset) -> str:
    for image in images:
        stored = server.post("/instances", dicom.encode(image))
        assert stored.status_code == 200, stored.text
    series: str = stored.json()["ParentSeries"]
    return series


def volume(server: Orthanc, series: str, place: str = "here") -> dict[str, Any]:
    how, found = server.get(f"/volume/{place}/{series}").json()
    assert how == "returned", found
    result: dict[str, Any] = json.loads(found)
    return result


@pytest.mark.parametrize("place", ["here", "worker"])
def test_slices_are_in_the_order_of_the_patient(server: Orthanc, place: str) -> None:
    series = generate_uid()
    found = volume(
        server, upload(server, *(ct(series, n, z) for n, z in ((1, 5), (2, 2), (3, -1)))), place
    )
    stored = [10 * number + numpy.arange(6).reshape(2, 3) for number in (3, 2, 1)]
    assert found["array"] == (numpy.array(stored) - 1000).tolist()
    assert (found["type"], found["spacing"]) == ("int16", ["3.0", "0.5", "0.25"])
    assert found["orientation"] == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert found["position"] == [-10, -20, -1]
    assert found["warnings"] == []


def test_the_order_follows_oblique_slices(server: Orthanc) -> None:
    series = generate_uid()
    coronal = [1, 0, 0, 0, 0, -1]  # its normal points to the back
    images = [
        ct(series, n, 0, ImageOrientationPatient=coronal, ImagePositionPatient=[0, y, 0])
        for n, y in ((1, 4), (2, 0), (3, 2))
    ]
    found = volume(server, upload(server, *images))
    assert [plane[0][0] for plane in found["array"]] == [20 - 1000, 30 - 1000, 10 - 1000]
    assert found["orientation"] == [[0, 1, 0], [0, 0, -1], [1, 0, 0]]


@pytest.mark.parametrize("syntax", [RLELossless, ExplicitVRLittleEndian])
def test_orthanc_decodes_compressed_images(server: Orthanc, syntax: str) -> None:
    series = generate_uid()
    image = ct(series, 1, 0)
    if syntax != ExplicitVRLittleEndian:
        image.compress(syntax, generate_instance_uid=False)
    found = volume(server, upload(server, image))
    assert found["array"][0] == (10 + numpy.arange(6).reshape(2, 3) - 1000).tolist()
    assert found["spacing"][0] == "5.0"  # of one slice: its thickness


def test_frames_of_one_instance_have_their_own_places(server: Orthanc) -> None:
    image = ct(generate_uid(), 1, 0)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    image.NumberOfFrames = 3
    image.PixelData = numpy.arange(18).astype("<u2").tobytes()
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(image, keyword)
    del image.RescaleSlope, image.RescaleIntercept
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [2, 1], 7
    shared.PixelMeasuresSequence = [measures]
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = []
    for z, slope in ((4, 1), (0, 0.5), (8, 1)):
        place, plane, values, groups = Dataset(), Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, z]
        plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = slope, 1, "HU"
        groups.PlanePositionSequence = [place]
        groups.PlaneOrientationSequence = [plane]
        groups.PixelValueTransformationSequence = [values]
        image.PerFrameFunctionalGroupsSequence.append(groups)
    found = volume(server, upload(server, image))
    stored = numpy.arange(18).reshape(3, 2, 3)
    expected = [stored[1] * 0.5 + 1, stored[0] + 1, stored[2] + 1]
    assert found["array"] == numpy.array(expected).tolist()
    assert (found["type"], found["spacing"]) == ("float32", ["4.0", "2.0", "1.0"])
    assert [index for _, index in found["instances"]] == [1, 0, 2]


def test_colors_have_an_axis_of_their_own(server: Orthanc) -> None:
    image = dicom.image(rows=2, columns=2, series_uid=generate_uid())
    image.SamplesPerPixel, image.PlanarConfiguration = 3, 0
    image.PhotometricInterpretation = "RGB"
    image.PixelData = bytes(range(12))
    found = volume(server, upload(server, image))
    assert found["array"] == numpy.arange(12).reshape(1, 2, 2, 3).tolist()
    assert (found["orientation"], found["type"]) == (None, "uint8")


def test_slices_without_a_place_are_in_the_order_of_their_numbers(server: Orthanc) -> None:
    series = generate_uid()
    images = [ct(series, n, 0, ImagePositionPatient=None) for n in (2, 10, 1)]
    found = volume(server, upload(server, *images))
    assert [plane[0][0] + 1000 for plane in found["array"]] == [10, 20, 100]
    assert found["spacing"] == ["5.0", "0.5", "0.25"]
    assert "order of InstanceNumber" in found["warnings"][0]


def test_a_missing_slice_and_a_tilt_give_warnings(server: Orthanc) -> None:
    series = generate_uid()
    found = volume(server, upload(server, *(ct(series, n, z) for n, z in enumerate((0, 1, 3, 4)))))
    assert found["spacing"][0] == "1.0"
    assert "from 1 to 2 mm: slices may be missing" in found["warnings"][0]
    series = generate_uid()
    tilted = [ct(series, n, 2 * n, ImagePositionPatient=[0, n, 2 * n]) for n in range(3)]
    assert "shifted against each other" in volume(server, upload(server, *tilted))["warnings"][0]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Rows": 3, "PixelData": bytes(18)}, "the sizes of its images differ"),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, 1]}, "the orientations of its images differ"),
        ({"ImagePositionPatient": [-10, -20, 0]}, "have the same position"),
    ],
    ids=["sizes", "orientations", "positions"],
)
def test_other_series_are_not_volumes(server: Orthanc, changes: dict[str, Any], text: str) -> None:
    series = generate_uid()
    identifier = upload(server, ct(series, 1, 0), ct(series, 2, 1, **changes))
    how, found = server.get(f"/volume/here/{identifier}").json()[:2]
    assert how == "ValueError"
    assert identifier in str(found)
    assert text in str(found)


ARRAYS = {
    "float": ([[0.5, 1.25], [-3, 100]], "float64"),
    "int16": ([[-5, 7], [9, 300]], "int16"),
    "uint16": ([[5, 7], [9, 65535]], "uint16"),
    "odd": ([[1, 2, 3]], "uint8"),
    "color": ([[[1, 2, 3], [4, 5, 6]]], "uint8"),
    "frames": ([[[1, 2], [3, 4]], [[5, 6], [7, 800]]], "uint16"),
    "bytes": ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], "uint8"),
    "colors": ([[[[1, 2, 3]]], [[[4, 5, 6]]]], "uint8"),
}


def instance_of(server: Orthanc, answer: Any, tmp_path: Path) -> Dataset:
    """The stored instance, which DICOM's own rules and Orthanc accept."""

    how, text = answer.json()[:2]
    assert how == "returned", text
    content = server.get(f"/instances/{json.loads(text)['ID']}/file").content
    file = tmp_path / "file.dcm"
    file.write_bytes(content)
    validator = machine_packages.program("dciodvfy", "dicom3tools")
    report = commands.run([validator, "-new", file], check=False).stdout
    assert "Error" not in report, report
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("name", ARRAYS)
def test_a_secondary_capture_is_valid(server: Orthanc, tmp_path: Path, name: str) -> None:
    values, kind = ARRAYS[name]
    image = ct(generate_uid(), 1, 0, PatientName="M\u00fcller^Eva", AccessionNumber="A1")
    series = upload(server, image)
    answer = server.post(f"/capture/{series}", json={"array": values, "type": kind})
    found = instance_of(server, answer, tmp_path)
    assert found.StudyInstanceUID == image.StudyInstanceUID
    assert found.SeriesInstanceUID != image.SeriesInstanceUID
    assert (str(found.PatientName), found.AccessionNumber) == ("M\u00fcller^Eva", "A1")
    assert found.SeriesDescription == "Ergebnis \u00fc"
    shown = found.pixel_array * float(found.get("RescaleSlope", 1))
    shown = shown + float(found.get("RescaleIntercept", 0))
    numpy.testing.assert_allclose(shown, numpy.array(values, kind), atol=1e-3)


@pytest.mark.parametrize(
    ("values", "kind", "text"),
    [
        ([1, 2], "uint8", "an image has the axes"),
        ([[1j]], "complex128", "an image has numbers"),
        ([], "float64", "an image has numbers"),
        ([[[1.5]]], "float64", "must be uint8 or uint16"),
    ],
)
def test_wrong_images(server: Orthanc, values: Any, kind: str, text: str) -> None:
    if kind == "complex128":
        values = [["1j"]]
    series = upload(server, ct(generate_uid(), 1, 0))
    answer = server.post(f"/capture/{series}", json={"array": values, "type": kind})
    assert text in str(answer.json()), answer.json()


def test_a_report_is_valid(server: Orthanc, tmp_path: Path) -> None:
    series = upload(server, ct(generate_uid(), 1, 0))
    text = "No nodules \u2264 4 mm.\n\nFollow-up in\none year."
    answer = server.post(f"/report/{series}", data=text.encode())
    found = instance_of(server, answer, tmp_path)
    assert [item.TextValue for item in found.ContentSequence] == text.split("\n\n")
    assert found.Modality == "SR"


def test_missing_packages_are_named(orthanc: Servers) -> None:
    server = orthanc(
        """
        import sys
        import orthanc
        from recorder import answer, outcome, route
        sys.modules['numpy'] = None

        @route('/missing')
        def missing(output, uri, **request):
            answer(output, outcome(lambda: orthanc.pixels.volume('x')))
        """
    )
    found = server.get("/missing").json()
    assert found[0] == "ImportError"
    assert "pip install orthanc-python[pixels]" in str(found)
