# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: jobs."""

from __future__ import annotations

import json
from typing import Any

import orthanc


def job() -> None:
    @orthanc.job
    def count(job, study):
        instances = json.loads(orthanc.RestApiGet(f"/studies/{study}/instances"))
        for index, instance in enumerate(instances):
            job.content["Last"] = instance["ID"]
            yield index / len(instances)


def BaseJob(study: str) -> None:
    class Export(orthanc.BaseJob):
        restorable = True

        def run(self):
            for index, path in enumerate(self.parameters["paths"]):
                yield index / len(self.parameters["paths"])

    Export(paths=["/a", "/b"]).submit()


def CreateJob(export: orthanc.JobCallbacks) -> None:
    job = orthanc.CreateJob("export", export)
    identifier = job.SubmitJob(10)


def Job_SubmitJob(job: orthanc.Job) -> None:
    identifier = job.SubmitJob()
    state = json.loads(orthanc.RestApiGet(f"/jobs/{identifier}"))["State"]


def RegisterJobsUnserializer(make_export: Any) -> None:
    def restore(job_type, serialized):
        if job_type != "export":
            return None  # a job of another plugin
        return orthanc.CreateJob(job_type, make_export(json.loads(serialized)))

    orthanc.RegisterJobsUnserializer(restore)
