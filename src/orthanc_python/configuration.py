# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read Orthanc's configuration files, and write the lines that load the plugin."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .configuration_files import ConfigurationError, ConfigurationFiles
from .configuration_types import wrong_types

__all__ = [
    "ConfigurationError",
    "ca_certificates",
    "make_absolute",
    "python_section",
    "read_configuration",
    "script_files",
    "scripts_of",
    "set_scripts",
    "snippet",
]

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


def read_configuration(path: Path) -> dict[str, Any]:
    """Read a file, or a folder of *.json files as Orthanc does; its paths become absolute."""
    files = ConfigurationFiles(path)
    problems = files.problems or wrong_types(files.values)
    if problems:
        raise ConfigurationError("\n".join(map(str, problems)))
    make_absolute(files.values, files.folder)
    return files.values


def make_absolute(config: dict[str, Any], folder: Path) -> None:
    """Make the paths absolute, so that the configuration can be copied to another folder."""
    for key, (condition, default) in _PATHS_WITH_DEFAULT.items():
        if config.get(condition) is True:
            config.setdefault(key, default)
    for key in _PATHS:
        if isinstance(config.get(key), str) and config[key]:
            config[key] = str(folder / config[key])
    for key in _LISTS_OF_PATHS:
        if isinstance(config.get(key), list):
            config[key] = [str(folder / item) for item in config[key]]


def ca_certificates() -> str:
    """The certificate authorities for HTTPS requests of scripts.

    Orthanc has no default. The system's file may include the authority of a hospital's proxy.
    """
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # imported late because it is slow

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


def set_scripts(config: dict[str, Any], scripts: Sequence[Path]) -> None:
    """Replace the scripts in `config`: one file goes to PythonScript, several to Python.Scripts."""
    config.pop("PythonScript", None)
    python = {k: v for k, v in config.pop("Python", {}).items() if k not in ("Path", "Scripts")}
    paths = [str(script.absolute()) for script in scripts]
    if len(scripts) == 1 and not scripts[0].is_dir():
        config["PythonScript"] = paths[0]
    elif scripts:
        python["Scripts"] = paths
    if python:
        config["Python"] = python


def scripts_of(config: Mapping[str, Any]) -> list[str]:
    """The scripts and folders of scripts that `config` names."""
    python = config.get("Python", {})
    first = config.get("PythonScript", python.get("Path"))
    return [*([first] if first else []), *python.get("Scripts", [])]


def script_files(script: Path) -> list[Path]:
    """The files of an entry of Python.Scripts that the plugin imports."""
    if not script.is_dir():
        return [script]
    if (script / "__init__.py").exists():
        return [script / "__init__.py"]
    return sorted(file for file in script.glob("*.py") if not file.name.startswith(("_", ".")))


def snippet(library: Path, scripts: Sequence[Path], python: Mapping[str, Any]) -> dict[str, Any]:
    """The options for orthanc.json that load the plugin."""
    result: dict[str, Any] = {"Plugins": [str(library)], "Python": dict(python)}
    set_scripts(result, scripts)
    return result
