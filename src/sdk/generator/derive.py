# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the SDK model to its Python view: rules on the C types, plus overrides.json."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import model as c
from .text import snake_case, upper_case
from .view import Callable, Class, Default, Enumeration, Kind, Member, Parameter, Result, View

Json = Mapping[str, Any]

INTEGERS = re.compile(r"^u?int(8|16|32|64)_t$")
DATA = "_Data"  # the stub's alias for the types that a buffer parameter accepts


def bare(type_: str) -> str:
    """The type without const and stars: "const OrthancPluginImage *" -> "OrthancPluginImage"."""
    return type_.replace("const", "").replace("*", "").strip()


class Deriver:
    def __init__(self, model: c.Model, overrides: Json) -> None:
        self.model = model
        self.overrides = overrides
        self.hand_written: Json = overrides["hand_written"]
        self.omitted: Mapping[str, str] = overrides["omitted"]

    def view(self) -> View:
        written = [self._hand_written(path, item) for path, item in self.hand_written.items()]
        adds = {path for path, item in self.hand_written.items() if item.get("adds")}
        taken = {f.name for item in written if item.path not in adds for f in item.sdk}
        derived = [
            self._derived(function)
            for function in self.model.functions.values()
            if function.name not in taken | self.omitted.keys() and not self._is_free(function)
        ]
        callables = sorted(written + derived, key=lambda item: item.name)
        return View(
            functions=tuple(item for item in callables if item.owner is None),
            classes=tuple(self._class(name, callables) for name in sorted(self.model.opaque_types)),
            enumerations=tuple(
                self._enumeration(self.model.enumerations[name])
                for name in sorted(self.model.enumerations)
                if not name.startswith("_")  # internal to the SDK
            ),
            omitted=self.omitted,
            easier=self.overrides.get("easier", {}),
            unreachable=self.overrides.get("unreachable", {}),
        )

    def _is_free(self, function: c.Function) -> bool:
        return function.name.startswith("OrthancPluginFree") and any(
            bare(parameter.type) in self.model.opaque_types for parameter in function.parameters
        )

    def _class(self, c_type: str, callables: list[Callable]) -> Class:
        name = c.strip_prefix(c_type)
        return Class(
            name=name,
            c_type=c_type,
            since=self.model.opaque_types[c_type].since,
            methods=tuple(item for item in callables if item.owner == name),
            free=self.model.functions.get(f"OrthancPluginFree{name}"),
            protocols=tuple(self.overrides.get("protocols", {}).get(name, ())),
        )

    def _enumeration(self, source: c.Enumeration) -> Enumeration:
        members = tuple(
            Member(upper_case(value.name[len(source.name) + 1 :]), value.value, value.since)
            for value in source.values
        )
        return Enumeration(c.strip_prefix(source.name), source, source.since, members)

    # Functions and methods that derive from their C types alone

    def _derived(self, function: c.Function) -> Callable:
        parameters = [p for p in function.parameters if not self._is_hidden(p)]
        owner: str | None = None
        name = function.short_name
        if parameters and self._is_object(parameters[0]):
            owner = c.strip_prefix(bare(parameters.pop(0).type))
            # FindMatcherIsMatch repeats the name of its class
            name = name.removeprefix(owner)
        result, annotation, c_type = self._result(function)
        override = self._override(function)
        return Callable(
            name=name,
            owner=owner,
            sdk=(function,),
            parameters=tuple(self._parameters(function, parameters)),
            result=result,
            annotation=annotation,
            since=function.since,
            c_result_type=c_type,
            result_expression=override.get("result", "result"),
            quick="quick" in override,
            locked=tuple(p.name for p in function.parameters if self._is_locked(p)),
        )

    def _override(self, function: c.Function) -> Json:
        override: Json = self.overrides["functions"].get(function.name, {})
        return override

    def _is_hidden(self, parameter: c.Variable) -> bool:
        """Whether the parameter is the context, or an output that the function fills."""
        type_ = bare(parameter.type)
        if type_ in (c.CONTEXT_TYPE, "OrthancPluginMemoryBuffer", "OrthancPluginMemoryBuffer64"):
            return True
        is_output = parameter.type.endswith("*") and not parameter.type.startswith("const")
        return is_output and INTEGERS.match(type_) is not None

    def _is_object(self, parameter: c.Variable) -> bool:
        return bare(parameter.type) in self.model.opaque_types

    def _is_locked(self, parameter: c.Variable) -> bool:
        unchanging = self.overrides.get("unchanging", {})
        return self._is_object(parameter) and c.strip_prefix(bare(parameter.type)) not in unchanging

    def _parameters(self, function: c.Function, parameters: list[c.Variable]) -> list[Parameter]:
        overrides = self._override(function).get("parameters", {})
        names = {parameter.name for parameter in parameters}
        found: list[Parameter] = []
        lengths: dict[str, str] = {}  # the C name of a buffer's length -> the C name of the buffer
        for parameter, following in zip(parameters, [*parameters[1:], None]):
            override = overrides.get(parameter.name, {})
            if parameter.type in ("const void *", "void *"):
                size = following if following and _is_size(following) else None
                if size is not None:
                    lengths[size.name] = parameter.name
                elif not {"pitch", "height"} <= names:
                    raise ValueError(f"{function.name}: which size has {parameter.name}?")
                found.append(_buffer(parameter, size))
            elif parameter.name not in lengths:
                found.append(self._scalar(parameter, override))
            elif override.get("visible"):
                found.append(_length(parameter, lengths[parameter.name], override))
        return found

    def _scalar(self, parameter: c.Variable, override: Json) -> Parameter:
        kind, annotation = self._kind(parameter)
        c_type = bare(parameter.type)
        optional = "default" in override
        default: Default = override.get("default")
        c_default = ""
        if optional and kind is Kind.ENUMERATION:
            c_default = f"{c_type}_{override['default']}"
            values = self.model.enumerations[c_type].values
            default = next(value.value for value in values if value.name == c_default)
        elif optional:
            c_default = "nullptr" if default is None else json.dumps(default)
            if default is None and not annotation.endswith("None"):
                annotation = f"{annotation} | None"
        return Parameter(
            name=override.get("name", snake_case(parameter.name)),
            kind=kind,
            annotation=annotation,
            c_name=parameter.name,
            c_type=c_type,
            optional=optional,
            default=default,
            c_default=c_default,
            conversion=override.get("conversion", ""),
        )

    def _kind(self, parameter: c.Variable) -> tuple[Kind, str]:
        type_ = bare(parameter.type)
        if parameter.type == "const char *":
            return Kind.TEXT, "str"
        if type_ in self.model.opaque_types:
            return Kind.OBJECT, f"{c.strip_prefix(type_)} | None"
        if type_ in self.model.enumerations:
            return Kind.ENUMERATION, "int"
        if INTEGERS.match(parameter.type):
            return Kind.INTEGER, "int"
        if parameter.type == "float":
            return Kind.REAL, "float"
        raise ValueError(f"no rule for a parameter of type {parameter.type}")

    def _result(self, function: c.Function) -> tuple[Result, str, str]:
        """The kind of result, its annotation, its C type."""
        returns = function.returns
        type_ = bare(returns)
        if any(bare(p.type) == "OrthancPluginMemoryBuffer" for p in function.parameters):
            return Result.BYTES, "bytes", ""
        if returns == "void":
            return Result.NONE, "None", ""
        if returns == "char *":
            return Result.TEXT, "str", ""
        if returns == "const char *":
            return Result.OPTIONAL_TEXT, "str | None", ""
        if type_ in self.model.opaque_types:
            return Result.OBJECT, c.strip_prefix(type_), type_
        if returns == "OrthancPluginErrorCode":
            if "out:local" in function.fields.values():
                return Result.CODE, "int", returns
            return Result.NONE, "None", ""
        if INTEGERS.match(returns) or returns in self.model.enumerations:
            return Result.INTEGER, "int", self._field_type(function, returns)
        raise ValueError(f"{function.name}: no rule for a result of type {returns}")

    def _field_type(self, function: c.Function, default: str) -> str:
        """The type that Orthanc writes, which can be wider than the result of the C function."""
        for field, source in function.fields.items():
            if source == "out:local" and function.parameter_struct:
                struct = self.model.parameter_structs[function.parameter_struct]
                return bare(struct.field(field).type)
        return default

    # Hand-written functions

    def _hand_written(self, path: str, item: Json) -> Callable:
        owner, _, name = path.rpartition(".")
        sdk = tuple(
            self.model.functions[name_] for name_ in item.get("sdk", [f"OrthancPlugin{name}"])
        )
        if "parameters" in item:
            parameters = [
                _python(name_, declaration) for name_, declaration in item["parameters"].items()
            ]
        else:
            visible = [
                p for p in sdk[0].parameters if not self._is_hidden(p) and not self._is_object(p)
            ]
            parameters = self._parameters(sdk[0], visible)
        return Callable(
            name=name,
            owner=owner or None,
            sdk=sdk,
            parameters=tuple(parameters),
            result=Result.PYTHON,
            annotation=item["returns"],
            since=sdk[0].since,
            hand_written=True,
        )


def _python(name: str, declaration: str) -> Parameter:
    """A parameter that the overrides declare as the stub does: "int" or "int = 0"."""
    annotation, optional, default = declaration.partition(" = ")
    return Parameter(
        name=name,
        kind=Kind.PYTHON,
        annotation=annotation,
        optional=bool(optional),
        default=ast.literal_eval(default) if optional else None,
    )


def _is_size(parameter: c.Variable) -> bool:
    return parameter.type in ("uint32_t", "uint64_t") and (
        parameter.name == "size" or parameter.name.endswith("Size")
    )


def _buffer(parameter: c.Variable, size: c.Variable | None) -> Parameter:
    return Parameter(
        name=snake_case(parameter.name),
        kind=Kind.BUFFER if size else Kind.IMAGE_BUFFER,
        annotation=DATA,
        c_name=parameter.name,
        c_type="void",
        size_name=size.name if size else "",
        size_type=size.type if size else "",
    )


def _length(parameter: c.Variable, buffer: str, override: Json) -> Parameter:
    return Parameter(
        name=override.get("name", snake_case(parameter.name)),
        kind=Kind.LENGTH,
        annotation="int | None" if "default" in override else "int",
        c_name=parameter.name,
        c_type=parameter.type,
        length_of=buffer,
        optional="default" in override,
    )


def load(model: c.Model, overrides: Path) -> View:
    return Deriver(model, json.loads(overrides.read_text(encoding="utf-8"))).view()
