# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The example with a Dask cluster."""

from __future__ import annotations

from .conftest import Example, upload


def test_dask_pool(example: Example) -> None:
    server = example("dask_pool.py")
    instance = upload(server)["ID"]
    series = server.get(f"/instances/{instance}/series").json()["ID"]
    answer = server.get(f"/series/{series}/mean", timeout=120)
    assert answer.status_code == 200, server.log
    assert 0 <= answer.json() <= 255
