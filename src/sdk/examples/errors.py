# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: errors."""

from __future__ import annotations

import orthanc


def OrthancException(study: str) -> None:
    try:
        orthanc.RestApiGet(f"/studies/{study}")
    except orthanc.OrthancException as error:
        code, text = error.args
        if code != orthanc.ErrorCode.UNKNOWN_RESOURCE:
            raise


def RegisterErrorCode() -> None:
    BUSY = orthanc.RegisterErrorCode(0, 503, "The scanner is busy")

    def on_rest(output, uri, **request):
        raise orthanc.OrthancException(BUSY, "The scanner is busy")


def GetErrorDescription() -> None:
    text = orthanc.GetErrorDescription(orthanc.ErrorCode.UNKNOWN_RESOURCE)
