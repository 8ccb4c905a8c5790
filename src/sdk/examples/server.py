# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: server and utilities."""

from __future__ import annotations

import json

import orthanc


def CheckVersion() -> None:
    if not orthanc.CheckVersion():
        orthanc.LogWarning("This Orthanc is older than the SDK of the plugin")


def CheckVersionAdvanced() -> None:
    if orthanc.CheckVersionAdvanced(1, 12, 8):
        orthanc.StoreKeyValue("my-script", "started", b"yes")


def GetConfiguration() -> None:
    settings = json.loads(orthanc.GetConfiguration()).get("MyScript", {})


def GetConfigurationPath() -> None:
    orthanc.LogInfo(f"Configured by {orthanc.GetConfigurationPath()}")


def GetCommandLineArgument() -> None:
    count = orthanc.GetCommandLineArgumentsCount()
    arguments = [orthanc.GetCommandLineArgument(i) for i in range(count)]


def GetCommandLineArgumentsCount() -> None:
    count = orthanc.GetCommandLineArgumentsCount()
    arguments = [orthanc.GetCommandLineArgument(i) for i in range(count)]


def GetOrthancDirectory() -> None:
    orthanc.LogInfo(f"Orthanc is in {orthanc.GetOrthancDirectory()}")


def GetOrthancPath() -> None:
    orthanc.LogInfo(f"Orthanc is {orthanc.GetOrthancPath()}")


def GetDatabaseServerIdentifier() -> None:
    server = orthanc.GetDatabaseServerIdentifier()


def GetExpectedDatabaseVersion() -> None:
    version = orthanc.GetExpectedDatabaseVersion()


def ReadFile() -> None:
    logo = orthanc.ReadFile("/usr/share/my-script/logo.png")


def WriteFile() -> None:
    orthanc.WriteFile("/var/lib/my-script/state.json", json.dumps({"last": 7}))


def BufferCompression(data: bytes) -> None:
    packed = orthanc.BufferCompression(data, orthanc.CompressionType.GZIP, 0)
    assert orthanc.BufferCompression(packed, orthanc.CompressionType.GZIP, 1) == data


def ComputeMd5() -> None:
    assert orthanc.ComputeMd5("abc") == "900150983cd24fb0d6963f7d28e17f72"


def ComputeSha1() -> None:
    assert orthanc.ComputeSha1("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"


def GenerateUuid() -> None:
    identifier = orthanc.GenerateUuid()


def AutodetectMimeType() -> None:
    assert orthanc.AutodetectMimeType("report.pdf") == "application/pdf"
