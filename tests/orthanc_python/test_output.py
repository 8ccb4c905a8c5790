# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import IO

import pytest

from orthanc_python.output import Output
from tests.support.servers import wait_for


@pytest.fixture
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as file:
        yield os.fdopen(reading, "rb"), file


def test_the_text_has_all_that_was_written_before(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    output = Output(pipe[0])
    for number in range(1000):
        pipe[1].write(b"%d\n" % number)
        assert output.text.endswith(f"{number}\n")


def test_a_line_is_told_once_and_in_order(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    lines: list[str] = []
    output = Output(pipe[0], lines.append)
    expected = [f"{number}é\n" for number in range(1000)]
    for line in expected:
        pipe[1].write(line.encode())
        assert expected[0].startswith(output.text[:2])
    wait_for(lambda: len(lines) == 1000)
    assert lines == expected


def test_a_prompt_is_told_before_its_line_ends(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    told: list[str] = []
    output = Output(pipe[0], told.append)

    def is_told(text: str) -> bool:
        return "".join(told) == text

    for piece, expected in (
        ("(Pdb) é ".encode(), "(Pdb) é "),
        (b"c\nW1130", "(Pdb) é c\n"),  # the beginning of a line of Orthanc's log is not told
        (b" 12:00 MAIN main.cpp:1] text", "(Pdb) é c\n"),
        (b"\n", "(Pdb) é c\nW1130 12:00 MAIN main.cpp:1] text\n"),
        (b"Enter \xc3", "(Pdb) é c\nW1130 12:00 MAIN main.cpp:1] text\n"),  # half a character
        (b"\xa9: ", "(Pdb) é c\nW1130 12:00 MAIN main.cpp:1] text\nEnter é: "),
    ):
        pipe[1].write(piece)
        wait_for(partial(is_told, expected), expected)
    assert told[2] == "W1130 12:00 MAIN main.cpp:1] text\n"
    pipe[1].close()
    output.join(60)


def test_an_unfinished_line_appears_at_its_end(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    output = Output(pipe[0])
    pipe[1].write(b"one\r\nunfini")
    assert output.text == "one\n"
    pipe[1].write("shed \xe9".encode("latin-1"))
    pipe[1].close()
    output.join(60)
    assert output.text == "one\nunfinished \ufffd"
    assert output.wait_for("^unfinished", 0)[0] == "unfinished"
