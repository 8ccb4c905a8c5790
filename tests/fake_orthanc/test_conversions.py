# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the arguments of a call to the values of the SDK: the properties of conversions.py."""

from __future__ import annotations

from pathlib import Path

from .conftest import Start
from .test_every_callback import NOTHING


def test_conversions_keep_every_value(start: Start) -> None:
    fake = start(Path(__file__).with_name("conversions.py"))
    assert fake.started["code"] == 0, fake.log[-6000:]
    assert fake.log.count("\nchecked ") == 14
    assert int(fake.get("/functions")) > 60
    assert fake.command("alive") == {**NOTHING, "images": 1, "instances": 1}  # from the last check
    assert fake.stop() == 0
