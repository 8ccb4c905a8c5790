# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files of Orthanc's configuration, read as Orthanc reads them.

A folder stands for its *.json files, which must not share a key. ${VARIABLE} is replaced in the
text, before it is parsed. Comments and a comma after the last item are accepted.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_STRING = r'"(?:\\.|[^"\\])*"'
_TOKEN = re.compile(f"{_STRING}|{_COMMENT}", re.DOTALL)
_COMMA = re.compile(_STRING + r"|,(?=\s*[}\]])", re.DOTALL)
_VARIABLE = re.compile(r"\$\{([^:}]*)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class Problem:
    """A problem in the configuration, and its remedy."""

    found: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.found}\n{self.remedy}" if self.remedy else self.found


class ConfigurationError(Exception):
    """The configuration cannot be used; the text names the file, place, reason and remedy."""


class _Unusable(Exception):
    def __init__(self, found: str, remedy: str = "") -> None:
        self.problem = Problem(found, remedy)


class ConfigurationFiles:
    """The files, their merged content, and all problems in them."""

    def __init__(self, path: Path, environment: Mapping[str, str] = os.environ) -> None:
        """Read the file or folder."""
        self.path = path.absolute()
        self.values: dict[str, Any] = {}
        self.sources: dict[str, Path] = {}
        self.problems: list[Problem] = []  # Orthanc refuses to start
        self.doubts: list[Problem] = []  # Orthanc starts
        self.empty: list[str] = []  # variables that are not set or empty
        self._environment = environment
        try:
            self.files = _files(self.path)
        except _Unusable as error:
            self.files = []
            self.problems.append(error.problem)
        for file in self.files:
            try:
                self._add(file)
            except _Unusable as error:
                self.problems.append(error.problem)

    @property
    def folder(self) -> Path:
        """The base folder of relative paths in the configuration."""
        return self.path if self.path.is_dir() else self.path.parent

    def _add(self, file: Path) -> None:
        repeated: list[str] = []
        text = self._decode(file, _read(file))
        content = _parse(file, self._substitute(file, text), repeated)
        for key in dict.fromkeys(repeated):
            found = f"{key!r} is defined twice in {file}; Orthanc takes the last one"
            self.doubts.append(Problem(found, "Delete one of the two."))
        for key, value in content.items():
            if key in self.sources:
                found = f"{key!r} is defined twice: in {self.sources[key]} and in {file}"
                self.problems.append(Problem(found, _remedy_of_twice(file, self.sources[key])))
            else:
                self.values[key], self.sources[key] = value, file

    def _decode(self, file: Path, content: bytes) -> str:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            found = f"{file} is not UTF-8: line {line}; Orthanc replaces the characters"
            self.doubts.append(Problem(found, "Save it as UTF-8."))
            return content.decode("utf-8-sig", "replace")

    def _substitute(self, file: Path, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name, default = match[1], match[2]
            if not name:
                raise _Unusable(f"{file} holds {match[0]}, a variable without a name")
            known = self._environment.get(name, default)
            if not known and (name in self._environment or default is None):
                self.empty.append(name)
            if name in self._environment or default is None:
                return known or ""
            quoted = len(default) > 1 and default[0] == default[-1] and default[0] in "\"'"
            return default[1:-1] if quoted else default

        return _VARIABLE.sub(value, text)


def _remedy_of_twice(*files: Path) -> str:
    for file in files:
        if file.name == "python.json":
            return (
                f"{file} belongs to the package orthanc-python. Delete it: "
                "`apt-get purge orthanc-python`, or move it away."
            )
    return "Delete one of the two: Orthanc does not merge them."


def _files(path: Path) -> list[Path]:
    try:
        path.stat()
        if not path.is_dir():
            return [path]
        files = [file for file in path.iterdir() if file.suffix.lower() == ".json"]
        files = sorted(file for file in files if file.is_file())
    except FileNotFoundError:
        found = f"Cannot read the configuration {path}: No such file or directory"
        raise _Unusable(found, "Correct the path.") from None
    except OSError as error:
        raise _Unusable(f"Cannot read the configuration {path}: {error.strerror}") from None
    if not files:
        raise _Unusable(f"There is no *.json file in the folder {path}")
    return files


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        found = f"Cannot read the configuration {file}: {error.strerror}"
        remedy = "Give this account the right to read it, or use the account of the service."
        raise _Unusable(found, remedy) from None


def without_comments(text: str) -> str:
    """Blank out the comments (// and /* */) and trailing commas that Orthanc accepts.

    The other text keeps its line and column, so that the position in an error is right.
    """

    def blank(match: re.Match[str]) -> str:
        token = match[0]
        return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)

    return _COMMA.sub(blank, _TOKEN.sub(blank, text))


def _parse(file: Path, text: str, repeated: list[str]) -> dict[str, Any]:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                repeated.append(key)
            result[key] = value
        return result

    def refuse(constant: str) -> NoReturn:
        raise _Unusable(f"{file} is not JSON: {constant} is not a number for Orthanc")

    decoder = json.JSONDecoder(object_pairs_hook=members, parse_constant=refuse)
    plain = without_comments(text)
    try:
        value, _ = decoder.raw_decode(plain, len(plain) - len(plain.lstrip()))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _Unusable(f"{file} is not JSON: {place}: {error.msg}") from None
    except RecursionError:
        raise _Unusable(
            f"{file} is not JSON that Orthanc can read: it is nested too deep"
        ) from None
    if not isinstance(value, dict):
        raise _Unusable(f"{file} must hold a JSON object, {{...}}")
    return value
