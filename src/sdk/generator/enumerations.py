# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""enumerations.cpp: the enumerations of the module and their members."""

from __future__ import annotations

from collections.abc import Iterator

from .documentation import Documentation
from .text import CPP_LICENSE, GENERATED, cpp_string, cpp_version
from .view import Enumeration, View


def _members(enumeration: Enumeration) -> Iterator[str]:
    yield f"const Member {enumeration.name}_members[] = {{"
    for member in enumeration.members:
        yield f'    {{"{member.name}", {member.value}, {cpp_version(member.since)}}},'
    yield "};"
    yield ""


def _row(enumeration: Enumeration, documentation: Documentation) -> Iterator[str]:
    yield f'    {{"{enumeration.name}",'
    yield f"     {cpp_string(documentation.enumeration_docstring(enumeration), 5)},"
    yield f"     {cpp_version(enumeration.since)}, {enumeration.name}_members,"
    yield f"     {len(enumeration.members)}}},"


def emit(view: View, documentation: Documentation) -> str:
    lines = [CPP_LICENSE, GENERATED, "", '#include "binding/tables.hpp"', ""]
    lines += ["namespace orthanc {", "namespace {", ""]
    for enumeration in view.enumerations:
        lines += _members(enumeration)
    lines += ["}  // namespace", "", "const Enumeration enumerations[] = {"]
    for enumeration in view.enumerations:
        lines += _row(enumeration, documentation)
    lines += ["};", f"const size_t enumerationCount = {len(view.enumerations)};", ""]
    return "\n".join([*lines, "}  // namespace orthanc"]) + "\n"
