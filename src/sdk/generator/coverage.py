# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reference page with the Python name of each function of the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from .markdown import Links, cell, table
from .model import Function, Model
from .text import dotted
from .view import View


def absence(function: Function, view: View) -> str:
    """The reason why Python cannot call a function of the SDK; empty if it can."""
    if function.name in view.omitted:
        return view.omitted[function.name]
    owners = (item.owner for item in view.callables() if item.owner and function in item.sdk)
    return "; ".join(view.unreachable[owner] for owner in owners if owner in view.unreachable)


def _where(function: Function, view: View, links: Links) -> str:
    """The names in Python of a function of the SDK."""
    paths = [item.path for item in view.callables() if function in item.sdk]
    if paths:
        easier = [links.name(name) for path in paths for name in view.easier.get(path, [])]
        where = ", ".join(links.name(path) for path in paths)
        return f"{where}; more convenient: {', '.join(easier)}" if easier else where
    class_ = next(class_ for class_ in view.classes if class_.free == function)
    return f"called when a {links.name(class_.name)} is deleted"


def emit(model: Model, view: View, links: Links) -> Iterator[str]:
    functions = sorted(model.functions.values(), key=lambda item: item.name)
    absent = {item.name: reason for item in functions if (reason := absence(item, view))}
    there = [function for function in functions if function.name not in absent]
    yield (
        f"Python can call {len(there)} of the {len(functions)} functions of the SDK. The module "
        "leaves out the functions that the running Orthanc lacks; the error for such a name says "
        "which version of Orthanc has it."
    )
    yield ""
    yield from table(
        ["function of the SDK", "since Orthanc", "in Python"],
        [[f"`{item.name}`", dotted(item.since), cell(_where(item, view, links))] for item in there],
    )
    yield "## Not in Python"
    yield ""
    yield from table(
        ["function of the SDK", "since Orthanc", "reason"],
        [
            [f"`{item.name}`", dotted(item.since), cell(absent[item.name])]
            for item in functions
            if item.name in absent
        ],
    )
