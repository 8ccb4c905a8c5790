# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Enumerators that this release does not know reach the script as numbers, and where the script
gets names, as the text of the number.
"""

from __future__ import annotations

import json

from tests.support.servers import wait_for

from .conftest import Start

NEWER = 77

SCRIPT = """
import json, orthanc

seen = {}


def show(output, uri, **request):
    output.AnswerBuffer(json.dumps(seen), 'application/json')


def on_rest(output, uri, **request):
    request['body'] = request['body'].decode()
    output.AnswerBuffer(json.dumps(request), 'application/json')


def silent(output, uri, **request):
    pass


def records(name, result, *positions):
    def callback(*values):
        seen[name] = [values[position] for position in positions]
        return result
    return callback


def on_move(**request):
    seen['move'] = [request['Level']]


def on_filter(uri, method, **request):
    seen['filter'] = [method]
    return True


def on_stored(instance, identifier):
    vrs = []
    instance.GetInstanceDicomWebJson(lambda levels, tag, vr: vrs.append(vr))
    seen['stored'] = [instance.GetInstanceOrigin(), *vrs[:1]]


class Job(orthanc.BaseJob):
    def run(self):
        yield 0.5

    def stopped(self, reason):
        seen['job'] = [reason]


def submit(output, uri, **request):
    output.AnswerBuffer(Job().submit(), 'text/plain')


orthanc.RegisterRestCallback('/seen', show)
orthanc.RegisterRestCallback('/rest/(.*)', on_rest)
orthanc.RegisterRestCallback('/silent', silent)
orthanc.RegisterRestCallback('/job', submit)
orthanc.RegisterIncomingHttpRequestFilter(on_filter)
orthanc.RegisterReceivedInstanceCallback(
    records('received', (orthanc.ReceivedInstanceAction.KEEP_AS_IS, None), 1))
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterMoveCallback(on_move)
orthanc.RegisterAuditLogHandler(records('audit', None, 2))
orthanc.RegisterOnChangeCallback(records('change', None, 0, 1))
orthanc.RegisterStorageArea3(
    records('create', (0, None), 1, 2), records('read', (0, b'some'), 1), records('remove', 0, 1))
"""


def test_newer_enumerators_reach_the_script(start: Start) -> None:
    fake = start(SCRIPT)
    fake.command(f"newer {NEWER}")
    for kind in ("received", "stored", "move", "audit", "storage"):
        fake.command(f"callback {kind} some data")
    fake.command("rest NEWER /rest/a text")
    fake.get("/job")
    seen = fake.json("/seen")
    assert seen["move"] == [str(NEWER)]
    assert seen["create"] == [NEWER, NEWER]
    for name in ("received", "stored", "audit", "read", "remove", "job"):
        assert set(seen[name]) == {NEWER}, name


def test_a_newer_http_method_reaches_the_script(start: Start) -> None:
    fake = start(SCRIPT)
    fake.command(f"newer {NEWER}")
    answer = fake.command("rest NEWER /rest/a?x=1 text")
    assert json.loads(answer["body"]) == {
        "method": str(NEWER),
        "groups": ["a"],
        "get": {"x": "1"},
        "headers": {},
        "body": "text",
    }
    assert fake.command("rest NEWER /silent")["status"] == 500
    assert f"The callback has sent no response to {NEWER} /silent" in fake.log
    fake.command("newer 0")
    assert fake.json("/seen")["filter"] == [1]


def test_a_newer_change_reaches_the_script(start: Start) -> None:
    fake = start(SCRIPT)
    fake.command("change 2222 3333 resource")
    assert wait_for(lambda: fake.json("/seen").get("change") == [2222, 3333])
