# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file per kind of callback; each test asserts what a client of Orthanc sees."""
