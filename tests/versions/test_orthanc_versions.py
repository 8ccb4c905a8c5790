# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same library in each Orthanc of Debian: bug 43 of docs/contributing/upstream-bugs.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.debian_chroots import RECIPES
from tests.support.servers import Servers, check_end, seen, wait_for

SCRIPT = """
import json
import sys
import orthanc
from recorder import answer, outcome, record, route

record('python', list(sys.version_info[:2]))


def on_change(change, level, identifier):
    record('change', change, level, identifier)
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        record('version', json.loads(orthanc.RestApiGet('/system'))['Version'])


def on_stored(instance, identifier):
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    record('stored', identifier, tags['PatientID'], instance.GetInstanceOrigin())


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: uri != '/denied')


@route('/hello/(.*)')
def hello(output, uri, **request):
    if request['groups'][0] == 'nobody':
        raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, 'nobody')
    answer(output, [request['method'], request['groups'], orthanc.ComputeMd5('x')])


@route('/pixels')
def pixels(output, uri, **request):
    image = orthanc.CreateImage(orthanc.PixelFormat.RGB24, 3, 2)
    output.AnswerBuffer(image.GetImageBuffer(), 'application/octet-stream')


@route('/has/(.*)')
def has(output, uri, **request):
    answer(output, outcome(getattr, orthanc, request['groups'][0]))


@route('/ask')
def ask(output, uri, body, **request):
    direct = orthanc.http.get(body.decode() + '/system').json()['Version']
    inside = outcome(lambda: orthanc.rest.get('/system').json()['Version'])
    answer(output, [direct, inside[:2]])


@orthanc.job
def count(job, n):
    for i in range(n):
        job.content['Count'] = i + 1
        yield i / n


@route('/count')
def start_count(output, uri, **request):
    answer(output, count(n=3).submit())


def upload(output, uri, *, body, **request):
    answer(output, sum(map(len, body)))


orthanc.RegisterChunkedRestCallback('/upload', upload)


OBJECTS = {
    'RestOutput': lambda output: output,
    'DicomInstance': lambda output: orthanc.CreateDicomInstance(
        orthanc.CreateDicom('{"PatientID": "P"}', None, orthanc.CreateDicomFlags.NONE)),
}


@route('/method/(.*)/(.*)')
def method(output, uri, **request):
    kind, name = request['groups']
    owner = OBJECTS[kind](output) if kind in OBJECTS else getattr(orthanc, kind)
    present = hasattr(getattr(orthanc, kind), name)
    answer(output, [present, *outcome(getattr, owner, name)])
"""

# The features that each version of Orthanc added.
FUNCTIONS = {
    "CreateDicom2": (1, 9, 0),
    "rest": (1, 9, 2),
    "CallRestApi": (1, 9, 2),
    "RegisterReceivedInstanceCallback": (1, 10, 0),
    "RegisterIncomingCStoreInstanceFilter": (1, 10, 0),
    "RegisterWebDavCollection": (1, 10, 1),
    "GetDatabaseServerIdentifier": (1, 11, 1),
    "LoadDicomInstance": (1, 12, 1),
    "SetCurrentThreadName": (1, 12, 2),
    "LogMessage": (1, 12, 4),
    "StoreKeyValue": (1, 12, 8),
    "RegisterStorageArea3": (1, 12, 8),
    "QueueOrigin": (1, 12, 8),
    "KeysValuesIterator": (1, 12, 8),
    "AdoptDicomInstance": (1, 12, 8),
    "SetStableStatus": (1, 12, 9),
    "RegisterHttpAuthentication": (1, 12, 9),
    "RegisterAuditLogHandler": (1, 12, 9),
    "ReserveQueueValue": (1, 12, 10),
    "RegisterMoveCallback3": (1, 12, 10),
    "ClearCurrentThreadName": (1, 13, 0),
}

HERE = ("bullseye", "bookworm", "trixie", "sid")

pytestmark = pytest.mark.chroot


@pytest.fixture(scope="module", params=HERE)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param)


@pytest.fixture(scope="module")
def running(server: Orthanc) -> tuple[int, ...]:
    """The version of the server."""
    return tuple(int(part) for part in server.get("/system").json()["Version"].split("."))


def test_the_versions_are_the_expected_ones(server: Orthanc, running: tuple[int, ...]) -> None:
    wait_for(lambda: [row for row in seen(server) if row[0] == "version"], "ORTHANC_STARTED")
    version = next(row[1] for row in seen(server) if row[0] == "version")
    recipe = next(RECIPES[name] for name in HERE if RECIPES[name].orthanc == version)
    python = next(row[1] for row in seen(server) if row[0] == "python")
    assert ".".join(map(str, python)) == recipe.python


def test_callbacks_answer_rest_requests(server: Orthanc) -> None:
    assert server.put("/hello/you", data=b"").json()[:2] == ["PUT", ["you"]]
    assert server.get("/hello/nobody").status_code == 404
    assert server.get("/denied").status_code == 403
    assert len(server.get("/pixels").content) == 3 * 2 * 3


def test_an_upload_is_seen(server: Orthanc, dicom_file: Callable[..., Path]) -> None:
    upload = server.post("/instances", data=dicom_file("SMOKE").read_bytes()).json()
    assert ["stored", upload["ID"], "SMOKE", 3] in seen(server)
    wait_for(lambda: ["change", 3, 3, upload["ID"]] in seen(server), "NEW_INSTANCE")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_newer_than_the_server_are_absent(
    server: Orthanc, running: tuple[int, ...], name: str
) -> None:
    kind, text, *_ = server.get(f"/has/{name}").json()
    if running >= FUNCTIONS[name]:
        assert kind == "returned"
    else:
        assert kind == "AttributeError"
        assert name in text
        assert ".".join(map(str, FUNCTIONS[name])) in text


@pytest.mark.parametrize(
    ("kind", "name", "since"),
    [
        ("RestOutput", "StartStreamAnswer", (1, 12, 6)),
        ("ErrorCode", "FORBIDDEN_ACCESS", (1, 12, 2)),
        ("ContentType", "DICOM_UNTIL_PIXEL_DATA", (1, 9, 2)),
        ("CompressionType", "NONE", (1, 12, 8)),
        ("ValueRepresentation", "OD", (1, 13, 0)),
        ("DicomWebBinaryMode", "ARRAY_OF_VALUES", (1, 13, 0)),
        ("DicomInstance", "GetInstanceCalledAet", (1, 13, 1)),
        ("DicomInstance", "GetInstanceRemoteIp", (1, 13, 1)),
    ],
)
def test_methods_and_members_newer_than_the_server_are_absent(
    server: Orthanc, running: tuple[int, ...], kind: str, name: str, since: tuple[int, ...]
) -> None:
    present, result, text, *_ = server.get(f"/method/{kind}/{name}").json()
    assert present == (running >= since)
    if present:
        assert result == "returned"
    else:
        needed, here = (".".join(map(str, numbers)) for numbers in (since, running))
        assert result == "AttributeError"
        explanation = f"needs Orthanc {needed} or later; this is Orthanc {here}"
        assert text == f"orthanc.{kind}.{name} {explanation}"


def test_http_clients_reach_other_servers(server: Orthanc, running: tuple[int, ...]) -> None:
    version = ".".join(map(str, running))
    direct, inside = server.post("/ask", server.url).json()
    assert direct == version
    if running >= (1, 9, 2):
        assert inside == ["returned", version]
    else:
        assert inside[0] == "AttributeError"
        assert "orthanc.rest needs Orthanc 1.9.2 or later" in inside[1]


def test_a_job_runs(server: Orthanc) -> None:
    job = server.get("/count").json()
    wait_for(lambda: server.get(f"/jobs/{job}").json()["State"] == "Success", "the end of the job")
    info = server.get(f"/jobs/{job}").json()
    assert (info["Type"], info["Content"], info["Progress"]) == ("count", {"Count": 3}, 100)


def test_an_upload_in_pieces(server: Orthanc) -> None:
    assert server.put("/upload", (b"x" * 100_000 for _ in range(30))).json() == 3_000_000


def test_a_name_that_never_existed(server: Orthanc) -> None:
    kind, text, *_ = server.get("/has/NoSuchFunction").json()
    assert kind == "AttributeError"
    assert "NoSuchFunction" in text


@pytest.mark.parametrize("name", HERE)
def test_text_is_utf_8(orthanc: Servers, name: str) -> None:
    """Also if the locale that Orthanc requests is not installed."""
    server = orthanc(
        """
        import sys
        from recorder import record
        record(sys.getfilesystemencoding(), sys.stdout.encoding.lower())
        print('printed: Gr\\u00fc\\u00dfe', flush=True)
        """,
        debian=name,
    )
    assert seen(server) == [["utf-8", "utf-8"]]
    assert "printed: Grüße" in server.log


@pytest.mark.parametrize("name", HERE)
def test_the_script_may_call_orthanc_while_it_stops(orthanc: Servers, name: str) -> None:
    server = orthanc(
        """
        import orthanc

        def on_change(change, level, identifier):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                print('SEEN', orthanc.RestApiGet('/system')[:1], flush=True)

        orthanc.RegisterOnChangeCallback(on_change)
        """,
        debian=name,
    )
    server.stop()
    check_end(server)
    assert "SEEN b'{'" in server.log
