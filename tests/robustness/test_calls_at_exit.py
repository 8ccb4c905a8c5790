# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions of atexit run when Orthanc has destroyed most of its data: their calls fail."""

from __future__ import annotations

from tests.support.servers import Servers, check_end

SCRIPT = """
import atexit
import json
import os
import orthanc
from recorder import outcome

CALLS = {
    'GetCommandLineArgument': (0,),
    'SetDescription': ('text',),
    'SetRootUri': ('/root',),
    'ExtendOrthancExplorer': ('//',),
    'RegisterRestCallback': ('/late', print),
    'RegisterChunkedRestCallback': ('/late', print),
    'RegisterOnStoredInstanceCallback': (print,),
    'RegisterStorageArea': (print, print, print),
}


@atexit.register
def call_orthanc():
    for name, arguments in CALLS.items():
        print('AT EXIT', name, *outcome(getattr(orthanc, name), *arguments)[:2], flush=True)
    print('AT EXIT digest', orthanc.ComputeMd5(b'abc'), flush=True)


@atexit.register
def fork():  # which prepares the module for the child
    child = os.fork()
    if child == 0:
        os._exit(0)
    print('AT EXIT child', os.waitpid(child, 0)[1], flush=True)
"""


def test_a_call_that_orthanc_can_no_longer_run_is_refused(
    orthanc: Servers, where: str | None
) -> None:
    server = orthanc(SCRIPT, debian=where)
    server.stop()
    check_end(server)
    lines = [line for line in server.log.splitlines() if line.startswith("AT EXIT ")]
    refusal = "OrthancException (6, 'Orthanc is stopping')"
    names = [
        "GetCommandLineArgument",
        "SetDescription",
        "SetRootUri",
        "ExtendOrthancExplorer",
        "RegisterRestCallback",
        "RegisterChunkedRestCallback",
        "RegisterOnStoredInstanceCallback",
        "RegisterStorageArea",
    ]
    assert lines == [
        "AT EXIT child 0",
        *(f"AT EXIT {name} {refusal}" for name in names),
        "AT EXIT digest 900150983cd24fb0d6963f7d28e17f72",
    ]
