# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commit to keep an instance only if its file is readable and unchanged.

A modality may delete instances that the archive committed to. So a row in the database is not
enough: the MD5 sum of the file must still be right.

Run:  orthanc-python run examples/storage_commitment.py --config examples/orthanc.json
Try:  curl http://127.0.0.1:8042/modalities/self/storage-commitment \
        -d '{"Resources": ["INSTANCE-ID"]}'
      curl http://127.0.0.1:8042/storage-commitment/TRANSACTION
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import orthanc

Reason = orthanc.StorageCommitmentFailureReason


def on_request(
    job_id: str,
    transaction_uid: str,
    sop_class_uids: Sequence[str],
    sop_instance_uids: Sequence[str],
    remote_aet: str,
    called_aet: str,
) -> str:
    orthanc.LogWarning(
        f"Storage commitment {transaction_uid} from {remote_aet}: "
        f"{len(sop_instance_uids)} instances"
    )
    return remote_aet  # Orthanc passes this value as the last argument of each look-up.


def look_up(sop_class_uid: str, sop_instance_uid: str, remote_aet: object) -> int:
    found = json.loads(orthanc.RestApiPost("/tools/lookup", sop_instance_uid))
    paths = [resource["Path"] for resource in found if resource["Type"] == "Instance"]
    if not paths:
        return Reason.NO_SUCH_OBJECT_INSTANCE
    stored_class = orthanc.RestApiGet(f"{paths[0]}/metadata/SopClassUid").decode()
    if stored_class != sop_class_uid:
        return Reason.CLASS_INSTANCE_CONFLICT
    try:
        orthanc.RestApiPost(f"{paths[0]}/attachments/dicom/verify-md5", b"")
    except orthanc.OrthancException as error:
        orthanc.LogError(f"{sop_instance_uid} cannot be committed to {remote_aet}: {error}")
        return Reason.PROCESSING_FAILURE
    return Reason.SUCCESS


orthanc.RegisterStorageCommitmentScpCallback(on_request, look_up)
