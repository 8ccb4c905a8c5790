# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images: pixels in and out, and checks of sizes."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from orthanc_python.server import Orthanc
from tests.support.servers import Servers

SCRIPT = """
import base64
import json
import orthanc
from recorder import answer, route

FORMAT = orthanc.PixelFormat


def show(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {'bytes': base64.b64encode(bytes(value)).decode()}
    if isinstance(value, (list, tuple)):
        return [show(item) for item in value]
    if isinstance(value, (str, int, float, bool, type(None), dict)):
        return value
    return repr(value)


@route('/run')
def run(output, uri, **request):
    names = {'orthanc': orthanc, 'FORMAT': FORMAT, 'json': json, 'base64': base64}
    try:
        exec(request['body'].decode(), names)
        answer(output, show(names['result']))
    except Exception as error:
        answer(output, {'error': type(error).__name__, 'text': str(error)})
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT)


Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def run(server: Orthanc) -> Run:
    """Executes Python in Orthanc and returns the variable `result`."""

    def execute(code: str) -> Any:
        return server.post("/run", data=code.encode()).json()

    return execute


def error_of(run: Run, call: str) -> str:
    """The name of the exception that a call raises."""
    answer = run(f"result = {call}")
    assert isinstance(answer, dict), f"{call} returned {answer}"
    return str(answer["error"])


def pixels(value: dict[str, str]) -> bytes:
    return base64.b64decode(value["bytes"])


FORMATS = {
    "GRAYSCALE8": 1,
    "GRAYSCALE16": 2,
    "SIGNED_GRAYSCALE16": 2,
    "RGB24": 3,
    "RGBA32": 4,
    "RGB48": 6,
    "GRAYSCALE32": 4,
    "FLOAT32": 4,
    "BGRA32": 4,
    "GRAYSCALE64": 8,
}


@pytest.mark.parametrize(("name", "size"), FORMATS.items())
def test_a_buffer_comes_back(run: Run, name: str, size: int) -> None:
    width, height = 5, 3
    data = bytes(range(width * height * size % 256)) or bytes(width * height * size)
    data = (data * 2)[: width * height * size].ljust(width * height * size, b"\7")
    code = f"""
data = base64.b64decode({base64.b64encode(data)!r})
image = orthanc.CreateImageFromBuffer(FORMAT.{name}, {width}, {height}, {width * size}, data)
result = [image.GetImageWidth(), image.GetImageHeight(), image.GetImagePitch(),
          image.GetImagePixelFormat() == FORMAT.{name}, image.GetImageBuffer()]
"""
    *shape, buffer = run(code)
    assert shape == [width, height, width * size, True]
    assert pixels(buffer) == data


def test_a_pitch_larger_than_the_row(run: Run) -> None:
    code = """
image = orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 2, 2, 5, b'ab---cd---')
pitch = image.GetImagePitch()
buffer = image.GetImageBuffer()
result = [buffer[row * pitch : row * pitch + 2] for row in range(2)]
"""
    assert [pixels(row) for row in run(code)] == [b"ab", b"cd"]


@pytest.mark.parametrize(
    "call",
    [
        # bug 22 of docs/contributing/upstream-bugs.md:
        # a pitch smaller than the row left memory uninitialised
        "orthanc.CreateImageFromBuffer(FORMAT.RGB24, 4, 2, 4, bytes(8))",
        "orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 4, 2, 4, bytes(7))",
        "orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 1 << 31, 1 << 31, 1 << 31, b'')",
        # bug 21 of docs/contributing/upstream-bugs.md: integers were truncated
        "orthanc.CreateImage(FORMAT.GRAYSCALE8, -1, 1)",
        "orthanc.CreateImage(FORMAT.GRAYSCALE8, 1 << 32, 1)",
        "orthanc.CreateImage(FORMAT.GRAYSCALE8, 1.0, 1)",
        "orthanc.CreateImage(9999, 1, 1)",
        # bug 23 of docs/contributing/upstream-bugs.md:
        # sizes of 4 GiB and more were counted with 32 bits
        "orthanc.CreateImage(FORMAT.GRAYSCALE64, 1 << 30, 1)",
        # bug 8 of docs/contributing/upstream-bugs.md: the buffer was read beyond its end
        "orthanc.CompressPngImage(FORMAT.GRAYSCALE8, 200000, 5000, 200000, b'1')",
        "orthanc.CompressJpegImage(FORMAT.GRAYSCALE8, 200000, 5000, 200000, b'1', 90)",
        "orthanc.CompressPngImage(FORMAT.RGB24, 10, 10, 10, bytes(100))",
        "orthanc.CompressPngImage(FORMAT.GRAYSCALE8, 1, 1, 1, None)",
        "orthanc.UncompressImage(b'no image', orthanc.ImageFormat.PNG)",
        "orthanc.UncompressImage(b'', orthanc.ImageFormat.JPEG)",
        "orthanc.DecodeDicomImage(b'no DICOM', 0)",
    ],
)
def test_wrong_sizes_raise(run: Run, call: str) -> None:
    assert error_of(run, call) in ("ValueError", "TypeError", "OverflowError", "OrthancException")
    assert run("result = 'alive'") == "alive"


HUGE = """
import numpy
import orthanc
from recorder import answer, outcome, route

FORMAT = orthanc.PixelFormat


def last_pixel():
    # The memory is there at its first use only, page by page.
    image = orthanc.CreateImage(FORMAT.GRAYSCALE8, 1 << 16, 1 << 16)
    array = numpy.asarray(image)
    array[-1, -1] = 7
    return str([array.nbytes, int(numpy.asarray(image)[-1, -1])])


def converted():
    image = orthanc.CreateImage(FORMAT.GRAYSCALE8, 1 << 15, 1 << 15)
    return orthanc.Image.ConvertPixelFormat(image, FORMAT.RGBA32)


@route('/huge')
def huge(output, uri, **request):
    answer(output, outcome(last_pixel)[:2])


@route('/converted')
def convert(output, uri, **request):
    answer(output, outcome(converted)[:2])
"""


@pytest.mark.chroot
def test_an_image_of_4_gib(orthanc: Servers) -> None:
    assert orthanc(HUGE, debian="sid").get("/huge").json() == ["returned", f"[{1 << 32}, 7]"]


@pytest.mark.chroot
def test_older_orthancs_would_allocate_too_little(orthanc: Servers) -> None:
    server = orthanc(HUGE.replace("import numpy\n", ""), debian="bookworm")
    for path in ("/huge", "/converted"):
        kind, text = server.get(path).json()
        assert kind == "OverflowError"
        assert "An image of 4294967296 bytes needs Orthanc 1.12.7 or later" in text


def test_an_object_cannot_be_made_from_an_address(run: Run) -> None:
    for call in ("orthanc.Image(12345, 1)", "orthanc.Image(12345, 0).GetImageWidth()"):
        assert error_of(run, call) in ("TypeError", "ValueError")
    call = "orthanc.Image.__new__(orthanc.Image).GetImageWidth()"
    assert error_of(run, call) in ("TypeError", "ValueError")


@pytest.mark.parametrize("name", ["Png", "Jpeg"])
def test_compression(run: Run, name: str) -> None:
    quality = ", 95" if name == "Jpeg" else ""
    data = pixels(
        run(
            f"result = orthanc.Compress{name}Image(FORMAT.RGB24, 2, 1, 6, "
            f"bytes([255, 0, 0, 255, 0, 0]){quality})"
        )
    )
    image = Image.open(io.BytesIO(data))
    assert (image.size, image.mode, image.format) == ((2, 1), "RGB", name.upper())
    code = f"""
data = base64.b64decode({base64.b64encode(data)!r})
image = orthanc.UncompressImage(data, orthanc.ImageFormat.{name.upper()})
result = [image.GetImageWidth(), image.GetImageHeight(), image.GetImagePixelFormat()]
"""
    assert run(code) == [2, 1, 4]


def test_conversion(run: Run) -> None:
    code = """
image = orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 2, 1, 2, bytes([10, 20]))
rgb = image.ConvertPixelFormat(FORMAT.RGB24)
result = [rgb.GetImagePixelFormat(), rgb.GetImageBuffer()]
"""
    kind, buffer = run(code)
    assert kind == 4
    assert pixels(buffer) == bytes([10, 10, 10, 20, 20, 20])


def test_text_can_be_drawn(run: Run) -> None:
    code = """
image = orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 100, 40, 100, bytes(4000))
image.DrawText(0, 'Hi', 2, 2, 255, 255, 255)
result = [max(image.GetImageBuffer()) > 200, orthanc.GetFontsCount() > 0,
          type(orthanc.GetFontName(0)).__name__, orthanc.GetFontSize(0) > 0]
"""
    assert run(code) == [True, True, "str", True]


def test_the_buffer_protocol(run: Run) -> None:
    """Scripts read and change pixels without a copy."""
    code = """
image = orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 3, 2, 3, b'abcdef')
view = memoryview(image)
view_bytes = view.tobytes()
view[0, 0] = ord('X') if view.ndim == 2 else None
result = [view_bytes, image.GetImageBuffer(), view.readonly]
"""
    before, after, readonly = run(code)
    assert pixels(before) == b"abcdef"
    assert pixels(after) == b"Xbcdef"
    assert readonly is False


def test_a_view_outlives_its_image(run: Run) -> None:
    code = """
view = memoryview(orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 3, 2, 3, b'abcdef'))
import gc
gc.collect()
[bytes(1000) for _ in range(1000)]
result = view.tobytes()
"""
    assert pixels(run(code)) == b"abcdef"


def test_a_frame_of_a_dicom_file(run: Run, dicom_file: Callable[..., Path]) -> None:
    data = base64.b64encode(dicom_file().read_bytes())
    code = f"""
dicom = base64.b64decode({data!r})
image = orthanc.DecodeDicomImage(dicom, 0)
result = [image.GetImageWidth(), image.GetImageHeight(), image.GetImageBuffer()]
"""
    width, height, buffer = run(code)
    assert (width, height) == (6, 4)
    assert pixels(buffer) == bytes(range(24))
