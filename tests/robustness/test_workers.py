# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`import orthanc` works in processes that a script starts, with each start method."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import alive, descendants
from tests.support.servers import Servers, check_end, reset, wait_for

USERS = {"AuthenticationEnabled": True, "RegisteredUsers": {"alice": "secret"}}
ALICE = ("alice", "secret")

# As in the manual: one file, and a pool that is created when the script is imported.
MANUAL = """
import json
import math
import multiprocessing
import os
import orthanc
import signal
from urllib.request import Request, urlopen

{prepare}

TOKEN = orthanc.GenerateRestApiAuthorizationToken()
PORT = json.loads(orthanc.GetConfiguration())['HttpPort']

def SlowComputation():
    return '%d %.1f' % (os.getpid(), sum(math.sqrt(i) for i in range(10000)))

def WithToken():
    request = Request('http://127.0.0.1:%d/statistics' % PORT, headers={{'Authorization': TOKEN}})
    with urlopen(request) as answer:
        return json.dumps(json.load(answer)['CountInstances'])

def UseModule():
    import orthanc as inside
    instances = orthanc.RestApiGet('/instances')
    assert orthanc is inside
    assert inside.rest.get('/system').json()['Name'] == 'Orthanc'
    assert inside.ResourceType.PATIENT == 0
    try:
        inside.RestApiGet('/nothing')
    except inside.OrthancException as error:
        code = error.args[0]
    else:
        code = None
    return json.dumps([json.loads(instances), code, os.getpid()])

def Initializer():
    signal.signal(signal.SIGINT, signal.SIG_IGN)

POOL = multiprocessing.Pool(2, initializer = Initializer)

def OnRest(output, uri, **request):
    output.AnswerBuffer(POOL.apply(SlowComputation), 'text/plain')

def OnToken(output, uri, **request):
    output.AnswerBuffer(POOL.apply(WithToken), 'text/plain')

def OnModule(output, uri, **request):
    output.AnswerBuffer(POOL.apply(UseModule), 'text/plain')

orthanc.RegisterRestCallback('/computation', OnRest)
orthanc.RegisterRestCallback('/token', OnToken)
orthanc.RegisterRestCallback('/module', OnModule)
"""


def set_method(method: str) -> str:
    return f"multiprocessing.set_start_method('{method}', force=True)" if method else ""


def check_manual(orthanc: Servers, method: str, **options: Any) -> None:
    server = orthanc(MANUAL.format(prepare=set_method(method)), config=USERS, **options)
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda path: server.get(path, auth=ALICE), ["/computation"] * 8))
    assert {answer.status_code for answer in answers} == {200}
    results = [answer.text.split() for answer in answers]
    assert {result for _, result in results} == {"666616.5"}
    assert str(server.pid) not in {pid for pid, _ in results}
    assert server.get("/token", auth=ALICE).text == "0"
    assert server.get("/module", auth=ALICE).json()[:2] == [[], 17]
    # two workers, and multiprocessing's own processes; workers create no pools
    children = descendants(server.pid)
    assert len(children) <= 4
    assert server.log.count("Orthanc version") == 1
    server.stop()
    check_end(server)
    wait_for(lambda: not any(map(alive, children)), "the end of the workers")


@pytest.mark.parametrize("method", ["", "fork", "forkserver", "spawn"])
def test_the_samples_of_the_manual(orthanc: Servers, method: str) -> None:
    check_manual(orthanc, method)


@pytest.mark.chroot
@pytest.mark.parametrize("method", ["", "spawn"])
def test_the_samples_of_the_manual_where_forkserver_is_the_default(
    orthanc: Servers, method: str
) -> None:
    check_manual(orthanc, method, debian="sid")


POOL = """
import json
import os
import orthanc
import work

POOL = orthanc.WorkerPool(2, start_method={method!r})

def on_rest(output, uri, **request):
    squares = list(POOL.map(work.square, range(5), chunksize=2))
    try:
        POOL.run(work.fail)
    except orthanc.OrthancException as error:
        failure = error.args
    answer = [squares, failure, POOL.run(work.count), POOL.run(os.getpid) != os.getpid()]
    output.AnswerBuffer(json.dumps(answer), 'application/json')

orthanc.RegisterRestCallback('/work', on_rest)
"""
WORK = """
import orthanc

def square(value):
    return value * value

def fail():
    orthanc.RestApiGet('/instances/nothing')

def count():
    return orthanc.rest.get('/statistics').json()['CountInstances']
"""


@pytest.mark.parametrize("method", [None, "fork", "spawn"])
def test_the_functions_of_a_pool_run_in_workers(orthanc: Servers, method: str | None) -> None:
    server = orthanc(POOL.format(method=method), files={"work.py": WORK}, config=USERS)
    squares, failure, count, elsewhere = server.get("/work", auth=ALICE).json()
    assert squares == [0, 1, 4, 9, 16]
    assert failure[0] == 17
    assert count == 0
    assert elsewhere is True
    children = descendants(server.pid)
    server.stop()
    check_end(server)
    wait_for(lambda: not any(map(alive, children)), "the end of the workers")


def test_an_executor_without_connection_to_orthanc_works(orthanc: Servers) -> None:
    """Its processes have no connection to Orthanc: here they start without __main__."""
    server = orthanc(
        """
        import json
        import multiprocessing
        import sys
        from concurrent.futures import ProcessPoolExecutor
        import orthanc
        import work

        def on_rest(output, uri, **request):
            main = sys.modules.pop('__main__')
            sys.modules['__main__'] = type(sys)('__main__')
            try:
                context = multiprocessing.get_context('spawn')
                with ProcessPoolExecutor(1, mp_context=context) as executor:
                    pool = orthanc.WorkerPool(executor=executor)
                    answer = [pool.run(work.count), list(pool.map(work.square, [2, 3]))]
            finally:
                sys.modules['__main__'] = main
            output.AnswerBuffer(json.dumps(answer), 'application/json')

        orthanc.RegisterRestCallback('/work', on_rest)
        """,
        files={"work.py": WORK},
        config=USERS,
    )
    assert server.get("/work", auth=ALICE).json() == [0, [4, 9]]


def test_workers_after_a_reset(orthanc: Servers) -> None:
    """The token changes, and new workers get it."""
    server = orthanc(POOL.format(method=None), files={"work.py": WORK}, config=USERS)
    for _ in range(2):
        assert server.get("/work", auth=ALICE).json()[2] == 0
        reset(server, auth=ALICE)
    assert server.get("/work", auth=ALICE).json()[2] == 0


def test_the_token_is_for_this_user_only(orthanc: Servers) -> None:
    server = orthanc(
        """
        import sys
        import orthanc

        def on_rest(output, uri, **request):
            output.AnswerBuffer(sys.modules['__main__'].__file__, 'text/plain')

        orthanc.RegisterRestCallback('/file', on_rest)
        """
    )
    folder = Path(server.get("/file").text).parent
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.stat().st_uid == os.getuid()
    server.stop()
    check_end(server)
    assert not folder.exists()


def test_the_sdk_is_refused_in_a_forked_child(orthanc: Servers) -> None:
    server = orthanc(
        """
        import json
        import multiprocessing
        import orthanc
        from recorder import outcome

        native = {'module': orthanc}
        image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 1, 1)

        def work(queue):
            queue.put([outcome(native['module'].GetConfiguration), outcome(image.GetImageWidth)])

        def on_rest(output, uri, **request):
            context = multiprocessing.get_context('fork')
            queue = context.SimpleQueue()
            child = context.Process(target=work, args=(queue,))
            child.start()
            output.AnswerBuffer(json.dumps(queue.get()), 'application/json')
            child.join()

        orthanc.RegisterRestCallback('/fork', on_rest)
        """
    )
    function, method = server.get("/fork").json()
    assert function[0] == "OrthancException"
    assert "This is a forked child of Orthanc's process" in function[1]
    assert method[0] == "OrthancException"
    assert server.get("/system").status_code == 200


@pytest.mark.this_machine
@pytest.mark.parametrize("asks", [False, True], ids=["without workers", "with workers"])
def test_no_folder_is_left_behind(orthanc: Servers, tmp_path: Path, asks: bool) -> None:
    """The workers' folder is created on demand, and removed when Orthanc ends."""
    server = orthanc(
        f"""
        import __main__
        import orthanc
        from recorder import answer, route

        @route('/asks')
        def asks(output, uri, **request):
            answer(output, {asks} and __main__.__file__.endswith('start.py'))
        """,
        env={"TMPDIR": str(tmp_path)},
    )
    assert server.get("/asks").json() is asks
    assert len(list(tmp_path.glob("orthanc-python-*"))) == asks
    assert server.stop() == 0
    assert list(tmp_path.glob("orthanc-python-*")) == []
