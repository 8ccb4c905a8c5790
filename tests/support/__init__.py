# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The environment of the tests: Debian releases, Pythons, DICOM files and peers."""
