# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Virtual folders in the WebDAV server of Orthanc, backed by an object of the script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from inspect import isgeneratorfunction
from types import ModuleType
from typing import Any, NamedTuple, Union

from .coroutine_callbacks import refuse_coroutine


# Not data classes: their defaults would be integer attributes of the class. Scripts that iterate
# over the module would take such a class for an enumeration.
class WebDavFile(NamedTuple):
    """A file in the list of a WebDAV folder.

    `size` is in bytes. Without `mime_type`, Orthanc uses the extension of the name. `modified`
    is by default the current time; without a time zone, it is local time.
    """

    name: str
    size: int = 0
    mime_type: str = ""
    modified: datetime | None = None


class WebDavFolder(NamedTuple):
    """A folder in the list of a WebDAV folder."""

    name: str
    modified: datetime | None = None


WebDavFile.__module__ = WebDavFolder.__module__ = "orthanc"


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers."""
    return {"WebDavFile": WebDavFile, "WebDavFolder": WebDavFolder}


Item = Union[WebDavFile, WebDavFolder]


def _iso(time: datetime | None) -> str:
    return (time or datetime.now(timezone.utc)).astimezone(timezone.utc).strftime("%Y%m%dT%H%M%S")


_METHODS = (
    "is_folder",
    "list_folder",
    "retrieve_file",
    "store_file",
    "create_folder",
    "delete_item",
)


class Collection:
    """Called by the native part: the object of the script, with defaults and checks."""

    def __init__(self, handler: Any):
        for name in ("list_folder", "retrieve_file"):
            if not callable(getattr(handler, name, None)):
                raise TypeError(f"A WebDAV collection needs a method {name}(path)")
        for name in _METHODS:
            refuse_coroutine(getattr(handler, name, None), f"RegisterWebDavCollection(): {name}()")
        self._handler = handler
        self._is_folder: Callable[[Sequence[str]], object] | None = getattr(
            handler, "is_folder", None
        )
        if self._is_folder is None and isgeneratorfunction(handler.list_folder):
            # a generator cannot tell an empty folder from a missing one
            raise TypeError(
                "A WebDAV collection whose list_folder(path) is a generator needs a method "
                "is_folder(path)"
            )

    def exists(self, path: Sequence[str]) -> bool:
        """Whether there is such a folder."""
        if self._is_folder is not None:
            return bool(self._is_folder(path))
        return self._handler.list_folder(path) is not None

    def list(self, path: Sequence[str]) -> list[tuple[bool, str, int, str, str]] | None:
        """Per item: whether it is a file, name, size, MIME type, time. None: no such folder."""
        if self._is_folder is not None and not self._is_folder(path):
            return None
        items = self._handler.list_folder(path)
        if items is None:
            return None
        return [self._row(item) for item in items]

    def _row(self, item: Item) -> tuple[bool, str, int, str, str]:
        if isinstance(item, WebDavFile):
            return True, item.name, item.size, item.mime_type, _iso(item.modified)
        if isinstance(item, WebDavFolder):
            return False, item.name, 0, "", _iso(item.modified)
        raise TypeError(
            "list_folder() must give orthanc.WebDavFile and orthanc.WebDavFolder objects, "
            f"not {type(item).__name__}"
        )

    def retrieve(self, path: Sequence[str]) -> tuple[Any, str, str] | None:
        """Content, MIME type and time of a file; None if there is no such file."""
        found = self._handler.retrieve_file(path)
        if found is None:
            return None
        if not isinstance(found, tuple):
            found = (found,)
        content, mime_type, modified = (*found, "", None)[:3]
        return content, mime_type or "", _iso(modified)

    def store(self, path: Sequence[str], data: bytes) -> bool:
        """Store a file. False if this is not allowed, as for `create` and `delete`."""
        return self._change("store_file", path, data)

    def create(self, path: Sequence[str]) -> bool:
        """Make a folder."""
        return self._change("create_folder", path)

    def delete(self, path: Sequence[str]) -> bool:
        """Delete a file or a folder."""
        return self._change("delete_item", path)

    def _change(self, name: str, *arguments: Any) -> bool:
        method: Callable[..., object] | None = getattr(self._handler, name, None)
        return method is not None and method(*arguments) is not False
