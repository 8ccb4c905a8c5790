# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from orthanc_python.configuration import (
    ConfigurationError,
    ca_certificates,
    python_section,
    read_configuration,
    snippet,
    without_comments,
)

COMMENTED = """\
// the first line
{
  /* a block
     of two lines */
  "Name": "http://host/ /* not a comment */", // the name
  "Quoted": "a \\" // b",
  "List": [1, 2, /* last */ ], // a comma too many
}
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_comments() -> None:
    assert json.loads(without_comments(COMMENTED)) == {
        "Name": "http://host/ /* not a comment */",
        "Quoted": 'a " // b',
        "List": [1, 2],
    }


def test_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path / "orthanc.json", '\ufeff{"Name": "é"}')
    assert read_configuration(path) == {"Name": "é"}


def test_positions_survive_comments(tmp_path: Path) -> None:
    path = write(tmp_path / "orthanc.json", '/* 1\n2 */ {\n  "Name": oops\n}')
    with pytest.raises(ConfigurationError, match=f"{path} is not JSON: line 3, column 11"):
        read_configuration(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "nonsense"])
def test_not_a_configuration(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "orthanc.json", text)
    with pytest.raises(ConfigurationError, match=str(path)):
        read_configuration(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_configuration(tmp_path / "orthanc.json")


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "orthanc.json").write_bytes(b'{"Name": "\xff"}')
    with pytest.raises(ConfigurationError, match=r"orthanc\.json"):
        read_configuration(tmp_path / "orthanc.json")


def test_folder(tmp_path: Path) -> None:
    write(tmp_path / "a.json", '{"Name": "a"}')
    write(tmp_path / "b.json", '{"HttpPort": 8042}')
    write(tmp_path / "b.txt", "not read")
    assert read_configuration(tmp_path) == {"Name": "a", "HttpPort": 8042}


def test_folder_that_contradicts_itself(tmp_path: Path) -> None:
    write(tmp_path / "a.json", '{"Name": "a"}')
    write(tmp_path / "b.json", '{"Name": "b"}')
    with pytest.raises(ConfigurationError, match="'Name' is set by two files"):
        read_configuration(tmp_path)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no \*\.json file"):
        read_configuration(tmp_path)


def test_paths_keep_their_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "mine")
    monkeypatch.delenv("NOT_SET", raising=False)
    config = {
        "StorageDirectory": "storage",
        "IndexDirectory": "${DATA}/${NOT_SET:-index}",
        "TemporaryDirectory": "/absolute",
        "Plugins": ["plugin.so", "/usr/plugins"],
        "LuaScripts": "one.lua",
        "HttpsCACertificates": "",
        "SslEnabled": True,
        "PythonScript": "relative/to/the/current/folder.py",
        "DicomTlsCertificate": "too.pem",
    }
    path = write(tmp_path / "orthanc.json", json.dumps(config))
    assert read_configuration(path) == {
        **config,
        "StorageDirectory": str(tmp_path / "storage"),
        "IndexDirectory": str(tmp_path / "mine" / "index"),
        "Plugins": [str(tmp_path / "plugin.so"), "/usr/plugins"],
        "LuaScripts": [str(tmp_path / "one.lua")],
        "SslCertificate": str(tmp_path / "certificate.pem"),
    }


def test_python_section() -> None:
    library = Path("/lib/libpython.so")
    assert python_section({}) == {"Executable": sys.executable}
    assert python_section({"Python": {"Verbose": True}}, library) == {
        "Verbose": True,
        "Executable": sys.executable,
        "Library": str(library),
    }


@pytest.mark.parametrize("key", ["Library", "Executable", "VirtualEnv"])
def test_python_that_the_user_chose(key: str) -> None:
    assert python_section({"Python": {key: "x"}}, Path("/lib/libpython.so")) == {key: "x"}


def test_python_section_of_the_wrong_kind() -> None:
    with pytest.raises(ConfigurationError, match="Python"):
        python_section({"Python": "python3"})


def test_ca_certificates() -> None:
    assert "BEGIN CERTIFICATE" in Path(ca_certificates()).read_text(encoding="utf-8")


def test_snippet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert snippet(Path("/p.so"), Path("s.py"), {"Executable": "/python"}) == {
        "Plugins": ["/p.so"],
        "PythonScript": str(tmp_path / "s.py"),
        "Python": {"Executable": "/python"},
    }
    assert snippet(Path("/p.so"), None, {}) == {"Plugins": ["/p.so"]}
