# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The script of the tests of ASGI applications."""

SCRIPT = """
import asyncio
import contextvars
import json
import threading

import orthanc
from recorder import outcome, record


async def read(receive):
    body, count = b'', 0
    while True:
        message = await receive()
        if message['type'] == 'http.disconnect':
            record('disconnected while reading', len(body))
            return None, count
        body += message['body']
        count += 1
        if not message['more_body']:
            return body, count


async def respond(send, body, status=200, **headers):
    pairs = [(name.replace('_', '-').encode(), value) for name, value in headers.items()]
    await send({'type': 'http.response.start', 'status': status, 'headers': pairs})
    await send({'type': 'http.response.body', 'body': body})


async def application(scope, receive, send):
    if scope['type'] == 'lifespan':
        await lifespan(scope, receive, send)
    else:
        await PATHS[scope['path'].split('/')[2]](scope, receive, send)


async def lifespan(scope, receive, send):
    global going, all_nested
    # up to Python 3.9, they belong to the loop that runs now
    going, all_nested = asyncio.Event(), asyncio.Event()
    assert (await receive())['type'] == 'lifespan.startup'
    scope['state']['started'] = threading.current_thread().name
    record('loop', id(asyncio.get_running_loop()))
    await send({'type': 'lifespan.startup.complete'})
    assert (await receive())['type'] == 'lifespan.shutdown'
    await asyncio.sleep(0)
    print('The application has shut down')
    await send({'type': 'lifespan.shutdown.complete'})


async def show(scope, receive, send):
    body, count = await read(receive)
    shown = {key: repr(value) for key, value in scope.items()}
    shown.update(body=body.decode('latin-1'), count=count, path=scope['path'],
                 raw_path=scope['raw_path'].decode(), root_path=scope['root_path'],
                 query=scope['query_string'].decode(), user=scope['user'].username,
                 authenticated=scope['user'].is_authenticated, started=scope['state']['started'],
                 headers=[[name.decode(), value.decode('latin-1')]
                          for name, value in scope['headers']],
                 loop=id(asyncio.get_running_loop()))
    await respond(send, json.dumps(shown).encode(), content_type=b'application/json')


async def cookies(scope, receive, send):
    headers = [(b'set-cookie', b'a=1'), (b'set-cookie', b'b=2'), (b'content-type', b'a/b')]
    await send({'type': 'http.response.start', 'status': 404, 'headers': headers})
    await send({'type': 'http.response.body', 'body': b'x'})


async def inject(scope, receive, send):
    await respond(send, b'x', x_a=b'a\\r\\nX-Injected: 1')


async def fails(scope, receive, send):
    raise ValueError('the application has failed')


async def silent(scope, receive, send):
    pass


async def fails_later(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'first', 'more_body': True})
    raise ValueError('the application has failed later')


async def background(scope, receive, send):
    await respond(send, b'sent')
    await going.wait()
    record('background')
    raise ValueError('after the response')


async def go(scope, receive, send):
    going.set()
    worked.set()
    await respond(send, b'')


async def stepwise(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    for step in (b'1', b'', b'2'):
        await send({'type': 'http.response.body', 'body': step, 'more_body': True})
        if step == b'1':
            await going.wait()
    await send({'type': 'http.response.body'})


async def endless(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    try:
        while True:
            await send({'type': 'http.response.body', 'body': bytes(100_000), 'more_body': True})
    except OSError as error:
        record('disconnected', (await receive())['type'], type(error).__name__)


async def waits(scope, receive, send):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'begun', 'more_body': True})
    record('waits')
    await read(receive)
    print('The end of a request:', (await receive())['type'])


async def parallel(scope, receive, send):
    together.add(scope['path'])
    while len(together) < 8:
        await asyncio.sleep(0.01)
    await respond(send, threading.current_thread().name.encode())


together = set()


# Calls Orthanc when all 40 requests have come
async def nested(scope, receive, send):
    nested_requests.append(scope)
    if len(nested_requests) == 40:
        all_nested.set()
    await all_nested.wait()
    await respond(send, await orthanc.aio.RestApiGetAfterPlugins('/app2/calls'))


nested_requests = []


async def calls(scope, receive, send):
    await respond(send, await orthanc.aio.RestApiGet('/system'))


async def works(scope, receive, send):
    worked.clear()
    asyncio.get_running_loop().run_in_executor(None, worked.wait, 600)
    await respond(send, b'the work goes on')


worked = threading.Event()


async def upload(scope, receive, send):
    body, count = await read(receive)
    if body is not None:
        await respond(send, body)


async def uploads(scope, receive, send):
    names = [thread.name for thread in threading.enumerate()]
    await respond(send, json.dumps([name for name in names if 'UPLOAD' in name]).encode())


async def context(scope, receive, send):
    await respond(send, asking.get().encode())


asking = contextvars.ContextVar('asking', default='nobody')


def remember(uri, **request):
    asking.set(request['headers'].get('x-asking', ''))
    return True


orthanc.RegisterIncomingHttpRequestFilter(remember)


async def twice(scope, receive, send):
    await respond(send, b'once')
    try:
        await respond(send, b'twice')
    except RuntimeError as error:
        record('twice', str(error))


async def early(scope, receive, send):
    await respond(send, b'no', 413)
    record('early', (await receive())['type'])


PATHS = {function.__name__: function for function in (
    show, cookies, inject, fails, silent, fails_later, background, go, stepwise, endless, waits,
    parallel, nested, calls, works, upload, uploads, context, twice, early)}


async def without_lifespan(scope, receive, send):
    assert scope['type'] == 'http'
    await respond(send, b'no lifespan')


class Callable:
    async def __call__(self, scope, receive, send):
        assert scope['type'] == 'http'
        await respond(send, b'an object')


def wrapped(scope, receive, send):
    return without_lifespan(scope, receive, send)


orthanc.mount('/app2', application)
orthanc.mount('/plain', without_lifespan)


async def mount_in_coroutine():
    orthanc.mount('/in-coroutine', application)

record('in a coroutine', *outcome(orthanc.aio.run, mount_in_coroutine())[:2])
orthanc.mount('/object', Callable())
orthanc.mount('/wrapped', wrapped)
"""
