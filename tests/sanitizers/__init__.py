# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sanitizers of Clang watch over the plugin in the host program: nox -s sanitizers."""
