# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin for Windows, in Wine, with Pythons for Windows and the fake Orthanc."""
