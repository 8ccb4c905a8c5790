# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compare the SDK model with an OrthancCPlugin.h of any release: check_header.py [HEADER].

Prints each difference; the exit code is 1 if there is any.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Union

from generator import header, model

HERE = Path(__file__).resolve().parent
INSTALLED = Path("/usr/include/orthanc/OrthancCPlugin.h")

Signature = Union[model.Function, model.Callback]


def normal(type_: str) -> str:
    """The type as the ABI sees it.

    Releases differ in const, in `int` for int32_t, and in `char*` for the void* of binary data.
    """
    type_ = re.sub(r"\bconst\b|\bstruct\b|\s", "", type_)
    return re.sub(r"^char\*$", "void*", re.sub(r"^int$", "int32_t", type_))


def missing(known: Mapping[str, Any], found: Mapping[str, Any], what: str) -> Iterator[str]:
    for name in sorted(found.keys() - known.keys()):
        yield f"{what} {name} is not in the model"


def _values(known: model.Enumeration, found: model.Enumeration) -> Iterator[str]:
    values = {value.name: value.value for value in known.values}
    for value in found.values:
        if values.get(value.name) != value.value:
            yield f"{value.name} is {value.value}, in the model {values.get(value.name)}"


def _layout(known: model.Struct, found: model.Struct) -> Iterator[str]:
    """A struct may only grow at its end."""
    for expected, field in zip(known.fields, found.fields):
        here = (field.name, field.offset, normal(field.type))
        there = (expected.name, expected.offset, normal(expected.type))
        if here != there:
            yield f"{known.name}: {here}, in the model {there}"
    if len(found.fields) > len(known.fields):
        yield f"{known.name} has more fields than in the model"
    if len(found.fields) == len(known.fields) and found.size != known.size:
        yield f"{known.name} has {found.size} bytes, in the model {known.size}"


def _signature(known: Signature, found: Signature) -> Iterator[str]:
    def types(signature: Signature) -> list[str]:
        return [normal(signature.returns), *(normal(p.type) for p in signature.parameters)]

    if types(known) != types(found):
        yield f"{known.name}: {types(found)}, in the model {types(known)}"


def _lost(known: Mapping[str, Any], found: Mapping[str, Any], version: model.Version) -> list[str]:
    """Items that this release has according to the model, but not in its header."""
    return [
        f"{name} is not in the header, though the model has it since {item.since}"
        for name, item in known.items()
        if item.since <= version and name not in found
    ]


def compare(known: model.Model, found: model.Model) -> list[str]:
    """The differences between the model and the model of a header."""
    differences: list[str] = []
    structs = {**known.structs, **known.parameter_structs}
    pairs: list[tuple[str, Mapping[str, Any], Mapping[str, Any], Any]] = [
        ("service", known.services, found.services, None),
        ("enumeration", known.enumerations, found.enumerations, _values),
        ("type", known.opaque_types, found.opaque_types, None),
        ("callback", known.callbacks, found.callbacks, _signature),
        ("struct", structs, found.structs, _layout),
        ("function", known.functions, found.functions, _signature),
    ]
    for what, ours, theirs, difference in pairs:
        differences += missing(ours, theirs, what)
        differences += _lost(ours, theirs, found.sdk)
        for name in ours.keys() & theirs.keys() if difference else ():
            differences += difference(ours[name], theirs[name])
    for name in known.services.keys() & found.services.keys():
        if known.services[name].id != found.services[name].id:
            differences.append(f"service {name} is {found.services[name].id}")
    return sorted(differences)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("header", type=Path, nargs="?", default=INSTALLED)
    arguments = parser.parse_args()
    differences = compare(model.load(HERE / "model.json"), header.load(arguments.header))
    for difference in differences:
        print(difference)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
