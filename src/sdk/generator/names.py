# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""orthanc_names.json: the names of the module, for a Python outside of Orthanc."""

from __future__ import annotations

import json

from .view import View


def emit(view: View) -> str:
    """The enumerations with their members, and the names of functions and classes."""
    names = {
        "enumerations": {
            each.name: {member.name: member.value for member in each.members}
            for each in view.enumerations
        },
        "classes": [each.name for each in view.classes],
        "functions": [each.name for each in view.functions],
    }
    return json.dumps(names, indent=1) + "\n"
