# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""C++ exceptions that Orthanc lets escape, with each C++ runtime that a plugin may have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.servers import Servers

# Orthanc 1.10 to 1.13 pass the numbers to Boost, whose exception escapes through the SDK
SCRIPT = """
import threading
import orthanc
from recorder import answer, outcome, route

def fail():
    return outcome(orthanc.RestApiGet, '/instances?since=a&limit=b')

@route('/fail')
def on_fail(output, uri, **request):
    results = [fail() for _ in range(20)]
    threads = [threading.Thread(target=lambda: results.append(fail())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer(output, results)
"""


def libraries() -> list[str]:
    """The library with Orthanc's C++ runtime and, in a full run, the one with its own."""
    return ["plugin", "universal"] if os.environ.get("ORTHANC_PYTHON_LIBRARY_ANY") else ["plugin"]


@pytest.mark.parametrize("library", libraries())
def test_a_cpp_exception_raises_in_the_call(
    orthanc: Servers, where: str | None, plugin: Path, universal_plugin: Path, library: str
) -> None:
    chosen = universal_plugin if where or library == "universal" else plugin
    server = orthanc(SCRIPT, debian=where, plugin=chosen)
    for _ in range(3):
        results = server.get("/fail").json()
        assert len(results) == 24
        for kind, text, (code, _) in results:
            assert (kind, code) == ("OrthancException", "-1")
            assert "OrthancPluginRestApiGet() has ended with a C++ exception" in text
