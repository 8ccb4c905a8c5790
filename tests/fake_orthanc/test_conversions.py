# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the arguments of a call to the values of the SDK: the properties of conversions.py."""

from __future__ import annotations

from pathlib import Path

from .conftest import Start
from .test_every_callback import NOTHING


def test_conversions_keep_every_value(start: Start) -> None:
    host = start(Path(__file__).with_name("conversions.py"))
    assert host.started["code"] == 0, host.log[-6000:]
    assert host.log.count("\nchecked ") == 14
    assert int(host.get("/functions")) > 60
    assert host.command("alive") == {**NOTHING, "images": 1, "instances": 1}  # from the last check
    assert host.stop() == 0
