# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Request bodies whose size does not fit the 32 bits that Orthanc's SDK has for it."""

from __future__ import annotations

import pytest

from .conftest import Start

BODY = """
import orthanc

calls = []


def on_rest(output, uri, **request):
    calls.append(len(request.get('body', b'')))
    output.AnswerBuffer(str(calls), 'text/plain')


orthanc.RegisterRestCallback('/body', on_rest)
"""


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("announced", [4294967306, 4294967296, 1 << 40, (1 << 63) - 1, 10**30])
def test_a_body_beyond_the_limit_of_the_sdk_is_refused(
    start: Start, method: str, announced: int
) -> None:
    """Orthanc passes the lower 32 bits of the size: 10 bytes of 4,294,967,306."""
    fake = start(BODY)
    answer = fake.command(f"claim {announced} {method} /body 0123456789")
    assert answer["status"] == 413
    assert "RegisterChunkedRestCallback()" in fake.log
    fake.command("reset")  # Orthanc forgets the error code
    assert fake.command(f"claim {announced} {method} /body 0123456789")["status"] == 413
    assert fake.get("/body") == "[0]"


@pytest.mark.parametrize("announced", ["10", "4294967295", "0", "", "x"])
def test_other_bodies_reach_the_callback(start: Start, announced: str) -> None:
    fake = start(BODY)
    assert fake.command(f"claim {announced or '+'} POST /body 0123456789")["body"] == "[10]"


@pytest.mark.parametrize(("claimed", "status"), [(0, 200), (4294967286, 413), (4294967295, 413)])
def test_a_body_in_chunks_is_counted(start: Start, claimed: int, status: int) -> None:
    """The size is unknown until the last chunk, and the SDK has 32 bits for it."""
    fake = start(BODY)
    answer = fake.command(f"chunks {claimed} POST /body 0123456789")
    assert (answer["status"], answer["body"]) == (status, "[10]" if status == 200 else "")


def test_a_body_in_chunks_obeys_the_limit_of_orthanc(start: Start) -> None:
    fake = start(BODY, root={"MaximumRequestBodySizeMB": 1})
    assert fake.command("chunks 1048566 POST /body 0123456789a")["status"] == 413
    assert fake.command("chunks 0 POST /body 0123456789a")["status"] == 200
