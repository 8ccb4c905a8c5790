# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`import orthanc` in a Python outside of Orthanc, for unit tests: see docs/how-to/testing.md.

Inside Orthanc, and in worker processes, the plugin's own module is in `sys.modules`.
"""

import sys

if "orthanc_runtime" in sys.modules:
    raise ModuleNotFoundError(
        "The module orthanc is not available: Orthanc has stopped the script or is resetting",
        name="orthanc",
    )

from orthanc_python.outside_orthanc import fill

fill(sys.modules[__name__])
