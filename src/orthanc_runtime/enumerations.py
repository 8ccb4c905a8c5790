# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The enumerations: classes whose attributes are plain integers.

Scripts compare, print, pickle and serialize these values as integers, and find names by iterating
over the attributes: an attribute that does not begin with two underscores is a member. An
`enum.IntEnum` prints differently in each version of Python and has more attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .errors import did_you_mean, unknown_name


class EnumerationType(type):
    """The type of the enumerations: read-only, iterable over the names of the members."""

    __members__: Mapping[str, int]
    __missing__: Mapping[str, str]

    def __call__(cls, value: int = 0, /) -> int:
        """The value itself: release 7.1 accepts such calls, too."""
        return value

    def __setattr__(cls, name: str, value: object) -> None:
        raise TypeError(f"cannot set {name!r} attribute of immutable type 'orthanc.{cls.__name__}'")

    def __delattr__(cls, name: str) -> None:
        raise TypeError(f"cannot delete {name!r} of immutable type 'orthanc.{cls.__name__}'")

    def __getattr__(cls, name: str) -> int:
        message = cls.__missing__.get(name)
        if message is None:
            message = f"type object 'orthanc.{cls.__name__}' has no attribute {name!r}"
            if not name.startswith("_"):
                message += did_you_mean(name, cls.__members__)
        raise unknown_name(message)

    def __iter__(cls) -> Iterator[str]:
        return iter(cls.__members__)

    def __len__(cls) -> int:
        return len(cls.__members__)

    def __contains__(cls, value: object) -> bool:
        return value in cls.__members__.values()

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

    `missing` maps each member that the running Orthanc lacks to the release that adds it.
    """
    namespace: dict[str, object] = dict(members)
    namespace.update(
        __slots__=(),
        __module__="orthanc",
        __doc__=documentation or None,
        __members__=dict(members),
        __missing__={
            member: f"orthanc.{name}.{member} needs Orthanc {since} or later; "
            f"this is Orthanc {version}"
            for member, since in missing.items()
        },
    )
    return EnumerationType(name, (), namespace)
