# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The expressions of GitHub's workflows: ${{ inputs.minimal && '--minimal' || '' }}."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_][\w.-]*|&&|\|\||==|!=|!|\(|\)|,)")
_WORDS = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "true": "True",
    "false": "False",
    "null": "None",
}
_FUNCTIONS = {
    "fromJSON": json.loads,
    "always": lambda: True,
    "success": lambda: True,
    "failure": lambda: False,
    "cancelled": lambda: False,
}


def evaluate(value: Any, context: Mapping[str, Any]) -> Any:
    """A value of a workflow with all of its expressions replaced by their results."""
    if isinstance(value, dict):
        return {key: evaluate(part, context) for key, part in value.items()}
    if isinstance(value, list):
        return [evaluate(part, context) for part in value]
    if not isinstance(value, str):
        return value
    whole = _EXPRESSION.fullmatch(value.strip())
    if whole:
        return expression(whole[1], context)
    return _EXPRESSION.sub(lambda found: text(expression(found[1], context)), value)


def expression(source: str, context: Mapping[str, Any]) -> Any:
    """The result of an expression."""
    python, position = [], 0
    source = source.strip()
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None:
            raise ValueError(
                f"The rehearsal does not understand {source[position:].strip()!r}: {source}"
            )
        position = token.end()
        python.append(_python(token[1], source[position:].lstrip().startswith("(")))
    names = {**_FUNCTIONS, "look_up": lambda name: look_up(name, context)}
    return eval(" ".join(python), {"__builtins__": {}}, names)


def _python(token: str, is_function: bool) -> str:
    if token.startswith("'"):
        return repr(token[1:-1].replace("''", "'"))
    if token in _WORDS:
        return _WORDS[token]
    if re.match(r"[A-Za-z_]", token) and not is_function:
        return f"look_up({token!r})"
    return token


def look_up(name: str, context: Mapping[str, Any]) -> Any:
    """The value of a name such as needs.matrix.outputs.build; "" if there is none."""
    value: Any = context
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return value


def text(value: Any) -> str:
    """A value as GitHub inserts it into a text."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
