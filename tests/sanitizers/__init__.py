# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin in the fake Orthanc, with the sanitizers of Clang: nox -s sanitizers."""
