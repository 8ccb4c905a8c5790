# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read Orthanc's configuration files, and write the lines that load the plugin."""

from __future__ import annotations

import json
import os
import re
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

# The options that Orthanc reads relative to the folder of the configuration file. All others
# (DicomTls*, PythonScript, the folders of plugins) are relative to its current directory.
_PATHS = (
    "StorageDirectory",
    "IndexDirectory",
    "TemporaryDirectory",
    "SslCertificate",
    "SslTrustedClientCertificates",
    "HttpsCACertificates",
)
_LISTS_OF_PATHS = ("Plugins", "LuaScripts")
_PATHS_WITH_DEFAULT = {
    "SslCertificate": ("SslEnabled", "certificate.pem"),
    "SslTrustedClientCertificates": ("SslVerifyPeers", "trustedCertificates.pem"),
}

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])', re.DOTALL)
_VARIABLE = re.compile(r"\$\{([^}:]+)(?::-([^}]*))?\}")


class ConfigurationError(Exception):
    """The configuration cannot be read; the text says which file, where and why."""


def without_comments(text: str) -> str:
    """Plain JSON from what Orthanc accepts: // and /* */ comments, a comma after the last item.

    Everything keeps its line and column, so that the position in an error is right.
    """

    def blank(match: re.Match[str]) -> str:
        token = match[0]
        return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)

    return _COMMA.sub(blank, _TOKEN.sub(blank, text))


def read_configuration(path: Path) -> dict[str, Any]:
    """Read a file, or a folder of *.json files as Orthanc does; its paths become absolute."""
    path = path.absolute()
    try:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        texts = {file: file.read_text(encoding="utf-8-sig") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"Cannot read the configuration {path}: {error}") from None
    if not texts:
        raise ConfigurationError(f"There is no *.json file in the folder {path}")
    result: dict[str, Any] = {}
    for file, text in texts.items():
        for key, value in _parse(file, text).items():
            if key in result:
                raise ConfigurationError(f"{key!r} is set by two files of {path}; one is {file}")
            result[key] = value
    _make_absolute(result, path if path.is_dir() else path.parent)
    return result


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(without_comments(text))
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{file} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"{file} must hold a JSON object, {{...}}")
    return value


def _make_absolute(config: dict[str, Any], folder: Path) -> None:
    for key, (condition, default) in _PATHS_WITH_DEFAULT.items():
        if config.get(condition) is True:
            config.setdefault(key, default)
    for key in _PATHS:
        if isinstance(config.get(key), str) and config[key]:
            config[key] = _absolute(config[key], folder)
    for key in _LISTS_OF_PATHS:
        if isinstance(config.get(key), str):  # Orthanc takes a string for a list of one
            config[key] = [config[key]]
        if isinstance(config.get(key), list):
            config[key] = [_absolute(str(item), folder) for item in config[key]]


def _absolute(value: str, folder: Path) -> str:
    # Orthanc replaces ${VARIABLE} and ${VARIABLE:-default} before it looks at the path.
    value = _VARIABLE.sub(lambda match: os.environ.get(match[1], match[2] or ""), value)
    return str(folder / value)


def ca_certificates() -> str:
    """The certificates that HTTPS requests of scripts are checked with.

    Orthanc has no default; those of the system may hold the one of a hospital's proxy.
    """
    places = (
        ssl.get_default_verify_paths().cafile,
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    )
    return next(
        (place for place in places if place and Path(place).is_file()), DEFAULT_CA_BUNDLE_PATH
    )


def python_section(config: Mapping[str, Any], library: Path | None = None) -> dict[str, Any]:
    """The "Python" section of `config`, completed with the interpreter that runs this code."""
    section = config.get("Python", {})
    if not isinstance(section, dict):
        raise ConfigurationError('"Python" must be a JSON object in the configuration')
    section = dict(section)
    if not {"Library", "Executable", "VirtualEnv"} & section.keys():
        section["Executable"] = sys.executable
        if library is not None:
            section["Library"] = str(library)
    return section


def snippet(library: Path, script: Path | None, python: Mapping[str, Any]) -> dict[str, Any]:
    """What has to stand in orthanc.json to load the plugin."""
    result: dict[str, Any] = {"Plugins": [str(library)]}
    if script is not None:
        result["PythonScript"] = str(script.absolute())
    if python:
        result["Python"] = dict(python)
    return result
