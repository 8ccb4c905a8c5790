# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: DICOM instances."""

from __future__ import annotations

import io
import json

import pydicom

import orthanc


def DicomInstance_GetDataset(instance: orthanc.DicomInstance) -> None:
    dataset = instance.GetDataset(stop_before_pixels=True)
    orthanc.LogInfo(f"Received {dataset.Modality} of {dataset.get('Manufacturer')}")


def DicomInstance_GetInstanceAdvancedJson(instance: orthanc.DicomInstance) -> None:
    short = orthanc.DicomToJsonFormat.SHORT
    tags = json.loads(instance.GetInstanceAdvancedJson(short))
    name = tags["0010,0010"]


def DicomInstance_GetInstanceCalledAet(instance: orthanc.DicomInstance) -> None:
    if instance.GetInstanceCalledAet() == "RESEARCH":
        orthanc.LogInfo("An instance for research")


def DicomInstance_GetInstanceData(instance: orthanc.DicomInstance) -> None:
    dataset = pydicom.dcmread(io.BytesIO(instance.GetInstanceData()))


def DicomInstance_GetInstanceDecodedFrame(instance: orthanc.DicomInstance) -> None:
    for index in range(instance.GetInstanceFramesCount()):
        frame = instance.GetInstanceDecodedFrame(index)


def DicomInstance_GetInstanceDicomWebJson(instance: orthanc.DicomInstance) -> None:
    tags = json.loads(instance.GetInstanceDicomWebJson())
    name = tags["00100010"]["Value"][0]["Alphabetic"]


def DicomInstance_GetInstanceDicomWebXml(instance: orthanc.DicomInstance) -> None:
    xml = instance.GetInstanceDicomWebXml(lambda levels, tag, vr: orthanc.DicomWebBinaryMode.IGNORE)


def DicomInstance_GetInstanceFramesCount(instance: orthanc.DicomInstance) -> None:
    if instance.GetInstanceFramesCount() > 1:
        last = instance.GetInstanceDecodedFrame(instance.GetInstanceFramesCount() - 1)


def DicomInstance_GetInstanceJson(instance: orthanc.DicomInstance) -> None:
    tags = json.loads(instance.GetInstanceJson())
    name = tags["0010,0010"]["Value"]


def DicomInstance_GetInstanceMetadata(instance: orthanc.DicomInstance) -> None:
    received = instance.GetInstanceMetadata("ReceptionDate")


def DicomInstance_GetInstanceOrigin(instance: orthanc.DicomInstance) -> None:
    if instance.GetInstanceOrigin() == orthanc.InstanceOrigin.DICOM_PROTOCOL:
        sender = instance.GetInstanceRemoteAet()


def DicomInstance_GetInstanceRawFrame(instance: orthanc.DicomInstance) -> None:
    compressed = instance.GetInstanceRawFrame(0)
    syntax = instance.GetInstanceTransferSyntaxUid()


def DicomInstance_GetInstanceRemoteAet(instance: orthanc.DicomInstance) -> None:
    orthanc.LogInfo(f"Received from {instance.GetInstanceRemoteAet()}")


def DicomInstance_GetInstanceRemoteIp(instance: orthanc.DicomInstance) -> None:
    orthanc.LogInfo(f"Received from {instance.GetInstanceRemoteIp()}")


def DicomInstance_GetInstanceSimplifiedJson(instance: orthanc.DicomInstance) -> None:
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    name = tags["PatientName"]


def DicomInstance_GetInstanceSize(instance: orthanc.DicomInstance) -> None:
    megabytes = instance.GetInstanceSize() / 1e6


def DicomInstance_GetInstanceTransferSyntaxUid(instance: orthanc.DicomInstance) -> None:
    compressed = pydicom.uid.UID(instance.GetInstanceTransferSyntaxUid()).is_compressed


def DicomInstance_HasInstanceMetadata(instance: orthanc.DicomInstance) -> None:
    if instance.HasInstanceMetadata("ReceptionDate"):
        received = instance.GetInstanceMetadata("ReceptionDate")


def DicomInstance_HasInstancePixelData(instance: orthanc.DicomInstance) -> None:
    if instance.HasInstancePixelData():
        image = instance.GetInstanceDecodedFrame(0)


def DicomInstance_SerializeDicomInstance(dicom: bytes) -> None:
    instance = orthanc.TranscodeDicomInstance(dicom, "1.2.840.10008.1.2.1")
    orthanc.RestApiPost("/instances", instance.SerializeDicomInstance())


def CreateDicom() -> None:
    tags = json.dumps({"PatientID": "HELLO", "Modality": "OT"})
    dicom = orthanc.CreateDicom(tags, None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
    orthanc.RestApiPost("/instances", dicom)


def CreateDicom2() -> None:
    tags = json.dumps({"PatientID": "HELLO", "0009,1001": "private"})
    dicom = orthanc.CreateDicom2(tags, None, orthanc.CreateDicomFlags.NONE, "My company")


def CreateDicomInstance(dicom: bytes) -> None:
    instance = orthanc.CreateDicomInstance(dicom)
    frames = instance.GetInstanceFramesCount()


def LoadDicomInstance(instance_id: str) -> None:
    mode = orthanc.LoadDicomInstanceMode.UNTIL_PIXEL_DATA
    instance = orthanc.LoadDicomInstance(instance_id, mode)


def GetDicomForInstance(instance_id: str) -> None:
    dataset = pydicom.dcmread(io.BytesIO(orthanc.GetDicomForInstance(instance_id)))


def TranscodeDicomInstance(dicom: bytes) -> None:
    explicit_little_endian = "1.2.840.10008.1.2.1"
    instance = orthanc.TranscodeDicomInstance(dicom, explicit_little_endian)


def RegisterTranscoderCallback() -> None:
    def transcode(dicom, allowed_syntaxes, allow_new_sop_instance_uid):
        dataset = pydicom.dcmread(io.BytesIO(dicom))
        if pydicom.uid.ExplicitVRLittleEndian not in allowed_syntaxes:
            return None  # Orthanc tries its own transcoder
        dataset.decompress()
        return dataset

    orthanc.RegisterTranscoderCallback(transcode)


def DicomBufferToJson(dicom: bytes) -> None:
    text = orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.HUMAN)
    name = json.loads(text)["PatientName"]


def DicomInstanceToJson(instance_id: str) -> None:
    text = orthanc.DicomInstanceToJson(instance_id, orthanc.DicomToJsonFormat.HUMAN)
    name = json.loads(text)["PatientName"]


def EncodeDicomWebJson2(dicom: bytes) -> None:
    tags = json.loads(orthanc.EncodeDicomWebJson2(dicom))
    name = tags["00100010"]["Value"][0]["Alphabetic"]


def EncodeDicomWebXml2(dicom: bytes) -> None:
    def bulk_data(levels, tag, vr):
        return f"/bulk/{tag[0]:04x}{tag[1]:04x}"

    xml = orthanc.EncodeDicomWebXml2(dicom, bulk_data)


def LookupPatient() -> None:
    patient = orthanc.LookupPatient("HELLO")
    studies = orthanc.RestApiGet(f"/patients/{patient}/studies")


def LookupStudy(study_instance_uid: str) -> None:
    study = orthanc.LookupStudy(study_instance_uid)


def LookupStudyWithAccessionNumber() -> None:
    study = orthanc.LookupStudyWithAccessionNumber("A2024-17")


def LookupSeries(series_instance_uid: str) -> None:
    series = orthanc.LookupSeries(series_instance_uid)


def LookupInstance(sop_instance_uid: str) -> None:
    instance = orthanc.LookupInstance(sop_instance_uid)


def LookupDictionary() -> None:
    tag = orthanc.LookupDictionary("PatientName")
    assert (tag["Group"], tag["Element"]) == (0x0010, 0x0010)


def GetTagName() -> None:
    assert orthanc.GetTagName(0x0010, 0x0010) == "PatientName"


def RegisterDictionaryTag() -> None:
    text = orthanc.ValueRepresentation.LO
    orthanc.RegisterDictionaryTag(0x4001, 0x1001, text, "ReportState", 1, 1)


def RegisterPrivateDictionaryTag() -> None:
    text = orthanc.ValueRepresentation.LO
    orthanc.RegisterPrivateDictionaryTag(0x0009, 0x1001, text, "State", 1, 1, "My company")
