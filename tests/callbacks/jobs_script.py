# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The script with jobs whose steps a test permits one by one, and functions to control it."""

from __future__ import annotations

from typing import Any

from orthanc_python.server import Orthanc

SCRIPT = """
import json
import threading
import orthanc
from recorder import answer, outcome, record, route

GATES = {}  # name -> semaphore: a job takes one permit for each thing it does


def gate(name):
    return GATES.setdefault(name, threading.Semaphore(0))


def permits(name):
    '''Steps that do nothing, until there is a permit.'''
    while not gate(name).acquire(timeout=0.05):
        yield


class Count(orthanc.BaseJob):
    '''Counts to n, as far as its gate permits.'''

    def run(self):
        try:
            for i in range(self.state.get('next', 0), self.parameters['n']):
                yield from permits(self.parameters['gate'])
                self.state['next'] = i + 1
                self.content['Last'] = i
                yield (i + 1) / self.parameters['n']
            return {'Sum': sum(range(self.parameters['n']))}
        finally:
            record('ended', self.parameters['gate'])

    def stopped(self, reason):
        record('stopped', self.parameters['gate'], reason)


class Forgotten(orthanc.BaseJob):
    restorable = False

    def run(self):
        yield from permits('forgotten')


class Own(orthanc.BaseJob):
    job_type = 'another-name'

    def __init__(self, text):
        super().__init__(text=text)

    def run(self):
        return self.parameters['text'].upper()


@orthanc.job
def generated(job, first, second=2):
    job.content['Id'] = job.id
    yield 0.5
    return [first, second]


@orthanc.job(job_type='renamed')
def plain(job):
    record('plain', type(job).__name__, threading.current_thread().name != 'MainThread')


@orthanc.job
def failing(job, how):
    job.content['Before'] = 'kept'
    yield 0.25
    if how == 'error':
        raise ValueError('on purpose')
    if how == 'progress':
        yield 1.5
    if how == 'text':
        yield 'half'
    if how == 'content':
        job.content['Bad'] = object()
        yield 0.5
    if how == 'nan':
        job.content['Bad'] = float('nan')
        yield 0.5
    if how == 'exit':
        raise SystemExit(3)


class Unfinished(orthanc.BaseJob):
    pass


@route('/start')
def start(output, uri, method, body, **request):
    wanted = json.loads(body)
    kind = {'Count': Count, 'Forgotten': Forgotten, 'Own': Own, 'generated': generated,
            'plain': plain, 'failing': failing, 'Unfinished': Unfinished}[wanted.pop('kind')]
    priority = wanted.pop('priority', 0)
    job = kind(**wanted)
    answer(output, {'ID': job.submit(priority), 'Same': job.id})


@route('/permit/(.+)/(.+)')
def permit(output, uri, groups, **request):
    for _ in range(int(groups[1])):
        gate(groups[0]).release()
    answer(output, {})


@route('/wrong')
def wrong(output, uri, **request):
    job = Own('once')
    again = Own('twice')
    again.submit()
    raw = orthanc.CreateJob('raw', again)
    answer(output, [
        outcome(lambda: job.id),
        outcome(again.submit),
        outcome(generated),
        outcome(failing, how=object()),
        outcome(lambda: failing(how=object()).submit()),
        outcome(lambda: type('Own', (orthanc.BaseJob,), {'job_type': 'Count'})),
        outcome(orthanc.job, lambda job, **more: None),
        outcome(orthanc.CreateJob, 'raw', object()),
        outcome(orthanc.CreateJob, 3, again),
        outcome(orthanc.job, 3),
        outcome(orthanc.BaseJob().submit),
        outcome(orthanc.RegisterJobsUnserializer, print),
        outcome(raw.SubmitJob, 'high'),
        outcome(lambda: bool(raw.SubmitJob())),
        outcome(raw.SubmitJob),
    ])
"""


def start(server: Orthanc, kind: str, **arguments: Any) -> str:
    answer = server.post("/start", json={"kind": kind, **arguments})
    assert answer.status_code == 200, answer.text
    assert answer.json()["ID"] == answer.json()["Same"]
    identifier: str = answer.json()["ID"]
    return identifier


def permit(server: Orthanc, gate: str, count: int) -> None:
    assert server.get(f"/permit/{gate}/{count}").status_code == 200
