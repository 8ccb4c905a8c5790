# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: DICOM services."""

from __future__ import annotations

import json
from pathlib import Path

import orthanc


def RegisterFindCallback() -> None:
    def on_find(answers, query, issuer_aet, called_aet):
        tags = {
            query.GetFindQueryTagName(i): query.GetFindQueryValue(i)
            for i in range(query.GetFindQuerySize())
        }
        answers.FindAddAnswer(orthanc.CreateDicom(json.dumps(tags), None))

    orthanc.RegisterFindCallback(on_find)


def RegisterFindCallback2() -> None:
    def on_find(answers, query, connection):
        if connection.GetConnectionRemoteAet() == "VIEWER":
            answers.FindAddAnswer(orthanc.CreateDicom(json.dumps({"PatientID": "HELLO"}), None))

    orthanc.RegisterFindCallback2(on_find)


def FindQuery_GetFindQuerySize(query: orthanc.FindQuery) -> None:
    names = [query.GetFindQueryTagName(i) for i in range(query.GetFindQuerySize())]


def FindQuery_GetFindQueryTagGroup(query: orthanc.FindQuery) -> None:
    tag = query.GetFindQueryTagGroup(0), query.GetFindQueryTagElement(0)


def FindQuery_GetFindQueryTagElement(query: orthanc.FindQuery) -> None:
    tag = query.GetFindQueryTagGroup(0), query.GetFindQueryTagElement(0)


def FindQuery_GetFindQueryTagName(query: orthanc.FindQuery) -> None:
    names = [query.GetFindQueryTagName(i) for i in range(query.GetFindQuerySize())]


def FindQuery_GetFindQueryValue(query: orthanc.FindQuery) -> None:
    values = [query.GetFindQueryValue(i) for i in range(query.GetFindQuerySize())]


def FindAnswers_FindAddAnswer(answers: orthanc.FindAnswers) -> None:
    tags = json.dumps({"PatientID": "HELLO", "QueryRetrieveLevel": "PATIENT"})
    answers.FindAddAnswer(orthanc.CreateDicom(tags, None))


def FindAnswers_FindMarkIncomplete(answers: orthanc.FindAnswers, found: list[bytes]) -> None:
    for dicom in found[:100]:
        answers.FindAddAnswer(dicom)
    if len(found) > 100:
        answers.FindMarkIncomplete()


def CreateFindMatcher(dicom: bytes) -> None:
    query = orthanc.CreateDicom(json.dumps({"PatientName": "A*"}), None)
    matches = orthanc.CreateFindMatcher(query).IsMatch(dicom)


def FindMatcher_IsMatch(matcher: orthanc.FindMatcher, files: list[bytes]) -> None:
    found = [dicom for dicom in files if matcher.IsMatch(dicom)]


def RegisterWorklistCallback() -> None:
    def on_worklist(answers, query, issuer_aet, called_aet):
        for path in Path("worklists").glob("*.wl"):
            item = path.read_bytes()
            if query.WorklistIsMatch(item):
                answers.WorklistAddAnswer(query, item)

    orthanc.RegisterWorklistCallback(on_worklist)


def RegisterWorklistCallback2(items: dict[str, bytes]) -> None:
    def on_worklist(answers, query, connection):
        item = items.get(connection.GetConnectionRemoteAet())
        if item is not None and query.WorklistIsMatch(item):
            answers.WorklistAddAnswer(query, item)

    orthanc.RegisterWorklistCallback2(on_worklist)


def WorklistQuery_WorklistGetDicomQuery(query: orthanc.WorklistQuery) -> None:
    dicom = query.WorklistGetDicomQuery()
    tags = json.loads(orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.HUMAN))


def WorklistQuery_WorklistIsMatch(query: orthanc.WorklistQuery, items: list[bytes]) -> None:
    fitting = [item for item in items if query.WorklistIsMatch(item)]


def WorklistAnswers_WorklistAddAnswer(
    answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, item: bytes
) -> None:
    if query.WorklistIsMatch(item):
        answers.WorklistAddAnswer(query, item)


def WorklistAnswers_WorklistMarkIncomplete(
    answers: orthanc.WorklistAnswers, items: list[bytes]
) -> None:
    if len(items) > 100:
        answers.WorklistMarkIncomplete()


def RegisterMoveCallback() -> None:
    def on_move(**request):  # for modalities that are configured under their AE title
        study = orthanc.LookupStudy(request["StudyInstanceUID"])
        target = request["TargetAET"]
        orthanc.RestApiPost(f"/modalities/{target}/store", study)

    orthanc.RegisterMoveCallback(on_move)


def RegisterMoveCallback2() -> None:
    def create(**request):
        study = orthanc.LookupStudy(request["StudyInstanceUID"])
        return request["TargetAET"], [study]

    def apply_move(driver):  # for modalities that are configured under their AE title
        orthanc.RestApiPost(f"/modalities/{driver[0]}/store", driver[1].pop())

    def free_move(driver):
        pass

    orthanc.RegisterMoveCallback2(create, lambda driver: len(driver[1]), apply_move, free_move)


def RegisterMoveCallback3() -> None:
    def create(connection, **request):
        study = orthanc.LookupStudy(request["StudyInstanceUID"])
        instances = json.loads(orthanc.RestApiGet(f"/studies/{study}/instances"))
        return request["TargetAET"], [instance["ID"] for instance in instances]

    def get_move_size(driver):
        return len(driver[1])

    def apply_move(driver):  # for modalities that are configured under their AE title
        orthanc.RestApiPost(f"/modalities/{driver[0]}/store", driver[1].pop())

    def free_move(driver):
        pass

    orthanc.RegisterMoveCallback3(create, get_move_size, apply_move, free_move)


def RegisterStorageCommitmentScpCallback() -> None:
    def on_request(job, transaction, class_uids, instance_uids, remote_aet, called_aet):
        return json.loads(orthanc.RestApiGet("/instances"))

    def lookup(sop_class_uid, sop_instance_uid, instances):
        if orthanc.LookupInstance(sop_instance_uid) in instances:
            return orthanc.StorageCommitmentFailureReason.SUCCESS
        return orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE

    orthanc.RegisterStorageCommitmentScpCallback(on_request, lookup)


def RegisterStorageCommitmentScpCallback2() -> None:
    def on_request(job_id, transaction_uid, sop_class_uids, sop_instance_uids, connection):
        return None

    def lookup(sop_class_uid, sop_instance_uid, data):
        try:
            orthanc.LookupInstance(sop_instance_uid)
        except orthanc.OrthancException:
            return orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE
        return orthanc.StorageCommitmentFailureReason.SUCCESS

    orthanc.RegisterStorageCommitmentScpCallback2(on_request, lookup)


def DicomConnection_GetConnectionRemoteAet(connection: orthanc.DicomConnection) -> None:
    if connection.GetConnectionRemoteAet() == "VIEWER":
        orthanc.LogInfo("The viewer asks")


def DicomConnection_GetConnectionRemoteIp(connection: orthanc.DicomConnection) -> None:
    local = connection.GetConnectionRemoteIp() == "127.0.0.1"


def DicomConnection_GetConnectionCalledAet(connection: orthanc.DicomConnection) -> None:
    if connection.GetConnectionCalledAet() == "RESEARCH":
        orthanc.LogInfo("A query for research")
