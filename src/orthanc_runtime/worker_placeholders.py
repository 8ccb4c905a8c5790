# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Placeholders, in a worker process, for objects that exist in the process of Orthanc only.

A worker imports the script to find the functions that it is to call. Placeholders replace the pools
and objects of the SDK that the script makes during the import. The import stops, without an error,
where it needs the value of a placeholder: functions defined before that line can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, NoReturn

# For each module whose import has stopped: why names may be missing in it
partial_modules: dict[str, str] = {}


class ImportStopped(BaseException):
    """Ends the import of a module of the script in a worker; `args[0]` is the missing object."""


def importing() -> bool:
    """Whether this thread is importing a module."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def refuse(name: str) -> NoReturn:
    """End the import that needs the object; a function that is called later gets an error."""
    if importing():
        raise ImportStopped(name)
    raise RuntimeError(
        f"{name} exists in the process of Orthanc only; this is a worker process. Call it in "
        "the process of Orthanc, or use orthanc.rest"
    )


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


class Placeholder:
    """Stands for an object. Calling it and its attributes gives further placeholders."""

    def __init__(self, name: str) -> None:
        vars(self)["_placeholder_name"] = name

    def __call__(self, *arguments: object, **keywords: object) -> Placeholder:  # noqa: D102
        return self._derive("()")

    def __getattr__(self, name: str) -> Placeholder:
        if _is_special(name):
            raise AttributeError(name)
        return self._derive(f".{name}")

    def _derive(self, suffix: str) -> Placeholder:
        name = self._placeholder_name + suffix  # type: ignore[operator]
        if not importing():
            refuse(name)
        return Placeholder(name)

    def __enter__(self) -> Placeholder:
        return self._derive("")

    def __exit__(self, *exception: object) -> None:
        pass

    def __repr__(self) -> str:
        return f"<{self._placeholder_name} of the process of Orthanc>"


def _use(self: Any, *operands: object) -> NoReturn:
    refuse(self._placeholder_name)


_USES = """
await iter next aiter anext len reversed contains getitem setitem delitem bool int float complex
index round eq ne lt le gt ge neg pos abs invert add radd sub rsub mul rmul matmul rmatmul truediv
rtruediv floordiv rfloordiv mod rmod pow rpow and rand or ror xor rxor reduce_ex
"""
for _name in _USES.split():
    setattr(Placeholder, f"__{_name}__", _use)
setattr(Placeholder, "__hash__", object.__hash__)  # noqa: B010  (mypy: it has __eq__)


class _PlaceholderType(type):
    """The type of placeholders for classes of the SDK: usable in annotations only."""

    def __call__(cls, *arguments: object, **keywords: object) -> Any:
        return Placeholder(cls._path())(*arguments, **keywords)

    def __getattr__(cls, name: str) -> Any:
        return getattr(Placeholder(cls._path()), name)

    def _path(cls) -> str:
        return f"{cls.__module__}.{cls.__qualname__}"


def placeholder_class(name: str) -> type:
    """A class that stands for `orthanc.name`."""
    return _PlaceholderType(name, (), {"__module__": "orthanc"})


def keep_partial(module: ModuleType, stopped: ImportStopped) -> None:
    """Keep a module whose import has stopped, and explain names that it does not define yet."""
    line = 0
    trace = stopped.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is vars(module):
            line = trace.tb_lineno
            break  # the outermost frame: a statement at the top level of the module
        trace = trace.tb_next
    name = module.__name__
    reason = partial_modules[name] = (
        f"the import of {name} ends at line {line} in a worker process: that line needs {stopped} "
        "of the process of Orthanc. Move the functions for workers above it, or to another module"
    )

    def explain(attribute: str) -> NoReturn:
        if not _is_special(attribute) and importing():
            raise ImportStopped(f"{name}.{attribute}")
        raise AttributeError(f"module {name!r} has no attribute {attribute!r}: {reason}")

    vars(module).setdefault("__getattr__", explain)
