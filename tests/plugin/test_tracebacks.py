# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exceptions in the log: a headline, the script's frames, and a hint."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset

from orthanc_python.server import Orthanc
from tests.plugin.test_start import INSTALLATION, failure
from tests.support import peers
from tests.support.servers import Servers
from tests.support.web import Handler, serving

CALLBACKS = """
import orthanc
from recorder import route

counter = []


@route('/fails/.*')
def fails(output, uri, **request):
    raise ValueError('in a route')


@route('/forges/(.*)')
def forges(output, uri, **request):
    error = ValueError(request['groups'][0])
    if hasattr(error, 'add_note'):
        error.add_note(request['groups'][0])
    raise error


@route('/library')
def library(output, uri, **request):
    orthanc.rest.get('/nothing/here').raise_for_status()


@route('/chained')
def chained(output, uri, **request):
    try:
        orthanc.rest.get('/nothing/here').raise_for_status()
    except orthanc.OrthancException as error:
        raise ValueError('from another') from error


@route('/long-chain')
def long_chain(output, uri, **request):
    cause = None
    for i in range(3000):
        error = ValueError(f'number {i}')
        error.__cause__, cause = cause, error
    raise error


class Unprintable(Exception):
    @property
    def __cause__(self):
        raise KeyError('cause')


@route('/unprintable')
def unprintable(output, uri, **request):
    raise Unprintable


@route('/nul')
def nul(output, uri, **request):
    raise ValueError('before\\0after')


@route('/unreachable')
def unreachable(output, uri, **request):
    orthanc.HttpGet('http://127.0.0.1:1/', None, None)


@route('/asks/(.*)')
def asks(output, uri, **request):
    orthanc.HttpGet('http://127.0.0.1:' + request['groups'][0], None, None)


def upload(output, uri, body, **request):
    body.read()
    raise ValueError('in an upload')


def on_change(change, level, resource):
    if change == orthanc.ChangeType.NEW_PATIENT:
        raise ValueError('in a change')


def stored(instance, identifier):
    raise ValueError('in a stored instance')


def find(answers, query, issuer, called):
    raise ValueError('in a find')


orthanc.RegisterChunkedRestCallback('/upload', upload)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(stored)
orthanc.RegisterFindCallback(find)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    config = {"DicomAlwaysAllowFind": True, "DicomAlwaysAllowEcho": True}
    return module_orthanc(CALLBACKS, debian=where, config=config)


def report(server: Orthanc, headline: str) -> str:
    """The entry of the log that begins with a headline, from there on."""
    found = server.wait_for_log(rf"^E.*\] {headline}, traceback:\n(?:(?![EWIT]\d{{4}} ).*\n)+")
    return found[0]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_headline_names_the_request(server: Orthanc, method: str) -> None:
    assert server.request(method, f"/fails/{method}").status_code == 500
    text = report(server, f"Error in the REST callback for {method} /fails/{method}")
    assert text.splitlines()[1] == "Traceback (most recent call last):"
    assert re.search(r'^  File ".*script\.py", line 10, in fails$', text.splitlines()[2])
    assert text.splitlines()[-1] == "ValueError: in a route"
    assert server.log.count(f"REST callback for {method} /fails/{method}") == 1


def test_text_from_the_network_stays_in_its_line(server: Orthanc) -> None:
    assert server.get("/fails/a%0AW1129%20forged").status_code == 500
    report(server, r"Error in the REST callback for GET /fails/a\\x0aW1129 forged")


def test_the_message_of_an_exception_begins_no_record(server: Orthanc) -> None:
    assert server.get("/forges/a%0AW1129%20forged").status_code == 500
    text = report(server, r"Error in the REST callback for GET /forges/a\\x0aW1129 forged")
    assert "ValueError: a\n  W1129 forged\n" in text
    assert not re.search("^W1129 forged", server.log, re.MULTILINE)


def test_a_terminal_shows_each_character_of_an_exception(server: Orthanc) -> None:
    assert server.get("/forges/hidden%0DW1129%1B%5B2J%C2%9B%E2%80%A8%7F%09tab").status_code == 500
    head = r"hidden\\x0dW1129\\x1b\[2J\\xc2\\x9b\\xe2\\x80\\xa8\\x7f\\x09tab"
    text = report(server, f"Error in the REST callback for GET /forges/{head}")
    assert "ValueError: hidden\\x0dW1129\\x1b[2J\\x9b\\u2028\\x7f\ttab\n" in text


@pytest.mark.parametrize("path", ["library", "chained"])
def test_no_frame_of_the_plugin_is_shown(server: Orthanc, path: str) -> None:
    server.get(f"/{path}")
    text = report(server, f"Error in the REST callback for GET /{path}")
    assert "orthanc_runtime" not in text
    assert text.count("orthanc.OrthancException: (17, ") == 1
    assert text.count("ValueError: from another") == (path == "chained")
    assert text.count("The above exception was the direct cause") == (path == "chained")


def test_a_chain_is_longer_than_the_limit_of_recursion(server: Orthanc) -> None:
    server.get("/long-chain")
    report(server, "Error in the REST callback for GET /long-chain")
    server.wait_for_log("^ValueError: number 2999$")  # the end of a long report
    assert server.log.count("ValueError: number ") == 3000


def test_an_exception_that_cannot_be_formatted_is_named(server: Orthanc) -> None:
    server.get("/unprintable")
    text = report(server, "Error in the REST callback for GET /unprintable")
    reason = "its traceback cannot be formatted: KeyError"
    assert text.splitlines()[-1] == f"script.Unprintable ({reason})"


EXHAUSTS = """
import resource
from recorder import route

limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (200, limit))


@route('/exhausts')
def exhausts(output, uri, **request):
    files = []
    while True:
        files.append(open(__file__))
"""


def test_an_exception_is_reported_if_no_file_can_be_opened(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(EXHAUSTS, debian=where)
    assert server.get("/exhausts").status_code == 500
    text = report(server, "Error in the REST callback for GET /exhausts")
    assert re.search(r'  File "/.*/script\.py", line 13, in exhausts', text)
    assert "OSError: [Errno 24] Too many open files: '/" in text


def test_nul_does_not_end_the_report(server: Orthanc) -> None:
    server.get("/nul")
    text = report(server, "Error in the REST callback for GET /nul")
    assert text.splitlines()[-1] == r"ValueError: before\x00after"


def test_an_upload_is_named(server: Orthanc) -> None:
    assert server.put("/upload", b"content").status_code == 500
    text = report(server, "Error in the chunked REST callback for PUT /upload")
    assert "orthanc_runtime" not in text
    assert "threading.py" not in text
    assert server.log.count("ValueError: in an upload") == 1


def test_a_known_error_code_has_a_hint(server: Orthanc) -> None:
    server.get("/unreachable")
    text = report(server, "Error in the REST callback for GET /unreachable")
    assert re.search("Hint: .* Without a response, check the URL", text.splitlines()[-1])


def test_the_log_names_the_response_of_a_server_that_refused(server: Orthanc) -> None:
    class Refusing(Handler):
        def do_GET(self) -> None:
            self.answer(b"", 503)

    with serving(Refusing) as port:
        server.get(f"/asks/{port}")
    before, text = server.log.split("Error in the REST callback for GET /asks/")
    assert "received HTTP status 503" in before
    assert "Hint: The lines of Orthanc above name the response" in text


def test_dicom_callbacks_name_the_resource_and_the_modality(
    server: Orthanc, dicom_file: Callable[..., Path]
) -> None:
    instance = server.post("/instances", dicom_file().read_bytes()).json()["ID"]
    report(server, f"Error in the Python on-stored-instance callback for the instance {instance}")
    patient = server.get("/patients").json()[0]
    report(server, f"Error in the Python on-change callback for NEW_PATIENT of {patient}")
    query = Dataset()
    query.QueryRetrieveLevel = "PATIENT"
    query.PatientID = "*"
    peers.find(server, query)
    report(server, r"Error in the Python C-FIND SCP callback from the modality \w+")


def hint(log: str) -> str:
    """The last line of the report of an import that failed."""
    lines = log.split(INSTALLATION)[1].splitlines()
    return next(line for line in lines if line.startswith("Hint: "))


def test_the_database_at_import(orthanc: Servers, where: str | None) -> None:
    script = "import orthanc\northanc.rest.get('/system').json()\n"
    log = failure(orthanc, script, debian=where).log
    text = log.split(INSTALLATION)[1].split("\nW")[0]
    assert "<" not in text.replace("<module>", "")
    assert text.splitlines()[1] == "Traceback (most recent call last):"
    assert "wait for ORTHANC_STARTED" in hint(log)
    assert "orthanc.RegisterOnChangeCallback" in hint(log)


def test_a_module_that_is_not_installed(orthanc: Servers, where: str | None) -> None:
    log = failure(orthanc, "import no_such_module\n", debian=where).log
    assert "frozen importlib" not in log.split(INSTALLATION)[1]
    assert re.search(r"Hint: Scripts run in Python 3\.\d+\.\d+ \(/.*\)", hint(log))
    assert re.search("-m pip install no_such_module|the option Python.VirtualEnv", hint(log))


def test_a_module_in_a_package(orthanc: Servers) -> None:
    log = failure(orthanc, "import xml.nothing\n").log
    assert "The package 'xml' has no module 'xml.nothing'" in hint(log)


def test_a_syntax_error(orthanc: Servers, where: str | None) -> None:
    log = failure(orthanc, "first = 1\ndef broken(:\n    pass\n", debian=where).log
    assert re.search(r"Hint: Correct line 2 of /.*/script\.py\..*Python 3\.\d+", hint(log))
    assert "Python.Executable" in hint(log)


def test_a_name_of_a_newer_orthanc(orthanc: Servers) -> None:
    log = failure(orthanc, "import orthanc\northanc.StoreKeyValue('a', 'b', b'c')\n").log
    assert "needs Orthanc 1.12.8 or later; this is Orthanc 1." in log
    assert hint(log) == "Hint: Upgrade Orthanc, or ask first with hasattr()."


@pytest.mark.parametrize("name", ["StoreKeyValue", "RegisterIncomingHttpRequestFilter2"])
def test_from_orthanc_import_logs_the_reason(orthanc: Servers, name: str) -> None:
    log = failure(orthanc, f"from orthanc import {name}\n").log
    assert re.search("needs Orthanc 1.12.8|use orthanc.RegisterIncomingHttp", hint(log))


def test_other_exceptions_have_no_hint(orthanc: Servers) -> None:
    assert "Hint: " not in failure(orthanc, "1 / 0\n").log
