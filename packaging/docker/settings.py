# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The configuration of the image: files, variables and secrets as in orthancteam/orthanc.

A later source replaces an earlier one: files, secrets that are files, variables, other secrets.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from orthanc_python.configuration_files import ConfigurationFiles, without_comments

SECRETS = Path("/run/secrets")
GENERATED = Path(tempfile.gettempdir()) / "orthanc-configuration"
SCRIPT = "/scripts/main.py"
DEFAULTS: dict[str, Any] = {
    "StorageDirectory": "/var/lib/orthanc/db",
    "RemoteAccessAllowed": True,
    "AuthenticationEnabled": True,
    "HttpsCACertificates": "/etc/ssl/certs/ca-certificates.crt",
    "Plugins": ["/usr/share/orthanc/plugins", "/usr/local/share/orthanc/plugins"],
}

# Names that do not follow the rule for variables
_IRREGULAR = {
    name.lower(): name
    for name in (
        "CaseSensitivePN",
        "HttpsCACertificates",
        "IsDefaultOrthancUI",
        "MySQL",
        "OHIF",
        "PostgreSQL",
        "RouterBasename",
        "SslCACertificates",
        "StoreMD5ForAttachments",
    )
}
_SWITCHES = {"TRACE_ENABLED": "--trace", "VERBOSE_ENABLED": "--verbose", "NO_JOBS": "--no-jobs"}
_WITHOUT_EFFECT = re.compile(
    r"(?!PYTHON_)[A-Z0-9_]+_PLUGIN_ENABLED|ORTHANC_EXPLORER_2_ENABLED"
    r"|BEFORE_ORTHANC_STARTUP_SCRIPT|FORCE_HOST_ID"
)


class SettingError(Exception):
    """A variable or secret cannot be used; the text names it, the reason and the remedy."""


@dataclass
class Settings:
    """The merged configuration."""

    folder: Path  # the base of relative paths
    values: dict[str, Any] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)  # variables that are not set

    def add(self, source: str, values: Mapping[str, Any]) -> None:
        """Merge the values; they replace earlier ones."""
        _merge(self.values, values)
        self.sources.append(source)

    def add_files(self, path: Path, environment: Mapping[str, str]) -> None:
        """Merge the file, or the files of the folder; the image's own folder may be empty."""
        if path.is_dir() and not any(file.suffix.lower() == ".json" for file in path.iterdir()):
            return
        files = ConfigurationFiles(path, environment)
        if files.problems:
            raise SettingError("\n".join(map(str, files.problems)))
        self.empty += files.empty
        for source in files.files:
            self.sources.append(str(source))
        _merge(self.values, files.values)

    def write(self) -> Path:
        """Write the configuration to a file that only this account can read.

        Relative paths are relative to the folder of the file: link what the original folder has.
        """
        shutil.rmtree(GENERATED, ignore_errors=True)
        GENERATED.mkdir(mode=0o700)
        for entry in self.folder.iterdir():
            if entry.suffix.lower() != ".json":
                (GENERATED / entry.name).symlink_to(entry)
        path = GENERATED / "orthanc.json"
        # Orthanc would replace ${NAME} in a value once more
        text = json.dumps(self.values, indent=2).replace("$", "\\u0024")
        path.write_text(text, encoding="ascii")
        return path


def read(
    path: Path, environment: Mapping[str, str] = os.environ, secrets: Path = SECRETS
) -> Settings:
    """The configuration for the file or folder that Orthanc would read."""
    settings = Settings((path if path.is_dir() else path.parent).absolute())
    settings.add_files(path, environment)
    if any(secrets.glob("*.json")):
        settings.add_files(secrets, environment)
    for source, name, text in _named(environment, secrets):
        settings.add(source, _value(name, text))
    for name, value in DEFAULTS.items():
        settings.values.setdefault(name, value)
    if os.path.exists(SCRIPT):
        settings.values.setdefault("PythonScript", SCRIPT)
    for name in ("StorageDirectory", "IndexDirectory"):
        if isinstance(settings.values.get(name), str):
            settings.values[name] = str(settings.folder / settings.values[name])
    return settings


def options(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The options of the command line for the variables."""
    switches = [option for name, option in _SWITCHES.items() if environment.get(name) == "true"]
    logs = [name for name in ("LOGDIR", "LOGFILE") if environment.get(name)]
    return switches + [f"--{name.lower()}={environment[name]}" for name in logs]


def without_effect(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The variables of orthancteam/orthanc that this image does not have."""
    found = filter(_WITHOUT_EFFECT.fullmatch, environment)
    return sorted(name for name in found if environment[name] != "false")


def _named(environment: Mapping[str, str], secrets: Path) -> Iterator[tuple[str, str, str]]:
    """Source, name and text of each variable, then of each secret.

    The order of names merges ORTHANC_JSON first, and a section before its options.
    """
    names = sorted(environment)
    for name in filter(_is_setting, names):
        yield name, name, environment[name]
    for name in names:
        meant = name[: -len("_SECRET")]
        if name.endswith("_SECRET") and _is_setting(meant):
            yield name, meant, _secret(name, secrets / environment[name])
    for file in sorted(secrets.glob("*")):
        if _is_setting(file.name):
            yield str(file), file.name, _secret(file.name, file)


def _is_setting(name: str) -> bool:
    variable = name in ("ORTHANC_JSON", "ORTHANC_PASSWORD") or name.startswith("ORTHANC__")
    return variable and not name.endswith("_SECRET")


def _secret(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        remedy = f'Give the service the secret "{file.name}", or correct {name}.'
        raise SettingError(f"Cannot read the secret {file} of {name}: {reason}\n{remedy}") from None


def _value(name: str, text: str) -> dict[str, Any]:
    if name == "ORTHANC_JSON":
        return _json_object(name, text)
    if name == "ORTHANC_PASSWORD":
        return {"RegisteredUsers": {"orthanc": text}}
    value: Any = _typed(text)
    for word in reversed(name[len("ORTHANC__") :].split("__")):
        if not word:
            raise SettingError(f"{name} names no option\nAn example: ORTHANC__HTTP_PORT")
        value = {_option(word): value}
    return dict(value)


def _option(word: str) -> str:
    """The option of a part of a variable's name: STABLE_AGE is StableAge."""
    irregular = _IRREGULAR.get(word.replace("_", "").lower())
    return irregular or "".join(part[:1] + part[1:].lower() for part in word.split("_"))


def _typed(text: str) -> Any:
    """Numbers, booleans, lists and objects are JSON; all other text is a string."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _json_object(name: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(without_comments(text), parse_constant=_refuse)
    except ValueError as error:
        raise SettingError(f"{name} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise SettingError(f"{name} must hold a JSON object, {{...}}")
    return value


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
