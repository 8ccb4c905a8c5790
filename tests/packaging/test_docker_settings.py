# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Docker image merges files, variables and secrets as docs/how-to/docker.md says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import settings
import start
from pipeline import project

from orthanc_python.configuration_files import ConfigurationFiles

FOLDER = project.ROOT / "packaging" / "docker"


class Sources:
    """A folder of configuration files, and one of secrets."""

    def __init__(self, folder: Path) -> None:
        self.files, self.secrets = folder / "etc", folder / "secrets"
        self.files.mkdir()
        self.secrets.mkdir()

    def read(self, **environment: str) -> settings.Settings:
        return settings.read(self.files, environment, self.secrets)

    def values(self, **environment: str) -> dict[str, Any]:
        """The values that no default sets."""
        values = self.read(**environment).values
        return {name: value for name, value in values.items() if name not in settings.DEFAULTS}


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    monkeypatch.setattr(settings, "GENERATED", tmp_path / "generated")
    return Sources(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("ORTHANC__STABLE_AGE", "30", {"StableAge": 30}),
        ("ORTHANC__DICOM_WEB__ROOT", "/dicom-web/", {"DicomWeb": {"Root": "/dicom-web/"}}),
        ("ORTHANC__STORAGE_COMPRESSION", "true", {"StorageCompression": True}),
        ("ORTHANC__NAME", "true story", {"Name": "true story"}),
        ("ORTHANC__NAME", "", {"Name": ""}),
        ("ORTHANC__NAME", "NaN", {"Name": "NaN"}),
        ("ORTHANC__NAME", '"30"', {"Name": "30"}),
        ("ORTHANC__LUA_SCRIPTS", '["a.lua"]', {"LuaScripts": ["a.lua"]}),
        ("ORTHANC__ORTHANC_PEERS", '{"a": ["b"]}', {"OrthancPeers": {"a": ["b"]}}),
        ("ORTHANC__POSTGRESQL__ENABLE_SSL", "true", {"PostgreSQL": {"EnableSsl": True}}),
        ("ORTHANC__CASE_SENSITIVE_PN", "true", {"CaseSensitivePN": True}),
        ("ORTHANC__STORE_MD5_FOR_ATTACHMENTS", "false", {"StoreMD5ForAttachments": False}),
        ("ORTHANC__PYTHON__STOP_TIMEOUT", "5", {"Python": {"StopTimeout": 5}}),
        ("ORTHANC_JSON", '/* a */ {"Name": "b",}', {"Name": "b"}),
        ("ORTHANC_PASSWORD", "12345", {"RegisteredUsers": {"orthanc": "12345"}}),
        ("ORTHANC_NAME", "unknown", {}),
        ("MY_SECRET", "unknown", {}),
    ],
)
def test_each_variable_sets_its_option(
    sources: Sources, name: str, text: str, values: dict[str, Any]
) -> None:
    assert sources.values(**{name: text}) == values


def test_each_option_of_orthanc_has_a_variable(orthanc_executable: Path, tmp_path: Path) -> None:
    """Orthanc writes a file with all its options."""
    path = tmp_path / "all.json"
    subprocess.run([orthanc_executable, f"--config={path}"], check=True, capture_output=True)
    text = path.read_text(encoding="utf-8")
    options = re.findall(r'^  (?:// *)?"([A-Z]\w+)" :', text, re.MULTILINE)
    assert len(options) > 80
    for option in options:
        variable = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", option).upper()
        assert list(settings._value(f"ORTHANC__{variable}", "")) == [option]


def test_a_later_source_replaces_single_options(sources: Sources) -> None:
    def write(path: Path, number: int, *names: str) -> None:
        path.write_text(json.dumps({"Python": dict.fromkeys(names, number)}), encoding="utf-8")

    write(sources.files / "orthanc.json", 1, "A", "B", "C", "D", "E")
    write(sources.secrets / "x.secret.json", 2, "B", "C", "D", "E")
    (sources.secrets / "ORTHANC__PYTHON__E").write_text("5\n", encoding="utf-8")
    environment = {
        "ORTHANC__PYTHON__D": "4",
        "ORTHANC__PYTHON__E": "4",
        "ORTHANC_JSON": '{"Python": {"C": 3, "D": 3, "E": 3}}',
    }
    merged = sources.read(**environment)
    assert merged.values["Python"] == {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5}
    names = [Path(source).name for source in merged.sources]
    assert names == [
        *("orthanc.json", "x.secret.json", "ORTHANC_JSON", "ORTHANC__PYTHON__D"),
        *("ORTHANC__PYTHON__E", "ORTHANC__PYTHON__E"),
    ]


def test_a_variable_names_a_secret(sources: Sources, tmp_path: Path) -> None:
    (sources.secrets / "password.txt").write_text("42\n", encoding="utf-8")
    by_name = sources.values(ORTHANC_PASSWORD_SECRET="password.txt")
    assert by_name == {"RegisteredUsers": {"orthanc": "42"}}
    path = str(sources.secrets / "password.txt")
    assert sources.values(ORTHANC__X__Y_Z_SECRET=path) == {"X": {"YZ": 42}}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("ORTHANC_PASSWORD_SECRET", "missing", 'Give the service the secret "missing"'),
        ("ORTHANC_JSON", "{", "ORTHANC_JSON is not JSON: "),
        ("ORTHANC_JSON", "[]", "ORTHANC_JSON must hold a JSON object"),
        ("ORTHANC__", "1", "ORTHANC__ names no option"),
        ("ORTHANC__A____B", "1", "ORTHANC__A____B names no option"),
    ],
)
def test_mistakes_are_named(sources: Sources, name: str, text: str, said: str) -> None:
    with pytest.raises(settings.SettingError, match=re.escape(said)):
        sources.read(**{name: text})


def test_two_files_must_not_define_the_same_option(sources: Sources) -> None:
    for name in ("a.json", "b.json"):
        (sources.files / name).write_text('{"Name": "x"}', encoding="utf-8")
    with pytest.raises(settings.SettingError, match="'Name' is defined twice"):
        sources.read()


def test_the_page_shows_the_defaults(sources: Sources) -> None:
    page = (project.ROOT / "docs" / "how-to" / "docker.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert sources.read().values == json.loads(block)
    (sources.files / "mine.json").write_text('{"Plugins": []}', encoding="utf-8")
    assert sources.read().values == {**json.loads(block), "Plugins": []}


def test_orthanc_reads_the_same_values(sources: Sources) -> None:
    """Orthanc replaces ${NAME} in a file, but not in the values of other sources."""
    (sources.files / "mine.json").write_text('{"Name": "${A}", "B": "${A:-x}"}', encoding="utf-8")
    (sources.files / "script.py").touch()
    merged = sources.read(ORTHANC_PASSWORD='a"b\\c${HOME}$', A="of A")
    path = merged.write()
    again = ConfigurationFiles(path, {"HOME": "/root", "A": "changed"})
    assert (again.values, again.problems) == (merged.values, [])
    assert again.values["RegisteredUsers"]["orthanc"] == 'a"b\\c${HOME}$'
    assert (again.values["Name"], again.values["B"]) == ("of A", "of A")
    assert path.parent.stat().st_mode & 0o077 == 0
    assert (path.parent / "script.py").resolve() == sources.files / "script.py"
    assert merged.write() == path


def test_a_relative_storage_is_not_in_the_temporary_folder(sources: Sources) -> None:
    assert sources.values(ORTHANC__INDEX_DIRECTORY="db")["IndexDirectory"] == str(
        sources.files / "db"
    )


def test_wrong_types_are_refused(sources: Sources) -> None:
    merged = sources.read(ORTHANC__HTTP_PORT="http", ORTHANC_PASSWORD="long and secret")
    assert "The option HttpPort has the value 'http'" in start.check(merged)


@pytest.fixture
def orthanc(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Run the program with arguments; return those of Orthanc."""
    monkeypatch.setattr(start, "CONFIGURATION", str(sources.files))
    monkeypatch.setenv("ORTHANC_PASSWORD", "long and secret")
    monkeypatch.setenv("ORTHANC__STORAGE_DIRECTORY", str(sources.secrets))

    def run(*arguments: str) -> list[str]:
        started: list[list[str]] = []
        monkeypatch.setattr(sys, "argv", ["Orthanc", *arguments])
        monkeypatch.setattr(os, "execv", lambda path, given: started.append(given))
        start.main()
        return started[0]

    return run


def test_orthanc_starts_with_the_merged_configuration(
    orthanc: Callable[..., list[str]], sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = str(settings.GENERATED / "orthanc.json")
    monkeypatch.setenv("NO_JOBS", "true")
    assert orthanc("-v", f"{sources.files}/") == ["Orthanc", "--no-jobs", "-v", merged]
    assert orthanc("-v") == orthanc("-v", str(sources.files))
    assert orthanc("--version") == ["Orthanc", "--no-jobs", "--version"]


def test_orthanc_does_not_start_with_an_unchecked_configuration(
    orthanc: Callable[..., list[str]], sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in ([str(sources.files), "/mine.json"], ["--version", "/missing.json"]):
        with pytest.raises(SystemExit, match=r"Orthanc is not started: .*(one path|missing)"):
            orthanc(*arguments)
    monkeypatch.setenv("ORTHANC_PASSWORD", "")
    with pytest.raises(SystemExit, match='the password of the user "orthanc" is empty'):
        orthanc()


def test_options_of_the_command_line() -> None:
    given = {"VERBOSE_ENABLED": "true", "TRACE_ENABLED": "false", "NO_JOBS": "true"}
    assert settings.options(given) == ["--verbose", "--no-jobs"]
    assert settings.options({"LOGDIR": "/logs", "LOGFILE": ""}) == ["--logdir=/logs"]


def test_variables_without_effect_are_named() -> None:
    given = {
        "DICOM_WEB_PLUGIN_ENABLED": "true",
        "OHIF_PLUGIN_ENABLED": "false",
        "PYTHON_PLUGIN_ENABLED": "true",
        "ORTHANC__NAME": "x",
    }
    assert settings.without_effect(given) == ["DICOM_WEB_PLUGIN_ENABLED"]


def test_all_files_that_the_image_uses_exist() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", text, re.MULTILINE)
    assert copied and all((FOLDER / name).is_file() for line in copied for name in line.split())
    compose = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    mounted = re.findall(r"- (\./\S+?):", compose)
    assert mounted and all((FOLDER / name).exists() for name in mounted)
    storage = settings.DEFAULTS["StorageDirectory"]
    assert f"VOLUME {storage}\n" in text and f"storage:{storage}\n" in compose


def test_the_base_is_pinned() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    (base,) = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert re.fullmatch(r"debian:forky-slim@sha256:[0-9a-f]{64}", base)
