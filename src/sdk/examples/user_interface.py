# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: Orthanc Explorer and WebDAV."""

from __future__ import annotations

import orthanc


def ExtendOrthancExplorer() -> None:
    orthanc.ExtendOrthancExplorer("document.title = 'My hospital';")


def ExtendOrthancExplorer2() -> None:
    orthanc.ExtendOrthancExplorer2("reports", "document.title = 'My hospital';")


def SetRootUri() -> None:
    orthanc.SetRootUri("/reports")  # below the root of Orthanc


def SetRootUri2() -> None:
    orthanc.SetRootUri2("reports", "/reports")


def SetDescription() -> None:
    orthanc.SetDescription("Reports of the radiology department")


def SetDescription2() -> None:
    orthanc.SetDescription2("reports", "Reports of the radiology department")


def RegisterWebDavCollection() -> None:
    class Reports:
        def list_folder(self, path):
            if path == ():
                return [orthanc.WebDavFile("hello.txt", size=5)]

        def retrieve_file(self, path):
            if path == ("hello.txt",):
                return b"hello"

    orthanc.RegisterWebDavCollection("/reports", Reports())


def WebDavFile() -> None:
    file = orthanc.WebDavFile("report.pdf", size=1024, mime_type="application/pdf")


def WebDavFolder() -> None:
    folder = orthanc.WebDavFolder("2024")
