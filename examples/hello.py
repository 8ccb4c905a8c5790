# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smallest script: one line on standard output, one in the log of Orthanc.

Run:  orthanc-python run examples/hello.py
"""

from __future__ import annotations

import platform

import orthanc

print("Hello from Python", platform.python_version())
orthanc.LogWarning("This line is in the log of Orthanc")
