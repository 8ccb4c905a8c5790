# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script whose threads use one object of Orthanc at once; each route reports the success."""

SCRIPT = """
import json
import threading
from concurrent.futures import ThreadPoolExecutor
import orthanc
from recorder import answer, outcome, record, route

THREADS, TIMES = 4, 20
POOL = ThreadPoolExecutor(THREADS)
STREAMS = ThreadPoolExecutor(1)
NO_FLAGS = orthanc.CreateDicomFlags.NONE


def race(*calls):
    \"\"\"All calls at once, again and again; then one after the other, for the right results.\"\"\"
    start = threading.Barrier(len(calls))

    def repeat(call):
        start.wait(30)
        return [call() for _ in range(TIMES)]

    found = list(POOL.map(repeat, calls))
    expected = [call() for call in calls]
    return [results == [right] * TIMES for results, right in zip(found, expected)]


def pixels(image):
    return image.GetImageWidth(), image.GetImageHeight(), image.GetImageBuffer()


# ---- DICOM instances

def frames(instance):
    return [pixels(instance.GetInstanceDecodedFrame(i))
            for i in range(instance.GetInstanceFramesCount())]


def document(instance):
    return instance.GetInstanceDicomWebJson(
        lambda levels, tag, vr: orthanc.DicomWebBinaryMode.INLINE_BINARY)


def use_instance(instance):
    return race(
        lambda: frames(instance),
        lambda: (instance.GetInstanceJson(), instance.GetInstanceSimplifiedJson()),
        lambda: (document(instance), instance.SerializeDicomInstance()),
        lambda: (instance.GetInstanceData(), instance.GetInstanceSize(),
                 instance.GetInstanceRemoteAet(), instance.GetInstanceRawFrame(0)))


@route('/instances-of-the-script')
def on_created(output, uri, body, **request):
    answer(output, [use_instance(orthanc.CreateDicomInstance(body)) for _ in range(10)])


def on_stored(instance, identifier):
    record('stored', use_instance(instance))


@route('/callback-that-waits')
def on_waiting_callback(output, uri, body, **request):
    instance = orthanc.CreateDicomInstance(body)
    found = []

    def ask_another_thread(levels, tag, vr):
        found.append(POOL.submit(instance.GetInstanceSimplifiedJson).result(30))

    instance.GetInstanceDicomWebJson(ask_another_thread)
    answer(output, [set(found) == {instance.GetInstanceSimplifiedJson()}])


# ---- images

def new_image():
    return orthanc.CreateImageFromBuffer(
        orthanc.PixelFormat.GRAYSCALE8, 400, 400, 400, bytes(400 * 400))


def draw(image, lines):
    for y in lines:
        image.DrawText(0, f'line {y}', 5, y, 255, 255, 255)


@route('/image')
def on_image(output, uri, **request):
    one, many = new_image(), new_image()
    lines = range(0, 400, 20)
    draw(one, lines)
    list(POOL.map(lambda i: draw(many, lines[i::THREADS]), range(THREADS)))
    drawn = pixels(one) == pixels(many)
    read = race(lambda: pixels(many), lambda: bytes(memoryview(many)), lambda: orthanc.CreateDicom(
        '{"SOPInstanceUID": "1.2"}', many, NO_FLAGS), lambda: pixels(
        many.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE16)))
    answer(output, [drawn, read])


# ---- C-FIND

def made(patient):
    return orthanc.CreateDicom(json.dumps({'PatientID': patient}), None, NO_FLAGS)


@route('/matcher')
def on_matcher(output, uri, **request):
    matcher = orthanc.CreateFindMatcher(made('P*'))
    files = [made('P1'), made('Q1'), made('P2'), made('Q2')]
    found = race(*(lambda file=file: matcher.IsMatch(file) for file in files))
    answer(output, [found, [bool(matcher.IsMatch(file)) for file in files]])


def patient(file):
    return orthanc.CreateDicomInstance(file).GetInstanceSimplifiedJson()


def in_four_threads(add):
    list(POOL.map(lambda i: [add(made(f'{i}-{j}')) for j in range(TIMES)], range(THREADS)))


def on_find(answers, query, *who):
    read = race(*[lambda: [(query.GetFindQueryTagName(i), query.GetFindQueryValue(i),
                            query.GetFindQueryTagGroup(i), query.GetFindQueryTagElement(i))
                           for i in range(query.GetFindQuerySize())]] * THREADS)
    record('find', read)
    in_four_threads(answers.FindAddAnswer)


def on_worklist(answers, query, *who):
    file = made('P')
    record('worklist', race(*[lambda: (patient(query.WorklistGetDicomQuery()),
                                       query.WorklistIsMatch(file))] * THREADS))
    in_four_threads(lambda file: answers.WorklistAddAnswer(query, file))


# ---- answers, peers, jobs, iterators

@route('/stream')
def on_stream(output, uri, **request):
    output.StartStreamAnswer('text/plain')
    list(POOL.map(lambda i: [output.SendStreamChunk(str(i) * 1000 + '.') for _ in range(TIMES)],
                  range(THREADS)))


@route('/multipart')
def on_multipart(output, uri, **request):
    output.StartMultipartAnswer('mixed', 'text/plain')
    list(POOL.map(lambda i: [output.SendMultipartItem(f'<{i}-{j}>') for j in range(TIMES)],
                  range(THREADS)))


@route('/headers')
def on_headers(output, uri, **request):
    list(POOL.map(lambda i: [output.SetHttpHeader(f'X-{i}-{j}', 'yes') for j in range(TIMES)],
                  range(THREADS)))
    output.AnswerBuffer('', 'text/plain')


LEFT, LEAVE = [], threading.Event()


@route('/leave')
def on_leave(output, uri, **request):
    \"\"\"The callback returns while another thread is in the middle of its answer.\"\"\"
    sent = threading.Event()

    def pieces():
        yield b'first'
        sent.set()
        LEAVE.wait(60)
        yield b'second'

    LEFT.append(STREAMS.submit(outcome, output.Stream, pieces(), 'text/plain'))
    sent.wait(30)


@route('/left')
def on_left(output, uri, **request):
    LEAVE.set()
    answer(output, LEFT[0].result(30))


MEETING = threading.Barrier(2)


@route('/meet')
def on_meet(output, uri, **request):
    answer(output, MEETING.wait(30) < 2)


@route('/peers')
def on_peers(output, uri, **request):
    peers = orthanc.GetPeers()
    read = race(*[lambda: (len(peers), list(peers), peers.GetPeerUrl(0))] * THREADS)
    call = lambda _: peers.CallPeerApi(0, orthanc.HttpMethod.GET, '/meet').json()
    answer(output, [read, list(POOL.map(call, range(2)))])


class Nothing(orthanc.BaseJob):
    def run(self):
        yield 1.0


@route('/job')
def on_job(output, uri, **request):
    start = threading.Barrier(THREADS)
    job = orthanc.CreateJob('Nothing', Nothing())

    def submit(_):
        start.wait(30)
        return outcome(job.SubmitJob)[0]

    answer(output, sorted(POOL.map(submit, range(THREADS))))


@route('/iterator')
def on_iterator(output, uri, **request):
    keys = [f'{i:04}' for i in range(1000)]
    for key in keys:
        orthanc.StoreKeyValue('store', key, f'value {key}')
    iterator = orthanc.CreateKeysValuesIterator('store')
    found = sorted(item for part in POOL.map(lambda _: list(iterator), range(THREADS))
                   for item in part)
    answer(output, found == [(key, f'value {key}'.encode()) for key in keys])


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterFindCallback(on_find)
orthanc.RegisterWorklistCallback(on_worklist)
"""
