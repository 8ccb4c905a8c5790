# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The C++ body of each wrapper: convert the arguments, call the service, convert the result.

All logic is in the helpers of binding/wrappers.hpp; a wrapper only calls them in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Function
from .view import Callable, Kind, Parameter, Result

PARAMETERS = "PyObject* const* values, Py_ssize_t count, PyObject* keywords"
NO_PARAMETERS = "PyObject* const*, Py_ssize_t count, PyObject* keywords"


def service(function: Function) -> str:
    return f"_OrthancPluginService_{function.service}"


def _receiver(callable_: Callable) -> tuple[str, str] | None:
    """The type and the C name of the object that a method works on."""
    if callable_.owner is None:
        return None
    type_ = f"OrthancPlugin{callable_.owner}"
    for parameter in callable_.function.parameters:
        if type_ in parameter.type:
            return type_, parameter.name
    raise ValueError(f"{callable_.path} is not a method")


def _conversion(parameter: Parameter, argument: str) -> Iterator[str]:
    name, type_ = parameter.c_name, parameter.c_type
    if parameter.kind in (Kind.BUFFER, Kind.IMAGE_BUFFER):
        yield f"Buffer {name}({argument});"
    elif parameter.kind is Kind.OBJECT:
        yield f"Object<{type_}> {name}({argument});"
    elif parameter.kind is Kind.TEXT:
        yield _text(parameter, argument)
    elif parameter.conversion:
        yield from _value(parameter, argument, type_, f"{parameter.conversion}({argument})")
    else:
        helper = {Kind.REAL: "real", Kind.ENUMERATION: "enumeration"}.get(parameter.kind, "integer")
        yield from _value(parameter, argument, type_, f"{helper}<{type_}>({argument})")
    if parameter.kind is Kind.IMAGE_BUFFER:
        yield f"requireSize({name}, imageBytes(pitch, height), {argument});"


def _text(parameter: Parameter, argument: str) -> str:
    """An object that holds the text as long as the function runs."""
    if parameter.optional:
        return f"OptionalText {parameter.c_name}({argument}, {parameter.c_default});"
    return f"{parameter.conversion or 'Text'} {parameter.c_name}({argument});"


def _value(parameter: Parameter, argument: str, type_: str, conversion: str) -> Iterator[str]:
    name = parameter.c_name
    if not parameter.optional:
        yield f"const auto {name} = {conversion};"
        return
    default = parameter.c_default
    if parameter.kind is Kind.LENGTH:
        default = f"{parameter.length_of}.size<{type_}>()"
    given = f"{argument}.given()"
    if parameter.default is None:
        given += f" && !{argument}.isNone()"
    yield f"{type_} {name} = {default};"
    yield f"if ({given}) {name} = {conversion};"


def _result_object(callable_: Callable) -> str | None:
    """The declaration of the variable for the result, if there is one."""
    return {
        Result.NONE: None,
        Result.BYTES: "BytesResult result;",
        Result.TEXT: "StringResult result;",
        Result.OPTIONAL_TEXT: "StaticStringResult result;",
        Result.OBJECT: f"ObjectResult<{callable_.c_result_type}> result;",
        Result.INTEGER: f"{callable_.c_result_type} result{{}};",
        Result.CODE: f"{callable_.c_result_type} result{{}};",
    }[callable_.result]


class _Sources:
    """The C++ expression of each field of the parameter struct."""

    def __init__(self, callable_: Callable) -> None:
        self.is_number = callable_.result in (Result.INTEGER, Result.CODE)
        self.buffers = {p.c_name: p for p in callable_.parameters if p.size_name}
        self.images = {p.c_name for p in callable_.parameters if p.kind is Kind.IMAGE_BUFFER}
        self.sizes = {p.size_name: p for p in self.buffers.values()}
        for parameter in callable_.parameters:  # an explicit length replaces the size of the buffer
            if parameter.kind is Kind.LENGTH:
                self.sizes.pop(parameter.c_name)
        self.targets = {
            p.name for p in callable_.function.parameters if p.type == "OrthancPluginMemoryBuffer *"
        }

    def expression(self, source: str) -> str | None:
        """None if the field stays zero, as in a new struct."""
        kind, _, value = source.partition(":")
        if kind == "arg":
            return self._argument(value)
        if kind == "out":
            return "&result" if self.is_number else "result.out()"
        if kind == "plugin name":
            return "host::kPluginName"
        if kind == "expr":  # a cast: (int32_t) argument
            cast = re.match(r"^\((\w+)\) (\w+)$", value)
            if cast:
                return f"static_cast<{cast[1]}>({cast[2]})"
        if kind == "const":
            if value in ("NULL", "0"):
                return None
            known = value.startswith("OrthancPlugin")
            return value if known else f"_OrthancPluginProperty_{value}"
        raise ValueError(f"no rule for the source {source}")

    def _argument(self, name: str) -> str:
        if name in self.targets:
            return "result.out()"
        if name in self.buffers or name in self.images:
            return f"{name}.data()"
        if name in self.sizes:
            parameter = self.sizes[name]
            return f"{parameter.c_name}.size<{parameter.size_type}>()"
        return name


def _locks(callable_: Callable) -> Iterator[str]:
    """The arguments that name the handles the call uses."""
    if not callable_.locked:
        return
    names = ", ".join(callable_.locked)
    yield names if len(callable_.locked) == 1 else f"{{{names}}}"
    if callable_.result is Result.OPTIONAL_TEXT:
        yield "&result"


def _call(callable_: Callable) -> Iterator[str]:
    function = callable_.function
    if function.parameter_struct is None:
        # A few services take the string itself.
        texts = [p.c_name for p in callable_.parameters]
        payload = f"static_cast<const char*>({texts[0]})" if texts else "nullptr"
    else:
        sources = _Sources(callable_)
        yield f"{function.parameter_struct} p{{}};"
        for field, source in function.fields.items():
            expression = sources.expression(source)
            if expression is not None:
                yield f"p.{field} = {expression};"
        payload = "&p"
    name = "callQuick" if callable_.quick else "call"
    call = f"{name}({', '.join((service(function), payload, *_locks(callable_)))})"
    if callable_.result is Result.INTEGER:
        yield f"if ({call} != OrthancPluginErrorCode_Success) return number({function.on_failure});"
    elif callable_.result is Result.OPTIONAL_TEXT:
        yield f"if ({call} != OrthancPluginErrorCode_Success) return none();"
    elif callable_.owner == "RestOutput" and not callable_.name.startswith("Set"):
        part = "" if function.returns == "void" else "Part"
        yield f"checkAnswer{part}(self, {call});"  # the Set functions only prepare the response
    else:
        yield f"check({call});"


def _return(callable_: Callable) -> str:
    if callable_.result is Result.NONE:
        return "return none();"
    if callable_.result in (Result.INTEGER, Result.CODE):
        return f"return number({callable_.result_expression});"
    return "return result.release();"


def wrapper(callable_: Callable) -> str:
    """The whole C++ function."""
    receiver = _receiver(callable_)
    name = callable_.identifier
    self_ = "PyObject* self" if receiver else "PyObject*"
    parameters = PARAMETERS if callable_.parameters else NO_PARAMETERS
    body: list[str] = []
    if callable_.parameters:
        size = len(callable_.parameters)
        body.append(f"Arguments<{size}> arguments(signatures::{name}, values, count, keywords);")
    else:
        body.append(f"NoArguments(signatures::{name}, count, keywords);")
    if receiver:
        body.append(f"Receiver<{receiver[0]}> {receiver[1]}(self);")
    indices = {parameter.c_name: i for i, parameter in enumerate(callable_.parameters)}
    for parameter in callable_.parameters:
        body += _conversion(parameter, f"arguments[{indices[parameter.c_name]}]")
        if parameter.kind is Kind.LENGTH:
            buffer = f"arguments[{indices[parameter.length_of]}]"
            body.append(f"requireSize({parameter.length_of}, {parameter.c_name}, {buffer});")
    result = _result_object(callable_)
    if result:
        body.append(result)
    body += _call(callable_)
    body.append(_return(callable_))
    lines = [f"PyObject* {name}({self_}, {parameters}) {{", *(f"  {line}" for line in body), "}"]
    return "\n".join(lines)
