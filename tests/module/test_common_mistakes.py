# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Misspelled names, names of the SDK that Python spells differently, `async def`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers

SCRIPT = """
import functools
import json
import traceback
import orthanc
from recorder import answer, outcome, route


@route('/name')
def name(output, uri, get, **request):
    try:
        value = eval('orthanc.' + get['name'])
    except AttributeError as error:
        answer(output, [str(error), traceback.format_exc().count('Did you mean')])
    else:
        answer(output, [repr(value), 0])


async def coroutine(*arguments, **keywords):
    pass


async def generator(*arguments, **keywords):
    yield 1


class Object:
    async def method(self, *arguments, **keywords):
        pass

    @staticmethod
    async def static(*arguments, **keywords):
        pass


class Asynchronous:
    async def __call__(self, *arguments, **keywords):
        pass


class Wrapper:
    def __init__(self, func):
        self.func = func

    def __call__(self, output, uri, **request):
        output.AnswerBuffer('wrapped', 'text/plain')


class Collection:
    async def list_folder(self, path):
        return None

    def retrieve_file(self, path):
        return None


class Job:
    step = coroutine

    def stop(self, reason):
        pass

    reset = get_progress = get_content = get_serialized = stop


CALLABLES = {
    'coroutine': coroutine,
    'generator': generator,
    'method': Object().method,
    'static': Object.static,
    'partial': functools.partial(functools.partial(coroutine, 1), 2),
    'partial method': functools.partial(Object().method),
    'callable': Asynchronous(),
}
REGISTRATIONS = {
    'RegisterStorageArea': lambda f: orthanc.RegisterStorageArea(print, f, print),
    'RegisterFindCallback': lambda f: orthanc.RegisterFindCallback(f),
    'RegisterChunkedRestCallback': lambda f: orthanc.RegisterChunkedRestCallback('/never', f),
    'orthanc.job': lambda f: orthanc.job(f),
    'CreateJob': lambda f: orthanc.CreateJob('kind', Job()),
}
if hasattr(orthanc, 'RegisterWebDavCollection'):  # Orthanc 1.10.1
    REGISTRATIONS['RegisterWebDavCollection'] = (
        lambda f: orthanc.RegisterWebDavCollection('/x', Collection()))
outcomes = {
    **{kind: outcome(orthanc.RegisterMoveCallback, f) for kind, f in CALLABLES.items()},
    **{kind: outcome(register, coroutine) for kind, register in REGISTRATIONS.items()},
}
orthanc.RegisterRestCallback('/wrapper', Wrapper(coroutine))


@route('/outcomes')
def tell(output, uri, **request):
    answer(output, outcomes)
"""


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param)


def asked(server: Orthanc, name: str) -> list[Any]:
    """The message about a name, and the number of suggestions in its traceback."""
    answer: list[Any] = server.get("/name", params={"name": name}).json()
    return answer


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("RegisterRestCalback", "RegisterRestCallback"),
        ("registerRestCallback", "RegisterRestCallback"),
        ("OnChangeType", "ChangeType"),
        ("RestApiGett", "RestApiGet"),
        ("Rest", "rest"),
        ("WorkersPool", "WorkerPool"),
        ("ChangeType.STABLE_STUDIES", "STABLE_STUDY"),
        ("ErrorCode.UnknownRessource", "UNKNOWN_RESOURCE"),
    ],
)
def test_a_misspelled_name_has_a_suggestion(server: Orthanc, wrong: str, right: str) -> None:
    message, suggestions = asked(server, wrong)
    assert message.endswith(f". Did you mean: '{right}'?")
    assert f"has no attribute '{wrong.rpartition('.')[2]}'" in message
    assert suggestions == 1


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("RegisterIncomingHttpRequestFilter2", "use orthanc.RegisterIncomingHttpRequestFilter"),
        ("RegisterRestCallbackNoLock", "use orthanc.RegisterRestCallback"),
        ("OrthancPluginRegisterRestCallback", "use orthanc.RegisterRestCallback"),
        ("OrthancPluginAnswerBuffer", "use orthanc.RestOutput.AnswerBuffer"),
        ("AnswerBuffer", "use orthanc.RestOutput.AnswerBuffer"),
        ("OrthancPluginChangeType", "use orthanc.ChangeType"),
        ("OrthancPluginChangeType_StableStudy", "use orthanc.ChangeType.STABLE_STUDY"),
        ("FreeMemoryBuffer", "it is not in Python (manages memory of C: Python uses bytes)"),
    ],
)
def test_a_name_of_the_sdk_has_a_suggestion(server: Orthanc, name: str, instead: str) -> None:
    message, suggestions = asked(server, name)
    assert message == f"module 'orthanc' has no attribute '{name}': {instead}"
    assert suggestions == 0


def test_an_unknown_name_has_no_suggestion(server: Orthanc) -> None:
    assert asked(server, "zzz") == ["module 'orthanc' has no attribute 'zzz'", 0]
    assert asked(server, "__wrapped__") == ["module 'orthanc' has no attribute '__wrapped__'", 0]


def test_async_callbacks_that_orthanc_cannot_wait_for_are_refused(server: Orthanc) -> None:
    outcomes: dict[str, list[Any]] = server.get("/outcomes").json()
    assert {kind: outcome[0] for kind, outcome in outcomes.items()} == dict.fromkeys(
        outcomes, "TypeError"
    ), json.dumps(outcomes)
    names = {
        "generator": "generator",
        "method": "Object.method",
        "static": "Object.static",
        "partial method": "Object.method",
        "callable": "Asynchronous.__call__",
        "RegisterWebDavCollection": "Collection.list_folder",
    }
    for kind, (_, message, _) in outcomes.items():
        name = names.get(kind, "coroutine")
        assert f" is the coroutine function {name} (async def)" in message, kind
        assert f"orthanc.aio.run({name}(...))" in message, kind
    assert "RegisterStorageArea(): argument 'read' is" in outcomes["RegisterStorageArea"][1]


def test_a_wrapper_of_an_async_function_is_accepted(server: Orthanc) -> None:
    assert server.get("/wrapper").text == "wrapped"
