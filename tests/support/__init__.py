# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The real parts that the tests run on: Debian suites, Pythons, DICOM files and peers."""
