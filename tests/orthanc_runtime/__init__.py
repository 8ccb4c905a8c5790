# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Python part of the module without Orthanc; tests/module and tests/callbacks use real ones."""
