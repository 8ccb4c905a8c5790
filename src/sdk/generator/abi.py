# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""sdk.hpp: the declarations of the C SDK, under their official names.

Only declarations: a plugin reaches everything through OrthancPluginContext::InvokeService.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Union

from .model import CONTEXT_TYPE, SERVICE_TYPE, Callback, Enumeration, Model, Struct
from .text import CPP_LICENSE, GENERATED

Declaration = Union[Callback, Struct]

_FUNCTION_POINTER = re.compile(r"^(?P<returns>.*) \(\*\)\((?P<parameters>.*)\)$")


def declare(type_: str, name: str) -> str:
    """A C declaration: ("char *", "x") -> "char* x"."""
    pointer = _FUNCTION_POINTER.match(type_)
    if pointer:
        return f"{pointer['returns']} (*{name})({tidy(pointer['parameters'])})"
    return f"{tidy(type_)} {name}"


def tidy(type_: str) -> str:
    """Attach the stars to the type, as the project's style wants it."""
    return re.sub(r" +\*", "*", type_).replace("*const*", "* const*")


def _enumeration(enumeration: Enumeration) -> Iterator[str]:
    # The fixed underlying type gives the ABI's width, and makes values that this model does not
    # know yet (a newer Orthanc, a code of RegisterErrorCode) well-defined.
    yield f"enum {enumeration.name} : int32_t {{"
    for value in enumeration.values:
        yield f"  {value.name} = {value.value},"
    yield "};"


def _services(model: Model) -> Iterator[str]:
    yield f"enum {SERVICE_TYPE} : int32_t {{"
    for service in model.services.values():
        yield f"  {SERVICE_TYPE}_{service.name} = {service.id},"
    yield "};"


def _struct(struct: Struct) -> Iterator[str]:
    if struct.name == CONTEXT_TYPE:
        # The SDK names this struct by a tag, which the type of InvokeService refers to.
        yield f"typedef struct _{CONTEXT_TYPE}_t {{"
    else:
        yield f"struct {struct.name} {{"
    for field in struct.fields:
        yield f"  {declare(field.type, field.name)};"
    yield f"}} {struct.name};" if struct.name == CONTEXT_TYPE else "};"


def _callback(callback: Callback) -> Iterator[str]:
    parameters = ", ".join(declare(p.type, p.name) for p in callback.parameters)
    yield f"typedef {tidy(callback.returns)} (*{callback.name})({parameters});"


def _words(declaration: Declaration) -> set[str]:
    if isinstance(declaration, Struct):
        types = [field.type for field in declaration.fields]
    else:
        types = [declaration.returns, *(p.type for p in declaration.parameters)]
    return set(re.findall(r"\w+", " ".join(types)))


def ordered(model: Model) -> list[Declaration]:
    """Structs and callback types, each one after those that it mentions."""
    declarations: dict[str, Declaration] = {
        **model.structs,
        **model.callbacks,
        **model.parameter_structs,
    }
    done: dict[str, Declaration] = {}

    def visit(name: str) -> None:
        if name in done:
            return
        for word in sorted(_words(declarations[name]) & declarations.keys() - {name}):
            visit(word)
        done[name] = declarations[name]

    for name in declarations:
        visit(name)
    return list(done.values())


def _layout_checks(model: Model) -> Iterator[str]:
    # The offsets of the model are for 64-bit platforms; i386 aligns 64-bit integers to 4.
    yield "#if defined(__LP64__) || defined(_WIN64)"
    for struct in [*model.structs.values(), *model.parameter_structs.values()]:
        yield f"static_assert(sizeof({struct.name}) == {struct.size});"
        yield f"static_assert(alignof({struct.name}) == {struct.align});"
        for field in struct.fields:
            yield f"static_assert(offsetof({struct.name}, {field.name}) == {field.offset});"
    yield "#endif"


def emit(model: Model) -> str:
    lines = [
        CPP_LICENSE,
        GENERATED,
        "#pragma once",
        "",
        "#include <cstddef>",
        "#include <cstdint>",
        "",
        'extern "C" {',
    ]
    for enumeration in model.enumerations.values():
        lines += ["", *_enumeration(enumeration)]
    lines += ["", *_services(model), ""]
    for opaque in model.opaque_types.values():
        lines.append(f"typedef struct {opaque.tag} {opaque.name};")
    for declaration in ordered(model):
        if isinstance(declaration, Struct):
            lines += ["", *_struct(declaration)]
        else:
            lines += ["", *_callback(declaration)]
    lines += ["", '}  // extern "C"', ""]
    lines += [f"#define {name} {value}" for name, value in model.macros.items()]
    release = ".".join(map(str, model.sdk))
    lines += ["", "// The release of the SDK that the model knows"]
    lines.append(f'#define ORTHANC_SDK_VERSION "{release}"')
    lines += ["", *_layout_checks(model)]
    return "\n".join(lines) + "\n"
