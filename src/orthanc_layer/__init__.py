# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The part of the module `orthanc` that is written in Python, embedded in the shared library.

It runs inside Orthanc only, with the standard library of any CPython from 3.9 on.
"""
