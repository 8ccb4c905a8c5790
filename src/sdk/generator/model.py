# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The C SDK of Orthanc as data: model.json loaded into dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Version = tuple[int, int, int]
Json = Mapping[str, Any]

# The service enumeration is kept apart from the others in the model, because each of its values
# has a parameter struct and functions that use it.
SERVICE_TYPE = "_OrthancPluginService"
CONTEXT_TYPE = "OrthancPluginContext"


def parse_version(text: str) -> Version:
    """Turn "1.12.8" into (1, 12, 8)."""
    major, minor, revision = (int(part) for part in text.split("."))
    return (major, minor, revision)


@dataclass(frozen=True)
class Variable:
    """A parameter of a function, or a field of a struct: its C type and its name."""

    name: str
    type: str
    offset: int = 0
    since: Version = (0, 0, 0)


@dataclass(frozen=True)
class Value:
    name: str
    value: int
    since: Version


@dataclass(frozen=True)
class Enumeration:
    name: str
    since: Version
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Struct:
    name: str
    since: Version
    size: int
    align: int
    fields: tuple[Variable, ...]

    def field(self, name: str) -> Variable:
        return next(field for field in self.fields if field.name == name)


@dataclass(frozen=True)
class OpaqueType:
    name: str
    tag: str
    since: Version


@dataclass(frozen=True)
class Callback:
    """A pointer-to-function type."""

    name: str
    since: Version
    returns: str
    parameters: tuple[Variable, ...]


@dataclass(frozen=True)
class Service:
    name: str
    id: int
    since: Version


@dataclass(frozen=True)
class Function:
    """One function of the C SDK: its parameters, and how it calls its service.

    `fields` says where each field of the parameter struct comes from:
    "arg:x" (the parameter x), "out:local" (the address of the result), "const:X", "plugin name".
    """

    name: str
    since: Version
    returns: str
    parameters: tuple[Variable, ...]
    service: str | None
    parameter_struct: str | None
    fields: Mapping[str, str]
    result: str
    on_failure: str | None
    deprecated: bool

    @property
    def short_name(self) -> str:
        return strip_prefix(self.name)


@dataclass(frozen=True)
class Model:
    sdk: Version
    macros: Mapping[str, str]
    services: Mapping[str, Service]
    enumerations: Mapping[str, Enumeration]
    opaque_types: Mapping[str, OpaqueType]
    callbacks: Mapping[str, Callback]
    structs: Mapping[str, Struct]
    parameter_structs: Mapping[str, Struct]
    functions: Mapping[str, Function]


def strip_prefix(name: str) -> str:
    """OrthancPluginRestApiGet, or _OrthancPluginRestApiGet -> RestApiGet."""
    for prefix in ("_OrthancPlugin", "OrthancPlugin"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _since(item: Json, default: Version = (0, 0, 0)) -> Version:
    text = item.get("since") or item.get("first_release")
    return parse_version(text) if text else default


def _variables(items: Any, since: Version) -> tuple[Variable, ...]:
    return tuple(
        Variable(item["name"], item["type"], item.get("offset", 0), _since(item, since))
        for item in items
    )


def _enumeration(name: str, item: Json) -> Enumeration:
    since = _since(item)
    values = tuple(Value(v["name"], v["value"], _since(v, since)) for v in item["values"])
    return Enumeration(name, since, values)


def _struct(name: str, item: Json) -> Struct:
    since = _since(item)
    return Struct(name, since, item["size"], item["align"], _variables(item["fields"], since))


def _callback(name: str, item: Json) -> Callback:
    since = _since(item)
    return Callback(name, since, item["returns"], _variables(item["parameters"], since))


def _function(name: str, item: Json) -> Function:
    since = _since(item)
    failures = item.get("on_failure", [])
    return Function(
        name=name,
        since=since,
        returns=item["returns"],
        parameters=_variables(item["parameters"], since),
        service=item.get("service"),
        parameter_struct=item.get("parameter_struct"),
        fields=item.get("fields", {}),
        result=item["result"],
        on_failure=failures[0] if len(failures) == 1 else None,
        deprecated=item.get("deprecated", False),
    )


def parse(data: Json) -> Model:
    """Build the model from the contents of model.json."""
    return Model(
        sdk=parse_version(data["sdk"]),
        macros=data["macros"],
        services={n: Service(n, s["id"], _since(s)) for n, s in data["services"].items()},
        enumerations={n: _enumeration(n, e) for n, e in data["enumerations"].items()},
        opaque_types={
            n: OpaqueType(n, o["tag"], _since(o)) for n, o in data["opaque_types"].items()
        },
        callbacks={n: _callback(n, c) for n, c in data["callbacks"].items()},
        structs={n: _struct(n, s) for n, s in data["structs"].items()},
        parameter_structs={n: _struct(n, s) for n, s in data["parameter_structs"].items()},
        functions={n: _function(n, f) for n, f in data["functions"].items()},
    )


def load(path: Path) -> Model:
    return parse(json.loads(path.read_text(encoding="utf-8")))
