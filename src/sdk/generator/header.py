# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads the declarations of an OrthancCPlugin.h with libclang into a model.

Only check_header.py needs this module and its dependency, the package `libclang`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clang import cindex

from .model import (
    SERVICE_TYPE,
    Callback,
    Enumeration,
    Function,
    Model,
    OpaqueType,
    Service,
    Struct,
    Value,
    Variable,
    Version,
)

NEVER: Version = (0, 0, 0)  # a header does not say which release introduced an item
PLUGIN_NAME = re.compile(r"^_?OrthancPlugin")
MINIMAL = re.compile(r"#define ORTHANC_PLUGINS_MINIMAL_(?:MAJOR|MINOR|REVISION)_NUMBER\s+(\d+)")

# The bindings of libclang have no type annotations.
Cursor = Any


def _compiler_includes() -> list[str]:
    """The folder of stddef.h and similar headers, which the package of libclang lacks."""
    compiler = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        return []
    command = [compiler, "-print-file-name=include"]
    folder = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return ["-isystem", folder]


def _parse(header: Path) -> Cursor:
    unit = cindex.Index.create().parse(str(header), args=["-x", "c", *_compiler_includes()])
    errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if errors:
        raise ValueError(f"{header}: {errors[0]}")
    return unit.cursor


def version(header: Path) -> Version:
    found = MINIMAL.findall(header.read_text(encoding="utf-8"))
    major, minor, revision = (int(number) for number in found)
    return (major, minor, revision)


def _enumeration(name: str, cursor: Cursor) -> Enumeration:
    values = tuple(
        Value(child.spelling, child.enum_value, NEVER)
        for child in cursor.get_children()
        if child.kind == cindex.CursorKind.ENUM_CONSTANT_DECL
        and not child.spelling.endswith("_INTERNAL")  # only there to make the type 32 bits wide
    )
    return Enumeration(name, NEVER, values)


def _struct(name: str, type_: Any) -> Struct:
    fields = tuple(
        Variable(field.spelling, field.type.spelling, type_.get_offset(field.spelling) // 8, NEVER)
        for field in type_.get_fields()
    )
    return Struct(name, NEVER, type_.get_size(), type_.get_align(), fields)


def _parameters(cursor: Cursor) -> tuple[Variable, ...]:
    return tuple(
        Variable(child.spelling, child.type.spelling)
        for child in cursor.get_children()
        if child.kind == cindex.CursorKind.PARM_DECL
    )


def _function(cursor: Cursor) -> Function:
    returns = cursor.result_type.spelling
    return Function(
        cursor.spelling, NEVER, returns, _parameters(cursor), None, None, {}, "", None, False
    )


def _declarations(root: Cursor) -> Iterator[Cursor]:
    for cursor in root.get_children():
        if PLUGIN_NAME.match(cursor.spelling):
            yield cursor


def load(header: Path) -> Model:
    """The model of a header: names, values, types and layouts, but no meanings."""
    model = Model(version(header), {}, {}, {}, {}, {}, {}, {}, {})
    services: dict[str, Service] = {}
    found: dict[str, dict[str, Any]] = {
        kind: {} for kind in ("enumerations", "opaque_types", "callbacks", "structs", "functions")
    }
    for cursor in _declarations(_parse(header)):
        name = cursor.spelling
        if cursor.kind == cindex.CursorKind.FUNCTION_DECL:
            found["functions"][name] = _function(cursor)
        if cursor.kind != cindex.CursorKind.TYPEDEF_DECL:
            continue
        type_ = cursor.underlying_typedef_type
        target = type_.get_canonical()
        declaration = target.get_declaration()
        if target.kind == cindex.TypeKind.ENUM:
            found["enumerations"][name] = _enumeration(name, declaration)
        elif target.kind == cindex.TypeKind.RECORD and declaration.is_definition():
            found["structs"][name] = _struct(name, target)
        elif target.kind == cindex.TypeKind.RECORD:
            found["opaque_types"][name] = OpaqueType(name, declaration.spelling, NEVER)
        elif target.kind == cindex.TypeKind.POINTER:
            returns = type_.get_pointee().get_result().spelling
            found["callbacks"][name] = Callback(name, NEVER, returns, _parameters(cursor))
    values = found["enumerations"].pop(SERVICE_TYPE).values
    for value in values:
        short = value.name[len(SERVICE_TYPE) + 1 :]
        services[short] = Service(short, value.value, NEVER)
    return Model(model.sdk, {}, services, parameter_structs={}, **found)
