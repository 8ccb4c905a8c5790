# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""functions.cpp and classes.cpp: the wrappers, and the tables that define the module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import wrappers
from .documentation import Documentation
from .model import Model
from .text import CPP_LICENSE, GENERATED, cpp_string, cpp_version
from .view import Callable, Class, View

INCLUDES = (
    '#include "generated/class_ids.hpp"\n'
    '#include "generated/handwritten.hpp"\n'
    '#include "generated/sdk.hpp"\n'
    '#include "generated/signatures.hpp"\n'
    '#include "binding/http_headers.hpp"\n'
    '#include "binding/tables.hpp"\n'
    '#include "binding/wrappers.hpp"'
)


def _row(callable_: Callable, documentation: Documentation) -> Iterator[str]:
    scope = "handwritten" if callable_.hand_written else "wrappers"
    # A script can keep functions and objects across a reset of Orthanc: then the functions refuse
    # calls, and the objects have expired.
    guard = "&guarded" if callable_.owner else "guardedFunction"
    wrapper = f"{scope}::{callable_.identifier}"
    if callable_.decorates:
        wrapper = f"decorating<{wrapper}, signatures::{callable_.identifier}>"
    yield f'    {{"{callable_.name}", {guard}<{wrapper}>,'
    yield f"     {cpp_string(documentation.docstring(callable_), 5)},"
    yield f"     {cpp_version(callable_.since)}}},"


def _wrappers(callables: Iterable[Callable]) -> Iterator[str]:
    # A separate namespace: src/plugin/host may have functions of the same names.
    yield "namespace wrappers {"
    yield "namespace {"
    for callable_ in callables:
        if not callable_.hand_written:
            yield ""
            yield wrappers.wrapper(callable_)
    yield ""
    yield "}  // namespace"
    yield "}  // namespace wrappers"


def _file(lines: Iterable[str]) -> str:
    start = [CPP_LICENSE, GENERATED, "", INCLUDES, "", "namespace orthanc {", ""]
    return "\n".join([*start, *lines, "", "}  // namespace orthanc"]) + "\n"


def _sdk_functions(sdk: Model) -> Iterator[str]:
    """The name of the function that calls a service, for messages."""
    names: dict[str, str] = {}
    for function in sdk.functions.values():
        if function.service is not None:
            names.setdefault(function.service, function.name)
    yield ""
    yield "const char* sdkFunctionOf(_OrthancPluginService service) {"
    yield "  switch (service) {"
    for service, name in sorted(names.items()):
        yield f"    case _OrthancPluginService_{service}:"
        yield f'      return "{name}";'
    yield "    default:"
    yield '      return "A function of the SDK";'
    yield "  }"
    yield "}"


def emit_functions(sdk: Model, view: View, documentation: Documentation) -> str:
    lines = [*_wrappers(view.functions), "", "const Function functions[] = {"]
    for function in view.functions:
        lines += _row(function, documentation)
    lines += ["};", f"const size_t functionCount = {len(view.functions)};"]
    lines += _sdk_functions(sdk)
    return _file(lines)


def _destroy(class_: Class) -> Iterator[str]:
    free = class_.free
    if free is None:
        return
    field = next(iter(free.fields))
    yield ""
    yield f"void destroy{class_.name}(void* handle) {{"
    yield f"  {free.parameter_struct} p{{}};"
    yield f"  p.{field} = static_cast<{class_.c_type}*>(handle);"
    yield f"  callUnchecked({wrappers.service(free)}, &p);"
    yield "}"


def _methods_name(class_: Class) -> str:
    return class_.name[0].lower() + class_.name[1:] + "Methods"


def _methods(class_: Class, documentation: Documentation) -> Iterator[str]:
    if not class_.methods:
        return
    yield ""
    yield f"const Method {_methods_name(class_)}[] = {{"
    for method in class_.methods:
        yield from _row(method, documentation)
    yield "};"


def _class(class_: Class, documentation: Documentation) -> Iterator[str]:
    methods = _methods_name(class_) if class_.methods else "nullptr"
    destroy = f"&destroy{class_.name}" if class_.free else "nullptr"
    yield f'    {{"{class_.name}",'
    yield f"     {cpp_string(documentation.class_docstring(class_), 5)},"
    yield f"     {cpp_version(class_.since)}, {methods}, {len(class_.methods)},"
    yield f"     {destroy}, ClassId::{class_.name}}},"


def emit_classes(view: View, documentation: Documentation) -> str:
    methods = [method for class_ in view.classes for method in class_.methods]
    lines = [*_wrappers(methods), "", "namespace {"]
    for class_ in view.classes:
        lines += _destroy(class_)
    for class_ in view.classes:
        lines += _methods(class_, documentation)
    lines += ["", "}  // namespace", "", "const Class classes[] = {"]
    for class_ in view.classes:
        lines += _class(class_, documentation)
    lines += ["};", f"const size_t classCount = {len(view.classes)};"]
    return _file(lines)
