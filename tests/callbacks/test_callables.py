# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Callbacks that are mocks and proxies: the plugin only calls them."""

from __future__ import annotations

import pytest

from orthanc_python.testing.orthanc_under_test import OrthancUnderTest
from tests.support import dicom
from tests.support.servers import Servers, seen

SCRIPT = """
import functools
import orthanc
from recorder import record
from unittest import mock


class Proxy:
    '''Like the proxies of werkzeug: it has no attributes outside of its context.'''

    def __init__(self, function):
        object.__setattr__(self, 'function', function)

    def __call__(self, *values, **keywords):
        return object.__getattribute__(self, 'function')(*values, **keywords)

    def __getattribute__(self, name):
        raise RuntimeError('no context for ' + name)


class Anything(Proxy):
    '''Like xmlrpc.client.ServerProxy: it has every attribute.'''

    def __getattribute__(self, name):
        return Anything(print)


def rest(output, uri, **request):
    output.AnswerBuffer(uri, 'text/plain')


def event(name, *values):
    record(name)


orthanc.RegisterRestCallback('/proxy', Proxy(rest))
orthanc.RegisterRestCallback('/partial', functools.partial(Proxy(rest)))
orthanc.RegisterRestCallback('/anything', Anything(rest))
orthanc.RegisterRestCallback('/mock', mock.MagicMock(side_effect=rest))
for wrap in Proxy, Anything, lambda function: mock.MagicMock(side_effect=function):
    orthanc.RegisterIncomingHttpRequestFilter(wrap(lambda uri, **request: True))
    orthanc.RegisterOnStoredInstanceCallback(wrap(functools.partial(event, 'stored')))
    orthanc.RegisterReceivedInstanceCallback(wrap(
        lambda dicom, origin: (orthanc.ReceivedInstanceAction.KEEP_AS_IS, None)
    ))
    orthanc.RegisterOnChangeCallback(wrap(functools.partial(event, 'change')))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> OrthancUnderTest:
    return module_orthanc(SCRIPT, debian=where)


@pytest.mark.parametrize("uri", ["/proxy", "/partial", "/anything", "/mock"])
def test_a_route_is_an_object_with_its_own_attributes(server: OrthancUnderTest, uri: str) -> None:
    assert server.get(uri).text == uri


def test_events_and_guards_are_such_objects(server: OrthancUnderTest) -> None:
    assert server.upload(dicom.image())["Status"] == "Success"
    server.wait_until(lambda: seen(server).count(["change"]) >= 12, "all events of 4 resources")
    assert seen(server).count(["stored"]) == 3
    assert "traceback" not in server.log
