# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON documents of jobs.

Orthanc reads them on threads that catch no exception: a document that its JSON reader refuses would
end the process.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Orthanc's reader allows 1000 levels, and Orthanc adds some to the documents that it saves
_DEEPEST = 500
# Its reader refuses one of them without a second one; the others come from text that is not UTF-8
_HIGH_SURROGATES = re.compile("[\ud800-\udbff]")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_LONG_NUMBER = re.compile(r"\d{309}")  # beyond the range of floating point numbers


class Document(bytes):
    """A document that Orthanc can read."""


def encode(value: Any) -> Document:
    """The document for a dict, or for the JSON of an object.

    Raises TypeError or ValueError for values that Orthanc's JSON reader refuses.
    """
    if isinstance(value, Document):
        return value
    given = json.loads(value) if isinstance(value, (str, bytes, bytearray)) else value
    if not isinstance(given, dict):
        raise TypeError(f"Orthanc expects a dict or the JSON of an object, not {value!r}")
    text = json.dumps(given, allow_nan=False, ensure_ascii=False)
    _refuse_unreadable(text)
    return Document(_HIGH_SURROGATES.sub("\ufffd", text), "utf-8", "backslashreplace")


def pack(saved: dict[str, Any]) -> Document:
    """The document that keeps all values: a string, as Orthanc would change some of them."""
    return Document(json.dumps({"json": json.dumps(saved, allow_nan=False)}), "ascii")


def unpack(serialized: str | bytes) -> Any:
    """The reverse of `pack`, also for the documents of earlier versions."""
    saved = json.loads(serialized)
    return json.loads(saved["json"]) if "json" in saved else saved


def decode(serialized: str) -> tuple[str, str, bool]:
    """The saved data of a job: the script's part, then the fields of the native part."""
    saved = json.loads(serialized)
    own = saved.pop("PythonJob", {})
    return json.dumps(saved), own.get("Id", ""), own.get("PausedByPlugin", False)


def _refuse_unreadable(text: str) -> None:
    if text.count("[") + text.count("{") <= _DEEPEST and not _LONG_NUMBER.search(text):
        return
    bare = _STRINGS.sub("", text)
    if _LONG_NUMBER.search(bare):
        raise ValueError("the JSON of a job must not contain numbers beyond the range of a float")
    depth = 0
    for character in bare:
        depth += (character in "[{") - (character in "]}")
        if depth > _DEEPEST:
            raise ValueError(f"the JSON of a job must not have more than {_DEEPEST} levels")
