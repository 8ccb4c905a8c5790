# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The headers that hand-written and generated C++ share.

signatures.hpp: names of functions and parameters; handwritten.hpp: functions that the tables
refer to; class_ids.hpp: the classes.
"""

from __future__ import annotations

from .text import CPP_LICENSE, GENERATED
from .view import Callable, View


def _header(*includes: str) -> list[str]:
    lines = [CPP_LICENSE, GENERATED, "#pragma once", ""]
    return lines + [f"#include {name}" for name in includes] + [""]


def _signature(callable_: Callable) -> list[str]:
    name = callable_.identifier
    count = len(callable_.parameters)
    lines = []
    if count:
        names = ", ".join(f'"{parameter.name}"' for parameter in callable_.parameters)
        lines.append(f"inline constexpr const char* {name}_parameters[] = {{{names}}};")
    parameters = f"{name}_parameters" if count else "nullptr"
    lines.append(
        f'inline constexpr Signature {name}{{"{callable_.path}", "{callable_.function.name}", '
        f"{parameters}, {count}, {callable_.required}}};"
    )
    return lines


def emit_signatures(view: View) -> str:
    lines = _header('"binding/arguments.hpp"') + ["namespace orthanc::signatures {", ""]
    for callable_ in view.callables():
        lines += _signature(callable_)
    return "\n".join([*lines, "", "}  // namespace orthanc::signatures"]) + "\n"


def emit_handwritten(view: View) -> str:
    lines = _header('"binding/wrappers.hpp"') + ["namespace orthanc::handwritten {", ""]
    for callable_ in view.callables():
        if callable_.hand_written:
            lines.append(
                f"PyObject* {callable_.identifier}(PyObject* self, PyObject* const* values, "
                "Py_ssize_t count, PyObject* keywords);"
            )
    return "\n".join([*lines, "", "}  // namespace orthanc::handwritten"]) + "\n"


def emit_class_ids(view: View) -> str:
    names = "".join(f"  {class_.name},\n" for class_ in view.classes)
    lines = _header('"generated/sdk.hpp"') + [
        "namespace orthanc {",
        "",
        f"enum class ClassId {{\n{names}  count,\n}};",
        "",
        "template <typename T>",
        "struct ClassOf;",
    ]
    for class_ in view.classes:
        lines += [
            "",
            "template <>",
            f"struct ClassOf<{class_.c_type}> {{",
            f"  static constexpr ClassId id = ClassId::{class_.name};",
            "};",
        ]
    return "\n".join([*lines, "", "}  // namespace orthanc"]) + "\n"
