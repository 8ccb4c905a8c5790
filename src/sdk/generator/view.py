# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Python view of the SDK: the contents of the module `orthanc`. Made by derive.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Union

from .model import Enumeration as CEnumeration
from .model import Function as CFunction
from .model import Version

Default = Union[None, int, str]


class Kind(Enum):
    """How a value crosses between Python and C."""

    TEXT = "text"
    BUFFER = "buffer"
    IMAGE_BUFFER = "image buffer"  # its size is not an argument, but pitch * height
    LENGTH = "length"  # the number of bytes to take from a buffer argument
    INTEGER = "integer"
    REAL = "real"
    ENUMERATION = "enumeration"
    OBJECT = "object"
    PYTHON = "python"  # an argument of a hand-written function, checked there


class Result(Enum):
    NONE = "none"
    BYTES = "bytes"
    TEXT = "text"  # allocated by Orthanc, never null
    OPTIONAL_TEXT = "optional text"  # owned by Orthanc, may be null
    INTEGER = "integer"
    CODE = "code"  # an error code that is a result, not a failure
    OBJECT = "object"
    PYTHON = "python"  # of a hand-written function


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: Kind
    annotation: str  # as the stub writes it
    c_name: str = ""
    c_type: str = ""  # of the value: without const, without star for objects
    size_name: str = ""  # BUFFER: the C parameter that takes the number of bytes
    size_type: str = ""
    length_of: str = ""  # LENGTH: the C parameter that is the buffer
    optional: bool = False
    default: Default = None
    c_default: str = ""
    conversion: str = ""  # a C++ function for this parameter, if its kind is not enough


@dataclass(frozen=True)
class Callable:
    """A function of the module, or a method of one of its classes."""

    name: str
    owner: str | None
    sdk: tuple[CFunction, ...]  # the C functions behind it, the most characteristic one first
    parameters: tuple[Parameter, ...]
    result: Result
    annotation: str
    since: Version
    hand_written: bool = False
    c_result_type: str = ""
    result_expression: str = "result"
    quick: bool = False  # never waits, so that the GIL is not released during the call
    locked: tuple[str, ...] = ()  # the C parameters that are objects one thread at a time may use

    @property
    def function(self) -> CFunction:
        return self.sdk[0]

    @property
    def path(self) -> str:
        """RestApiGet, or Image.DrawText."""
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def identifier(self) -> str:
        """RestApiGet, or Image_DrawText: its name in C++."""
        return self.path.replace(".", "_")

    @property
    def decorates(self) -> bool:
        """Whether the function registers its last argument and returns it."""
        return (
            self.name.startswith("Register")
            and self.result is Result.PYTHON
            and self.annotation == self.parameters[-1].annotation
        )

    @property
    def makes_decorators(self) -> bool:
        """Whether the function returns a decorator if its last argument is missing."""
        return self.decorates and len(self.parameters) > 1

    @property
    def required(self) -> int:
        return sum(not parameter.optional for parameter in self.parameters)


@dataclass(frozen=True)
class Class:
    name: str
    c_type: str
    since: Version
    methods: tuple[Callable, ...]
    free: CFunction | None
    protocols: tuple[str, ...] = ()  # lines of the stub: len(), iteration, buffers


@dataclass(frozen=True)
class Member:
    name: str
    value: int
    since: Version


@dataclass(frozen=True)
class Enumeration:
    name: str
    source: CEnumeration
    since: Version
    members: tuple[Member, ...]


@dataclass(frozen=True)
class View:
    functions: tuple[Callable, ...]
    classes: tuple[Class, ...]
    enumerations: tuple[Enumeration, ...]
    omitted: Mapping[str, str] = field(default_factory=dict)  # C function -> why
    easier: Mapping[str, list[str]] = field(default_factory=dict)  # path -> easier names
    # class whose objects no script gets -> why; the class exists for scripts that name it
    unreachable: Mapping[str, str] = field(default_factory=dict)

    def callables(self) -> Iterator[Callable]:
        yield from self.functions
        for class_ in self.classes:
            yield from class_.methods
