# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""sdk_names.cpp: the replacement of each SDK function that Python has under no such name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .coverage import absence
from .model import Function, Model
from .text import CPP_LICENSE, GENERATED, cpp_string
from .view import View


def _short(function: Function) -> str:
    return function.name.removeprefix("OrthancPlugin")


def _without_links(markdown: str) -> str:
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown)


def _instead(function: Function, view: View) -> str:
    """The replacement in words; empty if the function has the same name in Python."""
    reason = absence(function, view)
    if reason:
        return f"it is not in Python ({_without_links(reason)})"
    paths = [item.path for item in view.callables() if function in item.sdk]
    if _short(function) in paths:
        return ""
    if not paths:
        return "Python calls it when the object is deleted"
    return f"use {' or '.join(f'orthanc.{path}' for path in paths)}"


def _rows(model: Model, view: View) -> Iterator[str]:
    for function in sorted(model.functions.values(), key=lambda item: item.name):
        instead = _instead(function, view)
        if instead:
            yield f'    {{"{_short(function)}", {cpp_string(instead)}}},'


def emit(model: Model, view: View) -> str:
    rows = list(_rows(model, view))
    lines = [
        CPP_LICENSE,
        GENERATED,
        "",
        '#include "binding/tables.hpp"',
        "",
        "namespace orthanc {",
        "",
        "const SdkName sdkNames[] = {",
        *rows,
        "};",
        f"const size_t sdkNameCount = {len(rows)};",
        "",
        "}  // namespace orthanc",
    ]
    return "\n".join(lines) + "\n"
