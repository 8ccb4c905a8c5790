# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from .conftest import Runtime


@pytest.fixture
def colour(runtime: Runtime) -> Any:
    create = runtime("enumerations").create
    return create("Colour", "Colours.", {"RED": 0, "GREEN": 7}, {"BLUE": "1.12.4"}, "1.10.1")


def test_members_are_plain_integers(colour: Any) -> None:
    assert (colour.RED, type(colour.GREEN), colour(7)) == (0, int, 7)
    assert (colour.__doc__, colour.__module__, bool(colour)) == ("Colours.", "orthanc", True)


def test_it_is_a_collection(colour: Any) -> None:
    assert (list(colour), len(colour)) == (["RED", "GREEN"], 2)
    assert 7 in colour and 1 not in colour
    names = [name for name in dir(colour) if not name.startswith("__")]
    assert sorted(names) == ["GREEN", "RED"]


def test_it_is_read_only(colour: Any) -> None:
    with pytest.raises(TypeError, match=r"immutable type 'orthanc\.Colour'"):
        colour.RED = 1
    with pytest.raises(TypeError, match="cannot delete 'RED'"):
        del colour.RED


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("BLUE", "orthanc.Colour.BLUE needs Orthanc 1.12.4 or later; this is Orthanc 1.10.1"),
        ("green", "type object 'orthanc.Colour' has no attribute 'green'. Did you mean: 'GREEN'?"),
        ("_x", "type object 'orthanc.Colour' has no attribute '_x'"),
    ],
)
def test_a_name_that_is_missing(colour: Any, name: str, message: str) -> None:
    with pytest.raises(AttributeError) as failure:
        getattr(colour, name)
    assert str(failure.value) == message
