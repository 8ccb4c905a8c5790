# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A C++ exception of GCC or Visual C++, with its own runtime, in a service of the SDK."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.windows.conftest import FakeOrthancs
from tests.windows.pythons import WindowsPython
from tests.windows.wine import Wine

SCRIPT = """
import threading
import orthanc

def create():
    try:
        orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 4, 4).GetImageWidth()
        return 'no exception'
    except orthanc.OrthancException as error:
        return str(error)

def on_rest(output, uri, **request):
    print('SEEN', create(), flush=True)
    thread = threading.Thread(target=create)  # needs the GIL
    thread.start()
    thread.join()
    output.AnswerBuffer('good', 'text/plain')

orthanc.RegisterRestCallback('/create', on_rest)
"""


@pytest.mark.parametrize("command", ["exceptions", "foreign-exceptions"])
def test_a_cpp_exception_raises_in_the_call(
    command: str, fakes: FakeOrthancs, python_for: Callable[[str], WindowsPython], wine: Wine
) -> None:
    fake = fakes(SCRIPT, Executable=wine.path(python_for("3.13-x64").executable))
    assert fake.started["code"] == 0, fake.log
    result = fake.command(f"{command} one request |create")
    assert (result["before"], result["after"]) == ("0 200 good", "0 200 good")
    assert result["runs"] == 3, fake.log
    for function in ("CreateImage", "GetImageWidth"):
        assert f"OrthancPlugin{function}() has ended with a C++ exception" in fake.log
    assert fake.stop() == 0
