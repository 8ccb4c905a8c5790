# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The connection of a worker process to an Orthanc that ends in the middle of a response."""

from __future__ import annotations

import pytest

from tests.support import web

from .conftest import Runtime


class Ending(web.Handler):
    """Closes the connection before the end of the response."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/found" else 404)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"begun")


@pytest.mark.parametrize("path", ["/found", "/missing"])
def test_a_response_that_ends_early_is_an_error_of_the_network(runtime: Runtime, path: str) -> None:
    exception = runtime("errors").OrthancException
    with web.serving(Ending) as port:
        settings = {"url": f"http://127.0.0.1:{port}", "token": "token"}
        connection = runtime("worker_module").Connection(settings)
        with pytest.raises(exception) as caught:
            connection.call(1, path)
    code, text = caught.value.args
    assert code == 9  # NETWORK_PROTOCOL
    assert f"{path}: IncompleteRead(5 bytes read, 995 more expected)" in text
