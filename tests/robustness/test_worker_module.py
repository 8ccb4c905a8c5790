# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`import orthanc` in a worker process: a script that works in Orthanc can be imported there."""

from __future__ import annotations

from typing import Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.jobs import wait_state
from tests.support.servers import Servers

WORKING = """
BaseJob CallRestApi CheckVersion CheckVersionAdvanced ComputeMd5 ComputeSha1 GenerateUuid
GenerateRestApiAuthorizationToken GetCommandLineArgument GetCommandLineArgumentsCount
GetConfiguration GetConfigurationPath GetExpectedDatabaseVersion GetOrthancDirectory
GetOrthancPath LogError LogInfo LogMessage LogWarning OrthancException Response
RestApiDelete RestApiDeleteAfterPlugins RestApiGet RestApiGet2 RestApiGetAfterPlugins
RestApiPost RestApiPostAfterPlugins RestApiPut RestApiPutAfterPlugins UploadBody WebDavFile
WebDavFolder HttpError HttpResponse Request http job on peer rest route
"""
EFFECTLESS = (
    *("Register", "ExtendOrthancExplorer", "SetMetrics", "SetCurrentThreadName"),
    *("ClearCurrentThreadName", "SetDescription", "SetRootUri", "mount"),
)
# Each kind of top-level code of scripts, in one file with the pool and its functions.
SCRIPT = """
import json
import orthanc
from orthanc import CreateImage, DicomInstance, Image, LogWarning, PixelFormat, rest
from orthanc import *

SETTINGS = json.loads(orthanc.GetConfiguration())
VERSIONS = [orthanc.CheckVersion(), orthanc.CheckVersionAdvanced(0, 9, 0),
            orthanc.CheckVersionAdvanced(99, 0, 0)]
PATHS = [orthanc.GetOrthancPath(), orthanc.GetOrthancDirectory(), orthanc.GetConfigurationPath(),
         orthanc.GetExpectedDatabaseVersion(),
         [orthanc.GetCommandLineArgument(i)
          for i in range(orthanc.GetCommandLineArgumentsCount())]]
SUMS = [orthanc.ComputeMd5(b'text'), orthanc.ComputeSha1('text'), len(orthanc.GenerateUuid())]
IMAGE = CreateImage(PixelFormat.RGB24, 2, 2)
TAG = orthanc.LookupDictionary('PatientID')
POOL = orthanc.WorkerPool(2, start_method={method!r})
LogWarning('imported')
orthanc.LogInfo('imported')
orthanc.SetDescription('described')
orthanc.SetRootUri('/page')
orthanc.mount('/application', lambda environ, start_response: [])
orthanc.ExtendOrthancExplorer('// code')
ERROR = orthanc.RegisterErrorCode(3, 404, 'of the script')


@orthanc.route('/wait/(.*)', methods=['PUT'])
async def wait(request, name):
    return (await orthanc.aio.rest.get('/system')).json()


@orthanc.on(orthanc.ChangeType.ORTHANC_STARTED)
async def on_start(change_type, level, resource):
    pass


@orthanc.on
async def on_change(change_type, level, resource):
    pass


@orthanc.RegisterOnStoredInstanceCallback
async def on_stored(instance, identifier):
    pass


async def in_background():
    pass


orthanc.aio.create_task(in_background())


class Count(orthanc.BaseJob):
    def run(self):
        yield 0.5
        return POOL.run(square, self.parameters['n'])


@orthanc.job
def count(job, n):
    yield 0.5
    return POOL.run(square, n)


class Special(orthanc.OrthancException):
    pass


class Folder:
    def list_folder(self, path):
        return [orthanc.WebDavFile('a.txt', 3), orthanc.WebDavFolder('b')]

    def retrieve_file(self, path):
        return b'abc'


def describe(image: Image, instance: DicomInstance, body: orthanc.UploadBody) -> orthanc.Response:
    '''Annotations are evaluated.'''


def square(value):
    return value * value


def facts():
    return json.loads(json.dumps([
        SETTINGS['Name'], VERSIONS, PATHS, SUMS[:2], ERROR, orthanc.ChangeType.STABLE_STUDY,
        orthanc.rest.get('/system').json()['Name']]))


def send(text):
    import pydicom
    dataset = pydicom.Dataset()
    dataset.PatientID = text
    dataset.SOPClassUID = '1.2.840.10008.5.1.4.1.1.7'
    dataset.SOPInstanceUID = dataset.StudyInstanceUID = dataset.SeriesInstanceUID = '1.2.' + text
    answers = [orthanc.rest.post('/instances', data=dataset).raise_for_status().json(),
               json.loads(orthanc.RestApiPost('/instances', dataset)),
               orthanc.rest.post('/instances', data=memoryview(orthanc.RestApiGet2(
                   f"/instances/{{json.loads(orthanc.RestApiGet('/instances'))[0]}}/file", {{}}
               ))).json()]
    return [answer['Status'] for answer in answers]


def use(name):
    '''What a name does in a worker.'''
    calls = {{
        'CreateImage': lambda: orthanc.CreateImage(0, 1, 1), 'Image': lambda: orthanc.Image(),
        'IMAGE': lambda: IMAGE.GetImageWidth(), 'TAG': lambda: TAG['Group'],
        'POOL': lambda: POOL.run(square, 3), 'http': lambda: orthanc.http.get('http://localhost'),
        'peer': lambda: orthanc.peer('x'), 'submit': lambda: count(n=3).submit(),
        'Misspelled': lambda: orthanc.Misspelled, 'error': lambda: ERROR_OF(3),
    }}
    return calls[name]()


def names():
    '''What each name of the module is in a worker: what a call of it says if it is refused.'''
    kinds = {{}}
    for name in [*orthanc.__all__, 'http', 'rest']:
        value = getattr(orthanc, name)
        kinds[name] = type(value).__name__
        if kinds[name] in ('Placeholder', '_PlaceholderType'):
            try:
                value()
            except RuntimeError as error:
                kinds[name] = str(error)
    return kinds


def all_names(output, uri, **request):
    output.AnswerBuffer(json.dumps([*orthanc.__all__, 'http', 'rest']), 'application/json')


orthanc.RegisterRestCallback('/names', all_names)


def ERROR_OF(code):
    raise orthanc.OrthancException(1_000_000 + code, 'of the script')


def on_run(output, uri, groups, body, **request):
    arguments = json.loads(body)
    try:
        result = POOL.run(globals()[groups[0]], *arguments)
    except Exception as error:
        result = [type(error).__name__, *error.args]
    output.AnswerBuffer(json.dumps(result), 'application/json')


def on_here(output, uri, **request):
    output.AnswerBuffer(json.dumps(facts()), 'application/json')


def on_job(output, uri, groups, **request):
    job = {{'Count': Count, 'count': count}}[groups[0]]
    output.AnswerBuffer(json.dumps(job(n=7).submit()), 'application/json')


orthanc.RegisterRestCallback('/run/(.*)', on_run)
orthanc.RegisterRestCallback('/here', on_here)
orthanc.RegisterRestCallback('/job/(.*)', on_job)
orthanc.RegisterOnChangeCallback(lambda change, level, resource: None)
orthanc.RegisterWebDavCollection('/files', Folder())
"""


IMPORTING = ["forkserver", "spawn", pytest.param("sid", marks=pytest.mark.chroot)]


@pytest.fixture(scope="module", params=["fork", *IMPORTING])
def server(request: pytest.FixtureRequest, module_orthanc: Servers) -> Orthanc:
    if request.param == "sid":
        return module_orthanc(SCRIPT.format(method="forkserver"), debian="sid")
    config = module_orthanc.packages()
    return module_orthanc(SCRIPT.format(method=request.param), config=config)


def run(server: Orthanc, name: str, *arguments: Any) -> Any:
    answer = server.post(f"/run/{name}", json=arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_function_of_the_script_itself_can_be_called(server: Orthanc) -> None:
    assert run(server, "square", 5) == 25


def test_a_worker_has_the_values_of_the_process_of_orthanc(server: Orthanc) -> None:
    assert run(server, "facts") == server.get("/here").json()
    _, versions, (program, *_), sums, error, *_ = run(server, "facts")
    assert versions == [1, 1, 0]
    assert program.endswith("Orthanc")
    sha1 = "372ea08c-ab33e71c-02c651db-c83a474d-32c676ea"
    assert sums == ["1cb251ec0d568de6a929b520c4aed8d1", sha1]
    assert error == 1_000_000


def test_jobs_are_declared_and_submitted_by_the_process_of_orthanc(server: Orthanc) -> None:
    for kind in ("Count", "count"):
        job = server.get(f"/job/{kind}").json()
        assert wait_state(server, job, "Success")["Content"]["Result"] == 49
    *_, reason = run(server, "use", "submit")
    assert "exists in the process of Orthanc only" in reason or "This is a forked child" in reason


def test_datasets_and_buffers_can_be_sent(server: Orthanc) -> None:
    assert run(server, "send", "1") == ["Success", "AlreadyStored", "AlreadyStored"]


@pytest.mark.parametrize(
    ("use", "name"),
    {
        "CreateImage": "orthanc.CreateImage()",
        "Image": "orthanc.Image()",
        "POOL": "orthanc.WorkerPool().run",
        "http": "orthanc.HttpClient()",
        "peer": "orthanc.GetPeers()",
    }.items(),
)
def test_missing_names_of_a_worker_give_the_reason(server: Orthanc, use: str, name: str) -> None:
    check_refusal(server, use, name)


# A forked worker has the objects that the script made in the process of Orthanc
@pytest.mark.parametrize("server", IMPORTING, indirect=True)
@pytest.mark.parametrize(
    ("use", "name"),
    {
        "IMAGE": "orthanc.CreateImage().GetImageWidth",
        "TAG": "orthanc.LookupDictionary()",
    }.items(),
)
def test_objects_that_a_worker_could_not_make_give_the_reason(
    server: Orthanc, use: str, name: str
) -> None:
    check_refusal(server, use, name)


def check_refusal(server: Orthanc, use: str, name: str) -> None:
    error, reason = run(server, "use", use)
    assert error == "RuntimeError"
    assert f"{name} exists in the process of Orthanc only; this is a worker process" in reason


def test_errors_of_a_worker_reach_the_caller(server: Orthanc) -> None:
    assert run(server, "use", "error") == ["OrthancException", 1_000_003, "of the script"]
    error, reason = run(server, "use", "Misspelled")
    assert error == "AttributeError"
    assert "module 'orthanc' has no attribute 'Misspelled'" in reason


def test_each_name_works_or_is_refused_with_a_reason(server: Orthanc) -> None:
    kinds = run(server, "names")
    assert sorted(kinds) == sorted(server.get("/names").json())
    refused = {name for name, kind in kinds.items() if "in the process of Orthanc only" in kind}
    for name in refused:
        assert kinds[name].startswith(f"orthanc.{name}() exists in the process of Orthanc only")
    enumerations = {name for name, kind in kinds.items() if kind == "EnumerationType"}
    effectless = {name for name in kinds if name.startswith(EFFECTLESS)}
    working = {*WORKING.split()} & {*kinds}
    assert kinds.keys() - refused == enumerations | effectless | working
