# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A script that receives each change."""

from __future__ import annotations

import orthanc

seen = 0


def on_change(change_type: int, level: int, resource_id: str) -> None:
    global seen
    seen += change_type == orthanc.ChangeType.NEW_INSTANCE


orthanc.RegisterOnChangeCallback(on_change)
