# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The program that simulates Orthanc: the plugin runs in it as in the real one."""

from __future__ import annotations

import json

import pytest

from .conftest import Start


def test_routes(start: Start) -> None:
    fake = start(
        """
        import json, orthanc

        def show(output, uri, **request):
            output.SetHttpHeader('X-Test', 'value')
            seen = [uri, request['method'], request['groups'], request.get('get')]
            body = request.get('body')
            seen.append(body.decode() if body else None)
            output.AnswerBuffer(json.dumps(seen), 'application/json')

        def missing(output, uri, **request):
            raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, 'gone')

        def inner(output, uri, **request):
            output.AnswerBuffer(orthanc.RestApiPost('/show/b', b'inside'), 'text/plain')

        orthanc.RegisterRestCallback('/show/(.*)', show)
        orthanc.RegisterRestCallback('/missing', missing)
        orthanc.RegisterRestCallback('/inner', inner)
        """
    )
    assert fake.started["code"] == 0, fake.log
    answer = fake.command("rest GET /show/a?x=1&y=2")
    assert json.loads(answer["body"]) == ["/show/a", "GET", ["a"], {"x": "1", "y": "2"}, None]
    assert answer["headers"] == {"X-Test": "value"}
    assert answer["mime"] == "application/json"
    answer = fake.command("rest POST /show/a the body")
    assert json.loads(answer["body"])[4] == "the body"
    assert fake.command("rest GET /missing")["status"] == 404
    assert fake.command("rest GET /nowhere")["status"] == 404
    assert fake.json("/inner") == ["/show/b", "POST", ["b"], None, "inside"]
    assert fake.stop() == 0


def test_threads_changes_and_images(start: Start) -> None:
    fake = start(
        """
        import json, orthanc

        events = []

        def hello(output, uri, **request):
            output.AnswerBuffer('hello', 'text/plain')

        def change(kind, level, resource):
            events.append([kind, level, resource])
            if kind == orthanc.ChangeType.ORTHANC_STOPPED:
                print('stopped', json.dumps(events))

        def picture(output, uri, **request):
            image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE16, 3, 2)
            size = [image.GetImageWidth(), image.GetImageHeight(), image.GetImagePitch()]
            output.AnswerBuffer(json.dumps(size), 'application/json')

        orthanc.RegisterRestCallback('/hello', hello)
        orthanc.RegisterRestCallback('/picture', picture)
        orthanc.RegisterOnChangeCallback(change)
        """
    )
    assert fake.command("threads 8 100 /hello") == {
        "result": "threads",
        "good": 800,
        "bad": 0,
        "code": 0,
        "body": "hello",
    }
    assert fake.json("/picture") == [3, 2, 6]
    assert fake.command("alive")["images"] == 0
    fake.command("change 8 3 some-resource")
    assert fake.stop() == 0
    # ORTHANC_STARTED, the one above, ORTHANC_STOPPED
    assert 'stopped [[10, 4, ""], [8, 3, "some-resource"], [11, 4, ""]]' in fake.log


def test_reset(start: Start) -> None:
    fake = start(
        """
        import orthanc, sys

        sys.runs = getattr(sys, 'runs', 0) + 1

        def runs(output, uri, **request):
            output.AnswerBuffer(str(sys.runs), 'text/plain')

        orthanc.RegisterRestCallback('/runs', runs)
        """
    )
    for run in (1, 2, 3):
        assert fake.get("/runs") == str(run)
        assert fake.command("reset")["code"] == 0
    assert fake.stop() == 0


WHO = """
import json, orthanc

def who(output, uri, **request):
    instance = orthanc.CreateDicomInstance(b'DICOM')
    told = []
    for name in ('GetInstanceRemoteAet', 'GetInstanceCalledAet', 'GetInstanceRemoteIp'):
        try:
            told.append(getattr(instance, name)())
        except AttributeError as error:
            told.append(str(error))
    output.AnswerBuffer(json.dumps(told), 'application/json')

orthanc.RegisterRestCallback('/who', who)
"""


@pytest.mark.parametrize("version", ["1.13.1", "mainline"])
def test_getters_newer_than_any_packaged_orthanc(start: Start, version: str) -> None:
    assert start(WHO, version=version).json("/who") == ["MODALITY", "ARCHIVE", "192.0.2.1"]


def test_getters_that_are_too_new(start: Start) -> None:
    aet, *others = start(WHO).json("/who")
    assert aet == "MODALITY"
    assert others == [
        f"orthanc.DicomInstance.{name} needs Orthanc 1.13.1 or later; this is Orthanc 1.13.0"
        for name in ("GetInstanceCalledAet", "GetInstanceRemoteIp")
    ]


def test_a_refused_start(start: Start) -> None:
    fake = start("raise RuntimeError('no, thanks')")
    assert fake.started["code"] == -1
    assert fake.wait() == 1
    assert "RuntimeError: no, thanks" in fake.log
