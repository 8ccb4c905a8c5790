# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images as arrays, arrays as images."""

from __future__ import annotations

from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, reset, seen

SCRIPT = """
import ctypes
import gc
import json
import weakref

import numpy
import orthanc
from recorder import answer, outcome, record, route

F = orthanc.PixelFormat
FORMATS = {
    'GRAYSCALE8': ('u1', 1), 'GRAYSCALE16': ('u2', 1), 'SIGNED_GRAYSCALE16': ('i2', 1),
    'FLOAT32': ('f4', 1), 'GRAYSCALE32': ('u4', 1), 'GRAYSCALE64': ('u8', 1),
    'RGB24': ('u1', 3), 'RGB48': ('u2', 3), 'RGBA32': ('u1', 4), 'BGRA32': ('u1', 4)}


def array(dtype, channels, height=5, width=7):
    shape = (height, width) if channels == 1 else (height, width, channels)
    return (numpy.arange(numpy.prod(shape)) % 120).astype(dtype).reshape(shape)


for name, (dtype, channels) in FORMATS.items():
    source = array(dtype, channels)
    image = orthanc.CreateImageFromArray(source, getattr(F, name))
    view = numpy.asarray(image)
    record(name, view.dtype.str[1:], list(view.shape), bool((view == source).all()),
           image.GetImagePixelFormat() == getattr(F, name), memoryview(image).readonly)
    guessed = orthanc.CreateImageFromArray(source).GetImagePixelFormat()
    record('guessed', name, guessed == getattr(F, name))

# no copy, in both directions
image = orthanc.CreateImage(F.RGB24, 7, 5)
view = numpy.asarray(image)
view[...] = 0
view[2, 3] = (1, 2, 3)
pitch = image.GetImagePitch()
record('written', list(image.GetImageBuffer()[2 * pitch + 9:2 * pitch + 12]),
       [int(x) for x in view.strides], pitch)

# the pixels outlive the name of the image
view = numpy.asarray(orthanc.CreateImageFromArray(array('u2', 1)))
gc.collect()
orthanc.CreateImage(F.GRAYSCALE16, 7, 5)
record('outlives', bool((view == array('u2', 1)).all()))
del view

# any order of memory
base = array('u1', 3, 10, 14)
for name, source in {'flipped': base[::-1, ::-1], 'every other': base[::2, ::2],
                     'channels': base[:, :, ::-1], 'fortran': numpy.asfortranarray(base),
                     'transposed': base.transpose(1, 0, 2), 'plane': base[:, :, 1],
                     'ctypes': (ctypes.c_uint8 * 3 * 14 * 10).from_buffer_copy(base.tobytes()),
                     'read-only': memoryview(base.tobytes()).cast('B', (10, 14, 3))}.items():
    image = orthanc.CreateImageFromArray(source)
    record('order', name, bool((numpy.asarray(image) == numpy.asarray(source)).all()))

# (height, width, 1) is an image of one channel
image = orthanc.CreateImageFromArray(array('u1', 1)[..., None])
record('one channel', list(numpy.asarray(image).shape))
record('empty', outcome(orthanc.CreateImageFromArray, numpy.zeros((0, 4), 'u1'))[0])

for name, wrong in {'float64': numpy.zeros((2, 2)), 'two channels': numpy.zeros((2, 2, 2), 'u1'),
                    'one dimension': numpy.zeros(4, 'u1'), 'big endian': numpy.zeros((2, 2), '>u2'),
                    'int8': numpy.zeros((2, 2), 'i1'), 'bool': numpy.zeros((2, 2), '?'),
                    'bytes': b'1234', 'list': [[1]], 'none': None}.items():
    record('wrong', name, *outcome(orthanc.CreateImageFromArray, wrong)[:2])
record('wrong', 'format', *outcome(orthanc.CreateImageFromArray, array('u1', 1), F.RGB24)[:2])

# consumers of bytes get them if the rows are contiguous
image = orthanc.CreateImageFromArray(array('u1', 1, 8, 16))
contiguous = image.GetImagePitch() == 16
record('bytes', contiguous, bytes(memoryview(image)) == array('u1', 1, 8, 16).tobytes(),
       orthanc.ComputeMd5(image) == orthanc.ComputeMd5(array('u1', 1, 8, 16).tobytes())
       if contiguous else True)
padded = next((i for i in (orthanc.CreateImage(F.GRAYSCALE8, w, 3) for w in range(1, 40))
               if i.GetImagePitch() != i.GetImageWidth()), None)
record('padded', None if padded is None else outcome(orthanc.ComputeMd5, padded)[0])

# the older function takes arrays as well
record('from buffer', bool((numpy.asarray(orthanc.CreateImageFromBuffer(
    F.GRAYSCALE16, 7, 5, 14, array('u2', 1))) == array('u2', 1)).all()))

kept = numpy.asarray(orthanc.CreateImageFromArray(array('u1', 1)))


@route('/kept')
def use_kept(output, uri, **request):
    answer(output, int(kept.sum()))


@route('/frame')
def frame(output, uri, **request):
    instance = orthanc.CreateDicomInstance(request['body'])
    pixels = numpy.asarray(instance.GetInstanceDecodedFrame(0))
    answer(output, [pixels.shape, pixels.tolist()])
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    return module_orthanc(SCRIPT, debian=where, config=module_orthanc.packages(where))


@pytest.fixture(scope="module")
def rows(server: Orthanc) -> list[Any]:
    return seen(server)


FORMATS = {
    "GRAYSCALE8": ("u1", [5, 7]),
    "GRAYSCALE16": ("u2", [5, 7]),
    "SIGNED_GRAYSCALE16": ("i2", [5, 7]),
    "FLOAT32": ("f4", [5, 7]),
    "GRAYSCALE32": ("u4", [5, 7]),
    "GRAYSCALE64": ("u8", [5, 7]),
    "RGB24": ("u1", [5, 7, 3]),
    "RGB48": ("u2", [5, 7, 3]),
    "RGBA32": ("u1", [5, 7, 4]),
    "BGRA32": ("u1", [5, 7, 4]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format(rows: list[Any], name: str) -> None:
    dtype, shape = FORMATS[name]
    assert [row for row in rows if row[0] == name] == [[name, dtype, shape, True, True, False]]
    # two formats have four channels: an array becomes the more usual one
    assert ["guessed", name, name != "BGRA32"] in rows


def test_pixels_are_not_copied(rows: list[Any]) -> None:
    _, pixel, strides, pitch = next(row for row in rows if row[0] == "written")
    assert pixel == [1, 2, 3]
    assert strides == [pitch, 3, 1]


def test_pixels_outlive_the_image(rows: list[Any]) -> None:
    assert ["outlives", True] in rows


def test_any_order_of_memory(rows: list[Any]) -> None:
    orders = [row[1:] for row in rows if row[0] == "order"]
    assert len(orders) == 8
    assert all(equal for _, equal in orders), orders


def test_shapes(rows: list[Any]) -> None:
    assert ["one channel", [5, 7]] in rows
    assert ["empty", "returned"] in rows


def test_wrong_arrays(rows: list[Any]) -> None:
    wrong = {row[1]: row[2:] for row in rows if row[0] == "wrong"}
    assert {name: error for name, (error, _) in wrong.items()} == {
        "float64": "ValueError",
        "two channels": "ValueError",
        "one dimension": "ValueError",
        "big endian": "ValueError",
        "int8": "ValueError",
        "bool": "ValueError",
        "bytes": "ValueError",
        "list": "TypeError",
        "none": "TypeError",
        "format": "ValueError",
    }
    assert "format 'd'" in wrong["float64"][1]
    assert "2 channels" in wrong["two channels"][1]


def test_image_as_bytes(rows: list[Any]) -> None:
    assert next(row for row in rows if row[0] == "bytes")[2:] == [True, True]
    assert next(row for row in rows if row[0] == "padded")[1] in (None, "BufferError")
    assert ["from buffer", True] in rows


def test_decoded_frame(server: Orthanc, dicom_file: Any) -> None:
    shape, pixels = server.post("/frame", dicom_file().read_bytes()).json()
    assert shape == [4, 6]
    assert [value for row in pixels for value in row] == list(range(24))


def test_arrays_survive_a_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, config=orthanc.packages())
    assert server.get("/kept").json() == sum(range(35))
    reset(server)
    assert server.get("/kept").json() == sum(range(35))
