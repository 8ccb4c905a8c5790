# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""How fast the plugin is, beside C++ and beside orthanc-python in the same run; see run.py."""
