# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.configuration import (
    ConfigurationError,
    ca_certificates,
    python_section,
    read_configuration,
    script_files,
    scripts_of,
    set_scripts,
    snippet,
)
from orthanc_python.configuration_files import ConfigurationFiles, without_comments
from orthanc_python.server import Orthanc

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


def test_comments_are_removed() -> None:
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


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_configuration(tmp_path / "orthanc.json")


def test_a_file_that_is_not_utf_8_is_a_doubt(tmp_path: Path) -> None:
    """Orthanc starts with it, and has the same replacement in /system."""
    (tmp_path / "orthanc.json").write_bytes(b'{\n"Name": "Caf\xe9"}')
    files = ConfigurationFiles(tmp_path / "orthanc.json")
    assert (files.problems, files.values) == ([], {"Name": "Caf\ufffd"})
    [doubt] = files.doubts
    assert doubt.found.endswith(".json is not UTF-8: line 2; Orthanc replaces the characters")


def test_folder(tmp_path: Path) -> None:
    write(tmp_path / "a.json", '{"Name": "a"}')
    write(tmp_path / "b.json", '{"HttpPort": 8042}')
    write(tmp_path / "b.txt", "not read")
    write(tmp_path / "b.json.bak", "not read")
    (tmp_path / "folder.json").mkdir()
    assert read_configuration(tmp_path) == {"Name": "a", "HttpPort": 8042}


def test_folder_that_contradicts_itself(tmp_path: Path) -> None:
    write(tmp_path / "a.json", '{"Name": "a"}')
    write(tmp_path / "b.json", '{"Name": "b"}')
    with pytest.raises(ConfigurationError, match="'Name' is defined twice"):
        read_configuration(tmp_path)


def test_a_folder_is_read_as_orthanc_reads_it(tmp_path: Path) -> None:
    write(tmp_path / "A.JSON", '{"Name": "a"}')
    write(tmp_path / ".hidden.json", '{"HttpPort": 8042}')
    assert read_configuration(tmp_path) == {"Name": "a", "HttpPort": 8042}


def test_all_problems_are_reported(tmp_path: Path) -> None:
    write(tmp_path / "a.json", '{"Name": "a", "HttpPort": 1}')
    write(tmp_path / "b.json", '{"Name": "b", "HttpPort": 2}')
    write(tmp_path / "c.json", "{oops}")
    files = ConfigurationFiles(tmp_path)
    found = [problem.found for problem in files.problems]
    assert len(found) == 3
    assert found[0].startswith("'Name' is defined twice")
    assert found[1].startswith("'HttpPort' is defined twice")
    assert "c.json is not JSON: line 1, column 2" in found[2]


def test_file_of_the_upstream_package(tmp_path: Path) -> None:
    write(tmp_path / "orthanc.json", '{"PythonScript": "/mine.py"}')
    write(tmp_path / "python.json", '{"PythonScript": "/etc/orthanc/sample.py"}')
    (problem,) = ConfigurationFiles(tmp_path).problems
    assert "apt-get purge orthanc-python" in problem.remedy


def test_key_that_is_twice_in_one_file(tmp_path: Path) -> None:
    path = write(tmp_path / "orthanc.json", '{"Name": "a", "Python": {"Path": "", "Path": "x"}}')
    files = ConfigurationFiles(path)
    assert files.problems == []
    assert [doubt.found for doubt in files.doubts] == [
        f"'Path' is defined twice in {path}; Orthanc takes the last one"
    ]
    assert files.values["Python"] == {"Path": "x"}


VARIABLES = {
    "${FOO}": "foo",
    "${UNSET}": "",
    "${UNSET:-d}": "d",
    "${EMPTY:-d}": "",
    "${FOO:-d}": "foo",
    "${UNSET:-}": "",
    "${UNSET:-a:b-c}": "a:b-c",
    "${ FOO }": "",
    "${UNSET:-'q'}": "q",
    "${UNSET:-x${FOO}y}": "x${FOOy}",
    "$FOO": "$FOO",
    "$${FOO}": "$foo",
    "${FOO:}": "${FOO:}",
    "${FOO:=d}": "${FOO:=d}",
    "${NESTED}": "${FOO}",
    "{${FOO}}": "{foo}",
    "${A.B-C}": "dot",
}


def test_variables_are_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "orthanc.json", json.dumps({key: key for key in VARIABLES}))
    path.write_text(
        json.dumps(list(VARIABLES)).join(['{"Values": ', ', "HttpPort": ${PORT} }']),
        encoding="utf-8",
    )
    environment = {"FOO": "foo", "EMPTY": "", "NESTED": "${FOO}", "A.B-C": "dot", "PORT": "8042"}
    files = ConfigurationFiles(path, environment)
    assert files.problems == []
    assert dict(zip(VARIABLES, files.values["Values"])) == VARIABLES
    assert files.values["HttpPort"] == 8042
    assert files.empty == ["UNSET", "EMPTY", " FOO "]


def test_variables_as_orthanc_replaces_them(
    tmp_path: Path, orthanc_executable: Path, plugin: Path
) -> None:
    """The plugin sees the same texts as this package."""
    script = write(
        tmp_path / "script.py",
        """
import json
import orthanc

def configuration(output, uri, **request):
    output.AnswerBuffer(orthanc.GetConfiguration(), "application/json")

orthanc.RegisterRestCallback("/configuration", configuration)
""",
    )
    environment = {"FOO": "foo", "EMPTY": "", "NESTED": "${FOO}"}
    # a launcher in sh drops a name with a dot
    expected = {key: value for key, value in VARIABLES.items() if "." not in key}
    config = {"Values": list(expected)}
    with Orthanc(
        script, plugin=plugin, orthanc=orthanc_executable, config=config, env=environment
    ) as server:
        assert server.get("/configuration").json()["Values"] == list(expected.values())


def test_variable_without_a_name(tmp_path: Path) -> None:
    path = write(tmp_path / "orthanc.json", '{"Name": "${}"}')
    with pytest.raises(ConfigurationError, match="a variable without a name"):
        read_configuration(path)


@pytest.mark.parametrize(
    "text", ['{"Name": "a"} trailing', '{"Name": "a"} /* without an end', '\n {"Name": "a",}']
)
def test_values_that_orthanc_accepts_are_accepted(tmp_path: Path, text: str) -> None:
    assert read_configuration(write(tmp_path / "orthanc.json", text)) == {"Name": "a"}


@pytest.mark.parametrize("text", ['{"X": NaN}', '{"X": [1,,2]}', "{'X': 1}", '{"X": "\\U"}'])
def test_values_that_orthanc_refuses_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not JSON"):
        read_configuration(write(tmp_path / "orthanc.json", text))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HttpPort", "8042"),
        ("DicomPort", 0),
        ("HttpPort", 70000),
        ("HttpPort", True),
        ("RemoteAccessAllowed", "false"),
        ("HttpServerEnabled", 1),
        ("StorageDirectory", ["/storage"]),
        ("PythonScript", None),
        ("Plugins", "/plugins"),
        ("Plugins", [5]),
        ("LuaScripts", None),
        ("Python", "script.py"),
        ("RegisteredUsers", ["alice"]),
    ],
)
def test_values_of_wrong_types_are_refused(tmp_path: Path, key: str, value: object) -> None:
    path = write(tmp_path / "orthanc.json", json.dumps({key: value}))
    with pytest.raises(ConfigurationError, match=f"The option {key} has the value .*\nMake it "):
        read_configuration(path)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "orthanc.json", '{"RegisteredUsers": {"alice": 31415}}')
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(path)
    assert "RegisteredUsers.alice" in str(caught.value) and "31415" not in str(caught.value)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
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
        "LuaScripts": ["one.lua"],
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
    assert snippet(Path("/p.so"), [Path("s.py")], {"Executable": "/python"}) == {
        "Plugins": ["/p.so"],
        "PythonScript": str(tmp_path / "s.py"),
        "Python": {"Executable": "/python"},
    }
    assert snippet(Path("/p.so"), [], {}) == {"Plugins": ["/p.so"]}


def test_several_scripts_have_an_option_of_their_own(tmp_path: Path) -> None:
    config: dict[str, Any] = {"PythonScript": "/a.py", "Python": {"Path": "/b.py", "Verbose": True}}
    (tmp_path / "b.py").write_text("")
    (tmp_path / "a.py").write_text("")
    (tmp_path / "_c.py").write_text("")
    set_scripts(config, [tmp_path])
    assert config == {"Python": {"Verbose": True, "Scripts": [str(tmp_path)]}}
    assert scripts_of({**config, "PythonScript": "/c.py"}) == ["/c.py", str(tmp_path)]
    assert script_files(tmp_path) == [tmp_path / "a.py", tmp_path / "b.py"]
    (tmp_path / "__init__.py").write_text("")
    assert script_files(tmp_path) == [tmp_path / "__init__.py"]
    set_scripts(config, [Path("/a.py")])
    assert config == {"PythonScript": str(Path("/a.py").absolute()), "Python": {"Verbose": True}}
