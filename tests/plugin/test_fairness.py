# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script that computes does not starve other callbacks."""

from __future__ import annotations

from tests.support.servers import Servers


def test_a_thread_that_computes_releases_the_gil_after_a_millisecond(orthanc: Servers) -> None:
    server = orthanc(
        """
        import sys, orthanc

        def answer(output, uri, **request):
            output.AnswerBuffer(str(sys.getswitchinterval()), 'text/plain')

        orthanc.RegisterRestCallback('/interval', answer)
        """
    )
    assert float(server.get("/interval").text) == 0.001


def test_the_script_may_choose_another_one(orthanc: Servers) -> None:
    server = orthanc(
        """
        import sys, orthanc

        sys.setswitchinterval(0.02)

        def answer(output, uri, **request):
            output.AnswerBuffer(str(sys.getswitchinterval()), 'text/plain')

        orthanc.RegisterRestCallback('/interval', answer)
        """
    )
    assert float(server.get("/interval").text) == 0.02
