# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names that a worker cannot import: the function that uses one raises the reason."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Runtime


class Reduced:
    """An object whose pickle is a call."""

    def __init__(self, function: Callable[..., object], *values: object) -> None:
        self._call = function, values

    def __reduce__(self) -> Any:
        return self._call


class Kind:
    """Like an enumeration, whose pickles differ between the versions of Python."""

    ONE = 1

    def method(self) -> None:
        """The pickle of a bound method has the name of the method."""


@pytest.fixture
def unpickle(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], Any]:
    module = runtime("worker_import")

    def load(value: object) -> Any:
        data = pickle.dumps(value)
        with monkeypatch.context() as patch:
            patch.delattr(f"{__name__}.Kind")
            return module.loads(data)

    return load


@pytest.mark.parametrize(
    "value",
    [
        Kind,
        Reduced(Kind),
        Reduced(getattr, Kind, "ONE"),
        Reduced(getattr, Reduced(getattr, Kind, "ONE"), "name"),
        Kind().method,
    ],
)
def test_a_missing_name_raises_its_reason_when_it_is_used(
    unpickle: Callable[[object], Any], value: object
) -> None:
    loaded = unpickle([value])[0]
    reason = "A worker process cannot import Kind from"
    with pytest.raises(ImportError, match=reason):
        loaded()
    with pytest.raises(ImportError, match=reason):
        _ = loaded.value
