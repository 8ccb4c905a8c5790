# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compare the plugin with C++ and with orthanc-python in the same run; see run.py."""
