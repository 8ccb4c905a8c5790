# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""DICOM files created, read and converted; lookups; dictionaries; hashes; peers; configuration."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from orthanc_python.server import Orthanc
from tests.module.test_images import SCRIPT, Run, error_of, pixels
from tests.support.servers import Servers

CONFIG = {
    "OrthancPeers": {
        "first": {"Url": "http://127.0.0.1:9/", "Color": "blue"},
        "second": {"Url": "http://127.0.0.1:10/"},
    },
    "Name": "Grüße",
}


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, config=CONFIG, arguments=["--verbose"])


@pytest.fixture(scope="module")
def run(server: Orthanc) -> Run:
    def execute(code: str) -> Any:
        return server.post("/run", data=code.encode()).json()

    return execute


def test_create_dicom(run: Run) -> None:
    code = """
image = orthanc.CreateImageFromBuffer(FORMAT.GRAYSCALE8, 3, 2, 3, b'abcdef')
tags = {'PatientID': 'NEW', 'PatientName': 'Grüße^X', 'SpecificCharacterSet': 'ISO_IR 192'}
flags = orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS
result = orthanc.CreateDicom(json.dumps(tags), image, flags)
"""
    dataset = dcmread(io.BytesIO(pixels(run(code))))
    assert dataset.PatientID == "NEW"
    assert str(dataset.PatientName) == "Grüße^X"
    assert (dataset.Columns, dataset.Rows) == (3, 2)
    assert dataset.PixelData == b"abcdef"
    assert dataset.StudyInstanceUID


def test_create_dicom_without_an_image(run: Run) -> None:
    code = 'result = orthanc.CreateDicom(\'{"PatientID": "X"}\', None, 0)'
    dataset = dcmread(io.BytesIO(pixels(run(code))), force=True)
    assert dataset.PatientID == "X"
    assert "PixelData" not in dataset


def test_create_dicom_with_a_private_tag(run: Run) -> None:
    code = """
tags = {'PatientID': 'X', '0009,1001': 'private'}
orthanc.RegisterPrivateDictionaryTag(0x0009, 0x1001, orthanc.ValueRepresentation.LO, 'Mine', 1, 1,
                                     'TESTS')
result = orthanc.CreateDicom2(json.dumps(tags), None, 0, 'TESTS')
"""
    dataset = dcmread(io.BytesIO(pixels(run(code))), force=True)
    assert dataset[0x0009, 0x1001].value in ("private", b"private")


@pytest.mark.parametrize(
    "call",
    [
        "orthanc.CreateDicom('no json', None, 0)",
        "orthanc.CreateDicom('[]', None, 0)",
        'orthanc.CreateDicom(\'{"NoSuchTag": "1"}\', None, 0)',
        "orthanc.CreateDicom('{}', 'not an image', 0)",
        # Orthanc parses an instance at the first query of its content.
        "orthanc.CreateDicomInstance(b'no DICOM').GetInstanceSimplifiedJson()",
        "orthanc.CreateDicomInstance(b'').GetInstanceSimplifiedJson()",
        "orthanc.TranscodeDicomInstance(b'no DICOM', '1.2.840.10008.1.2.1')",
        "orthanc.DicomBufferToJson(b'no DICOM', 1, 0, 0)",
        "orthanc.GetDicomForInstance('nope')",
        "orthanc.CreateFindMatcher(b'no DICOM')",
    ],
)
def test_wrong_arguments_raise(run: Run, call: str) -> None:
    assert error_of(run, call) in ("OrthancException", "TypeError", "ValueError")


def test_instance_of_a_buffer(run: Run, dicom_file: Callable[..., Path]) -> None:
    path = dicom_file("OWNED")
    data = base64.b64encode(path.read_bytes())
    code = f"""
instance = orthanc.CreateDicomInstance(base64.b64decode({data!r}))
result = [instance.GetInstanceSize(), instance.GetInstanceOrigin(), instance.GetInstanceRemoteAet(),
          json.loads(instance.GetInstanceSimplifiedJson())['PatientID'],
          instance.GetInstanceRawFrame(0), instance.GetInstanceData()]
"""
    size, origin, aet, patient, frame, content = run(code)
    assert (size, origin, aet, patient) == (path.stat().st_size, 4, "", "OWNED")
    assert pixels(frame) == bytes(range(24))
    assert pixels(content) == path.read_bytes()


def test_transcoding(run: Run, dicom_file: Callable[..., Path]) -> None:
    data = base64.b64encode(dicom_file().read_bytes())
    code = f"""
instance = orthanc.TranscodeDicomInstance(base64.b64decode({data!r}), '1.2.840.10008.1.2.4.70')
result = [instance.GetInstanceTransferSyntaxUid(), instance.SerializeDicomInstance()]
"""
    syntax, content = run(code)
    assert syntax == "1.2.840.10008.1.2.4.70"
    assert dcmread(io.BytesIO(pixels(content))).file_meta.TransferSyntaxUID == syntax


def test_json_of_a_buffer(run: Run, dicom_file: Callable[..., Path]) -> None:
    data = base64.b64encode(dicom_file("JSON", StudyDescription="x" * 50).read_bytes())
    code = f"""
def convert(format, flags=0, length=0):
    return json.loads(orthanc.DicomBufferToJson(
        base64.b64decode({data!r}), format, flags, length))
F = orthanc.DicomToJsonFormat
result = [convert(F.HUMAN)['PatientID'], convert(F.SHORT)['0010,0020'],
          convert(F.FULL)['0010,0020']['Name'], convert(F.HUMAN, 0, 10)['StudyDescription'],
          len(convert(F.HUMAN, 0, -1)['StudyDescription']),
          'PixelData' in convert(F.HUMAN),
          'PixelData' in convert(F.HUMAN, orthanc.DicomToJsonFlags.INCLUDE_PIXEL_DATA)]
"""
    assert run(code) == ["JSON", "JSON", "PatientID", None, 50, False, True]


def test_matching(run: Run) -> None:
    code = """
def made(**tags):
    return orthanc.CreateDicom(json.dumps(tags), None, 0)
matcher = orthanc.CreateFindMatcher(made(PatientID='A*'))
result = [matcher.IsMatch(made(PatientID=p)) for p in ('ABC', 'BCD')]
"""
    assert run(code) == [1, 0]


def test_lookups(server: Orthanc, run: Run, dicom_file: Callable[..., Path]) -> None:
    path = dicom_file("LOOKED UP", AccessionNumber="ACC77")
    dataset = dcmread(path)
    answer = server.post("/instances", data=path.read_bytes()).json()
    code = f"""
result = [orthanc.LookupPatient('LOOKED UP'), orthanc.LookupStudy('{dataset.StudyInstanceUID}'),
          orthanc.LookupStudyWithAccessionNumber('ACC77'),
          orthanc.LookupSeries('{dataset.SeriesInstanceUID}'),
          orthanc.LookupInstance('{dataset.SOPInstanceUID}'),
          orthanc.GetDicomForInstance('{answer["ID"]}'),
          json.loads(orthanc.DicomInstanceToJson('{answer["ID"]}', 3, 0, 0))['PatientID']]
"""
    patient, study, accession, series, instance, file, tags = run(code)
    assert patient == answer["ParentPatient"]
    assert study == accession == answer["ParentStudy"]
    assert series == answer["ParentSeries"]
    assert instance == answer["ID"]
    assert pixels(file) == path.read_bytes()
    assert tags == "LOOKED UP"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("orthanc.LookupPatient('nobody')", 17),
        ("orthanc.RestApiGet('/instances/nope')", 17),
        ("orthanc.CreateDicomInstance(b'no DICOM').GetInstanceSimplifiedJson()", 15),
        ("orthanc.UncompressImage(b'no image', 0)", 15),
        ("orthanc.ReadFile('/no/such/file')", 2006),
    ],
)
def test_errors_have_their_real_code(run: Run, call: str, code: int) -> None:
    """LookupXxx returns NULL without an error if it finds nothing, which becomes code 17."""
    answer = run(f"""
try:
    {call}
except orthanc.OrthancException as error:
    result = list(error.args)
""")
    assert answer[0] == code
    assert answer[1]


def test_dictionary(run: Run) -> None:
    entry = {
        "Group": 0x0010,
        "Element": 0x0020,
        "ValueRepresentation": 11,
        "MinMultiplicity": 1,
        "MaxMultiplicity": 1,
    }
    assert run("result = orthanc.LookupDictionary('PatientID')") == entry
    assert run("result = orthanc.LookupDictionary('0010,0020')") == entry
    assert run("result = orthanc.LookupDictionary(name='PatientID')") == entry
    unknown = run("result = orthanc.LookupDictionary('NoSuchTag')")
    assert unknown["error"] in ("TypeError", "OrthancException", "KeyError")
    assert "NoSuchTag" in unknown["text"] or "nknown" in unknown["text"]
    code = """
orthanc.RegisterDictionaryTag(0x4320, 0x1001, orthanc.ValueRepresentation.US, 'OurTag', 1, 3)
result = orthanc.LookupDictionary('OurTag')
"""
    assert run(code)["MaxMultiplicity"] == 3
    assert run("result = orthanc.GetTagName(0x0010, 0x0020, '')") == "PatientID"


def test_a_tag_is_not_truncated(run: Run) -> None:
    call = "orthanc.GetTagName(0x10010, 0x0020, '')"
    assert error_of(run, call) in ("OverflowError", "ValueError")


def test_register_error_code(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc
        from recorder import record, route

        code = orthanc.RegisterErrorCode(1, 409, 'our own error')
        record(code >= 1000000)

        @route('/own')
        def own(output, uri, **request):
            raise orthanc.OrthancException(code, 'our own error')
        """
    )
    assert server.get("/seen").json() == [[True]]
    answer = server.get("/own")
    assert answer.status_code == 409
    assert answer.json()["Message"] == "our own error"


def test_hashes(run: Run) -> None:
    assert run("result = orthanc.ComputeMd5(b'abc')") == hashlib.md5(b"abc").hexdigest()
    sha1 = run("result = orthanc.ComputeSha1('abc')")  # Orthanc writes it as an identifier
    assert sha1.replace("-", "") == hashlib.sha1(b"abc").hexdigest()
    assert len(run("result = orthanc.GenerateUuid()")) == 36


def test_compression(run: Run) -> None:
    code = """
small = orthanc.BufferCompression(b'a' * 1000, orthanc.CompressionType.GZIP, 0)
result = [len(small) < 100, orthanc.BufferCompression(small, orthanc.CompressionType.GZIP, 1)]
"""
    small, back = run(code)
    assert small is True
    assert pixels(back) == b"a" * 1000


def test_peers(run: Run) -> None:
    code = """
peers = orthanc.GetPeers()
names = [peers.GetPeerName(i) for i in range(peers.GetPeersCount())]
first = names.index('first')
result = [sorted(names), peers.GetPeerUrl(first), peers.GetPeerUserProperty(first, 'Color'),
          peers.GetPeerUserProperty(first, 'Nope'), peers.GetPeerName(99)]
"""
    assert run(code) == [["first", "second"], "http://127.0.0.1:9/", "blue", None, None]


def test_configuration(run: Run, server: Orthanc) -> None:
    assert run("result = json.loads(orthanc.GetConfiguration())['Name']") == "Grüße"
    assert run("result = orthanc.GetConfigurationPath()").endswith("orthanc.json")
    count = run("result = orthanc.GetCommandLineArgumentsCount()")
    assert count == 2
    assert run("result = orthanc.GetCommandLineArgument(1)") == "--verbose"
    for position in count, 9, 2**31, 2**32 - 1:
        assert error_of(run, f"orthanc.GetCommandLineArgument({position})") == "OrthancException"
    assert run("result = orthanc.GetOrthancPath()").endswith("Orthanc")


def test_global_properties(run: Run) -> None:
    code = """
before = orthanc.GetGlobalProperty(5467, 'default')
orthanc.SetGlobalProperty(5467, 'value')
result = [before, orthanc.GetGlobalProperty(5467, 'default')]
"""
    assert run(code) == ["default", "value"]


@pytest.mark.this_machine
def test_files(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "Grüße.bin")
    code = f"""
orthanc.WriteFile({path!r}, b'content')
result = orthanc.ReadFile({path!r})
"""
    assert pixels(run(code)) == b"content"


def test_http_client(run: Run, server: Orthanc) -> None:
    code = f"""
url = '{server.url}'
got = orthanc.HttpGet(url + '/tools/now', '', '')
posted = orthanc.HttpPost(url + '/tools/lookup', b'nobody', '', '')
try:
    orthanc.HttpGet(url + '/nope', '', '')
except orthanc.OrthancException as error:
    result = [len(got) > 10, json.loads(posted), error.args[0] > 0]
"""
    assert run(code) == [True, [], True]


@pytest.mark.parametrize(
    "call",
    [
        "orthanc.RestApiGet(b'/system')",
        "orthanc.RestApiGet('/sys\\0tem')",
        "orthanc.RestApiGet('\\udc80')",
        "orthanc.RestApiGet(None)",
        "orthanc.RestApiGet()",
        "orthanc.RestApiGet('/system', 1)",
        "orthanc.RestApiGet(nope='/system')",
        "orthanc.RestApiGet('/system', uri='/system')",
        "orthanc.ComputeMd5(12)",
        "orthanc.CreateFindMatcher(b'').IsMatch()",
    ],
)
def test_arguments_are_checked(run: Run, call: str) -> None:
    expected = ("TypeError", "ValueError", "UnicodeEncodeError", "OrthancException")
    assert error_of(run, call) in expected


@pytest.mark.parametrize("name", ["LogError", "LogWarning", "LogInfo"])
def test_log(run: Run, server: Orthanc, name: str) -> None:
    run(f"result = orthanc.{name}('Grüße from {name}')")
    server.wait_for_log(f"^{name[3]}.*Grüße from {name}")
