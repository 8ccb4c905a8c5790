# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The enumerations: classes whose attributes are plain integers.

Scripts compare, print, pickle and serialize these values as integers, and find names by looking
through the attributes that do not start with an underscore. An `enum.IntEnum` prints differently in
each version of Python and has more attributes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


class EnumerationType(type):
    """The type of the enumerations: read-only, iterable over the names of the members."""

    _values: Mapping[str, int]
    _missing: Mapping[str, str]
    _version: str

    def __setattr__(cls, name: str, value: object) -> None:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'orthanc.{cls.__name__}'")

    def __delattr__(cls, name: str) -> None:
        raise TypeError(f"cannot delete {name!r} of immutable type 'orthanc.{cls.__name__}'")

    def __getattr__(cls, name: str) -> int:
        explanation = f"type object 'orthanc.{cls.__name__}' has no attribute {name!r}"
        if name in cls._missing:
            explanation = (
                f"orthanc.{cls.__name__}.{name} needs Orthanc {cls._missing[name]} or later; "
                f"this is Orthanc {cls._version}"
            )
        raise AttributeError(explanation)

    def __iter__(cls) -> Iterator[str]:
        return iter(cls._values)

    def __len__(cls) -> int:
        return len(cls._values)

    def __contains__(cls, value: object) -> bool:
        return value in cls._values.values()

    def __repr__(cls) -> str:
        return f"<enumeration 'orthanc.{cls.__name__}'>"

    def __bool__(cls) -> bool:
        return True


def create(
    name: str,
    documentation: str,
    members: Mapping[str, int],
    missing: Mapping[str, str],
    version: str,
) -> type:
    """One enumeration of Orthanc's SDK as a class of the module.

    `missing` maps the members that the running Orthanc lacks to the release that brings them.
    """
    namespace: dict[str, Any] = dict(members)
    namespace.update(
        __slots__=(),
        __module__="orthanc",
        __doc__=documentation or None,
        _values=dict(members),
        _missing=missing,
        _version=version,
    )
    return EnumerationType(name, (), namespace)
