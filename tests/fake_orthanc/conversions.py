# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script that checks the conversions of arguments with values of every kind.

Some services of the fake Orthanc return their arguments (echo.hpp). The script fails if a property
does not hold for a value that hypothesis generates.
"""

from __future__ import annotations

import array
import contextlib
import mmap
from collections.abc import Callable
from typing import Any

import orthanc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UNSIGNED_16, UNSIGNED_32, SIGNED_32 = (0, 2**16 - 1), (0, 2**32 - 1), (-(2**31), 2**31 - 1)

settings.register_profile(
    "fake Orthanc",
    deadline=None,
    database=None,
    max_examples=300,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("fake Orthanc")


class Index:
    """An object that converts to an integer, as numpy's integers do."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Broken:
    def __index__(self) -> int:
        raise RuntimeError("no number")

    def __len__(self) -> int:
        return -1

    def __str__(self) -> str:
        raise RuntimeError("no text")

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no result")


edges = st.sampled_from(
    [s * 2**n + d for n in (8, 16, 31, 32, 63, 64) for d in (-1, 0, 1) for s in (1, -1)]
)
integers = st.one_of(st.integers(), edges, st.booleans())
texts = st.one_of(
    st.text(max_size=200),
    # surrogates, and NUL
    st.text(st.characters(codec=None, categories=None), max_size=50),
    st.text(st.sampled_from("\0\ud800\udfff\udc80\udcffaé\U0001f600"), max_size=8),
)
formats = st.sampled_from("bBhHiIlLqQfd")
arrays = st.builds(array.array, formats, st.lists(st.integers(0, 100), max_size=20))
contiguous = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=300).map(bytearray),
    st.binary(max_size=300).map(lambda data: memoryview(data)),
    arrays,
    arrays.map(lambda numbers: memoryview(numbers)),
    st.binary(min_size=6, max_size=6).map(lambda data: memoryview(data).cast("B", (2, 3))),
    st.binary(max_size=20).map(lambda data: memoryview(data)[2:]),
)
scattered = st.builds(
    lambda data, step: memoryview(data)[::step],
    st.binary(min_size=4, max_size=50),
    st.sampled_from([2, 3, -1]),
)
anything = st.one_of(
    st.none(),
    integers,
    st.floats(),
    texts,
    contiguous,
    scattered,
    st.builds(Broken),
    st.builds(object),
    st.just(orthanc),
    st.dictionaries(texts, texts, max_size=3),
    st.lists(st.binary(max_size=3), max_size=3),
)


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    """The result, or the type of the exception."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error)


def encoded(text: str) -> bytes | None:
    """The bytes that Orthanc shall get, unless a surrogate represents no byte."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return None


def check_integer(call: Callable[[Any], Any], limits: tuple[int, int], value: int) -> None:
    """A value that fits arrives unchanged; any other value is refused."""
    expected = str(int(value)) if limits[0] <= value <= limits[1] else OverflowError
    for form in (value, Index(value)):
        got = outcome(call, form)
        assert got == expected or got.split()[0] == expected, (form, got, expected)


@given(integers)
def unsigned_16(value: int) -> None:
    check_integer(lambda n: orthanc.GetTagName(n, 0), UNSIGNED_16, value)
    check_integer(lambda n: orthanc.GetTagName(0, n).split()[1], UNSIGNED_16, value)


@given(integers)
def signed_32(value: int) -> None:
    check_integer(lambda n: orthanc.GetGlobalProperty(n), SIGNED_32, value)
    check_integer(lambda n: orthanc.DicomBufferToJson(b"", n).split()[0], SIGNED_32, value)


@given(integers)
def unsigned_32(value: int) -> None:
    def limit_of_length(n: Any) -> str:
        return orthanc.DicomBufferToJson(b"", 0, 0, n).split()[2]

    if SIGNED_32[0] <= value < 0:
        assert outcome(limit_of_length, value) == "0"  # no limit
    else:
        check_integer(limit_of_length, UNSIGNED_32, value)


@given(st.one_of(st.floats(), texts, st.none(), contiguous, st.builds(object)))
def no_integer(value: Any) -> None:
    assert outcome(orthanc.GetGlobalProperty, value) is TypeError


@given(texts)
def text(value: str) -> None:
    got = outcome(orthanc.GetGlobalProperty, 1, value)
    expected = encoded(value)
    if expected is None:
        assert got is UnicodeEncodeError, got
    elif "\0" in value:
        assert got is ValueError, got
    else:
        assert got == "1 " + expected.decode("utf-8", "surrogateescape")


@given(st.binary(max_size=50).map(lambda data: data.replace(b"\0", b"")))
def any_bytes(value: bytes) -> None:
    """Any bytes are a str that goes to Orthanc and comes back unchanged."""
    escaped = value.decode("utf-8", "surrogateescape")
    assert orthanc.GetGlobalProperty(1, escaped) == f"1 {escaped}"
    assert orthanc.ComputeMd5(escaped) == value.hex()


@given(st.one_of(st.binary(), integers, st.none(), st.builds(object)))
def no_text(value: Any) -> None:
    assert outcome(orthanc.GetGlobalProperty, 1, value) is TypeError


@given(contiguous)
def buffer(value: Any) -> None:
    assert orthanc.ComputeMd5(value) == bytes(value).hex()
    memoryview(value)  # and it is not locked afterwards
    if isinstance(value, bytearray):
        value.append(1)


@given(scattered)
def scattered_buffer(value: memoryview) -> None:
    got = outcome(orthanc.ComputeMd5, value)
    assert got is BufferError or got == bytes(value).hex()


@given(texts)
def buffer_of_text(value: str) -> None:
    expected = encoded(value)
    got = outcome(orthanc.ComputeMd5, value)
    assert got == (UnicodeEncodeError if expected is None else expected.hex())


def large_buffer() -> None:
    """A buffer of 5 GB, of which no byte is read."""
    with mmap.mmap(-1, 5 << 30) as large:
        assert outcome(orthanc.ComputeMd5, large) is OverflowError


@given(*[st.integers(0, 9)] * 4, st.binary(max_size=200))
def image(width: int, height: int, padding: int, short: int, pixels: bytes) -> None:
    """Each pixel arrives; a buffer that is too short for its dimensions is refused."""
    pitch = width * 2 + padding - 2
    needed = max(0, pitch * height)
    pixels = (pixels + bytes(needed))[: max(0, needed - (short if short < 3 else 0))]
    arguments = (orthanc.PixelFormat.GRAYSCALE16, width, height, pitch)
    got = outcome(orthanc.CreateImageFromBuffer, *arguments, pixels)
    if isinstance(got, orthanc.Image):
        assert len(pixels) == needed and pitch >= width * 2
        row = got.GetImagePitch()
        made = got.GetImageBuffer()
        for y in range(height):
            assert made[y * row :][: width * 2] == pixels[y * pitch :][: width * 2]
    else:
        assert got in (TypeError, ValueError, OverflowError), got
        assert len(pixels) != needed or pitch < width * 2


@given(integers, integers, integers, contiguous)
def image_of_any_size(width: int, height: int, pitch: int, pixels: Any) -> None:
    arguments = (orthanc.PixelFormat.RGB24, width, height, pitch, pixels)
    got = outcome(orthanc.CreateImageFromBuffer, *arguments)
    assert isinstance(got, orthanc.Image) or issubclass(got, EXPECTED), got


EXPECTED = (
    *(TypeError, ValueError, OverflowError, BufferError, RuntimeError, MemoryError),
    orthanc.OrthancException,
)
# Registrations would change the fake Orthanc; Image* allocate any size
FUNCTIONS = [
    value
    for name, value in vars(orthanc).items()
    if callable(value)
    and not isinstance(value, type)
    and type(value).__name__ == "builtin_function_or_method"
    and not name.startswith(("Register", "Create", "Log", "ChunkedHttp", "RestApi"))
]


OBJECTS = (
    orthanc.CreateImage(orthanc.PixelFormat.RGB24, 3, 2),
    orthanc.CreateDicomInstance(b"dicom"),
)
# pydicom, which creates datasets, raises its own exceptions
METHODS = [
    getattr(thing, name)
    for thing in OBJECTS
    for name in dir(thing)
    if not name.startswith("_") and name != "GetDataset"
]


@given(
    st.sampled_from([*FUNCTIONS, *METHODS]),
    st.lists(anything, max_size=6),
    st.dictionaries(texts, anything, max_size=1),
)
@settings(max_examples=4000)
def any_function(function: Any, arguments: list[Any], keywords: dict[str, Any]) -> None:
    """With any arguments a function returns or raises one of a few exceptions."""
    with contextlib.suppress(*EXPECTED):
        function(*arguments, **keywords)


for check in (
    *(unsigned_16, signed_32, unsigned_32, no_integer, text, any_bytes, no_text, buffer),
    *(scattered_buffer, buffer_of_text, large_buffer, image, image_of_any_size, any_function),
):
    check()
    print("checked", check.__name__)


def on_functions(output: orthanc.RestOutput, uri: str, **_: Any) -> None:
    output.AnswerBuffer(str(len(FUNCTIONS)), "text/plain")


orthanc.RegisterRestCallback("/functions", on_functions)
