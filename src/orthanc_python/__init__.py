# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Orthanc Python plugin as a package: the library, the command line, the test support."""

from __future__ import annotations

from .library import LibraryNotFound, library_path

__all__ = ["LibraryNotFound", "library_path"]
