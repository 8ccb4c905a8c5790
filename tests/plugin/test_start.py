# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finding and importing the script, and the errors if that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orthanc_python.server import OrthancFailed
from tests.support.servers import Servers, reset, seen

INSTALLATION = "Error during the installation of the Python script, traceback:"


def failure(orthanc: Servers, script: str | Path | None, **options: Any) -> OrthancFailed:
    """Start Orthanc, which must refuse to start, and must not crash."""
    with pytest.raises(OrthancFailed) as caught:
        orthanc(script, **options)
    assert caught.value.exit_code == 255, caught.value.log
    assert "Error while initializing plugin" in caught.value.log
    return caught.value


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("def broken(:\n    pass\n", "SyntaxError"),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise ValueError('Grüße')\n", "ValueError: Grüße"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("import orthanc\northanc.NoSuchFunction()\n", "AttributeError"),
        ("import orthanc\northanc.RestApiGet('/system')\n", "OrthancException"),
    ],
)
def test_a_failing_script_ends_the_start(orthanc: Servers, script: str, expected: str) -> None:
    log = failure(orthanc, script).log
    assert INSTALLATION in log
    assert expected in log
    assert "Traceback (most recent call last):" in log
    assert "script.py" in log.split(INSTALLATION)[1]


def test_the_traceback_shows_the_line(orthanc: Servers) -> None:
    log = failure(orthanc, "def inner():\n    return 1 // 0\n\n\ninner()\n").log
    assert "line 2, in inner" in log
    assert "return 1 // 0" in log


@pytest.mark.this_machine
def test_a_missing_script_is_refused(orthanc: Servers, tmp_path: Path) -> None:
    log = failure(orthanc, tmp_path / "absent.py").log
    assert str(tmp_path / "absent.py") in log


def test_a_folder_as_script_is_refused(orthanc: Servers, tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    assert "folder.py" in failure(orthanc, tmp_path / "folder.py").log


def test_another_extension_is_refused(orthanc: Servers) -> None:
    log = failure(orthanc, "print('never')", name="script.txt").log
    assert 'Python script must have the ".py" file extension' in log
    assert "never" not in log


def test_an_empty_path_is_refused(orthanc: Servers) -> None:
    failure(orthanc, None, config={"PythonScript": ""})


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"PythonScript": 12}, '"PythonScript"'),
        ({"Python": "script.py"}, '"Python"'),
        ({"Python": {"Path": 12}}, '"Python.Path"'),
        ({"Python": {"Verbose": "yes"}}, '"Python.Verbose"'),
        ({"Python": {"AllowThreads": 1}}, '"Python.AllowThreads"'),
        ({"Python": {"DisplayMemoryUsage": []}}, '"Python.DisplayMemoryUsage"'),
        ({"Python": {"Metrics": 1}}, '"Python.Metrics"'),
        ({"Python": {"Executable": 1}}, '"Python.Executable"'),
        ({"Python": {"VirtualEnv": {}}}, '"Python.VirtualEnv"'),
        ({"Python": {"Library": None}}, '"Python.Library"'),
        ({"Python": {"StopTimeout": "30"}}, '"Python.StopTimeout"'),
        ({"Python": {"StatusPage": "on"}}, '"Python.StatusPage"'),
        ({"Python": {"Watchdog": -1}}, '"Python.Watchdog"'),
    ],
)
def test_options_of_the_wrong_type(
    orthanc: Servers, config: dict[str, object], expected: str
) -> None:
    assert expected in failure(orthanc, None, config=config).log


def test_orthanc_runs_without_a_script(orthanc: Servers) -> None:
    server = orthanc(None)
    server.wait_for_log('Options "PythonScript" and "Python.Path" are not provided')
    assert server.get("/plugins").json() == ["explorer.js", "python"]
    assert server.get("/plugins/python").json()["ID"] == "python"


def test_unknown_options_are_warned_about(orthanc: Servers, tmp_path: Path) -> None:
    server = orthanc(
        "",
        config={
            "PythonVerbos": True,
            "Python": {"StopTimout": 3, "virtualenv": "", "Nothing": {}, "Path": "/absent.py"},
            "StopTimeout": 3,
        },
    )
    start = "^W.*The Python plugin ignores the configuration option "
    unknown = ", which it does not know"
    for name, suggestion in (
        ("PythonVerbos", ': did you mean "PythonVerbose"\\?'),
        ("Python.StopTimout", ': did you mean "Python.StopTimeout"\\?'),
        ("Python.virtualenv", ': did you mean "Python.VirtualEnv"\\?'),
        ("Python.Nothing", ""),
    ):
        server.wait_for_log(f'{start}"{name}"{unknown}{suggestion}$')
    assert server.log.count("ignores the configuration option") == 4


@pytest.mark.this_machine
def test_the_section_names_the_script(orthanc: Servers, tmp_path: Path) -> None:
    script = tmp_path / "named.py"
    script.write_text("print('from the section', flush=True)\n", encoding="utf-8")
    server = orthanc(None, config={"Python": {"Path": str(script)}})
    server.wait_for_log("from the section")


def test_the_option_wins_over_the_section(orthanc: Servers) -> None:
    server = orthanc("print('from the option')", config={"Python": {"Path": "/absent.py"}})
    server.wait_for_log("from the option")


@pytest.mark.parametrize(
    "name", ["with-dash.py", "with space.py", "schön.py", "with.dots.v2.py", "class.py"]
)
def test_names_that_are_not_identifiers(orthanc: Servers, name: str) -> None:
    server = orthanc("print('imported', __file__, flush=True)", name=name)
    server.wait_for_log(f"imported .*{name}")


@pytest.mark.parametrize("name", ["orthanc.py", "sys.py", "json.py", "re.py", "encodings.py"])
def test_a_name_that_is_taken_is_never_ignored(orthanc: Servers, name: str) -> None:
    """Either the script runs, or Orthanc refuses to start and names the script."""
    try:
        server = orthanc("print('it ran', flush=True)", name=name)
    except OrthancFailed as error:
        assert error.exit_code == 255
        refusals = [
            line for line in error.log.splitlines() if line.startswith("E") and name in line
        ]
        assert refusals, error.log
    else:
        server.wait_for_log("it ran")


@pytest.mark.parametrize("name", ["code.py", "queue.py", "random.py", "email.py", "calendar.py"])
def test_a_script_may_hide_a_standard_module(
    orthanc: Servers, where: str | None, name: str
) -> None:
    """As in release 7.1. Later imports by the plugin itself find the right module."""
    server = orthanc(
        """
        import orthanc
        from recorder import answer, record, route
        record(__name__)

        POOL = orthanc.WorkerPool(1, start_method='fork')

        @route('/pool')
        def pool(output, uri, **request):
            answer(output, POOL.run(len, 'four'))

        @route('/fails')
        def fails(output, uri, **request):
            1 / 0
        """,
        debian=where,
        name=name,
    )
    module = name[: -len(".py")]
    hides = f'The Python script "{name}" hides the standard module "{module}"'
    assert server.log.count(hides) == 1
    assert seen(server) == [[module]], "it runs once"
    assert server.get("/pool").json() == 4
    assert server.get("/fails").status_code == 500
    server.wait_for_log(rf'File ".*{name}", line 14, in fails')
    reset(server)
    assert server.log.count(hides) == 2
    assert seen(server) == [[module]]


@pytest.mark.parametrize("name", ["os.py", "threading.py", "traceback.py", "tokenize.py", "io.py"])
def test_a_script_may_not_hide_modules_that_the_plugin_needs(orthanc: Servers, name: str) -> None:
    log = failure(orthanc, "print('never')", name=name).log
    assert f'The Python script "{name}" has the name of a module that Python or this plugin' in log
    assert "never" not in log


def test_siblings_and_packages_are_importable(orthanc: Servers) -> None:
    server = orthanc(
        """
        import helper
        from package.inner import VALUE
        from recorder import record
        record(helper.VALUE, VALUE)
        """,
        files={
            "helper.py": "VALUE = 'sibling'\n",
            "package/__init__.py": "",
            "package/inner.py": "VALUE = 'package'\n",
        },
    )
    assert seen(server) == [["sibling", "package"]]


def test_the_script_is_a_module_of_its_own_name(orthanc: Servers) -> None:
    server = orthanc(
        """
        import os
        import sys
        from recorder import record
        record(__name__, os.path.basename(__file__), sys.modules[__name__].__file__ == __file__,
               sys.path[0] == os.path.dirname(os.path.abspath(__file__)), __doc__)
        """
    )
    assert seen(server) == [["script", "script.py", True, True, None]]


@pytest.mark.this_machine
def test_a_relative_path_is_accepted(orthanc: Servers, tmp_path: Path) -> None:
    """It is relative to Orthanc's working directory, as other paths are in Python."""
    script = tmp_path / "there.py"
    script.write_text("print('found', flush=True)\n", encoding="utf-8")
    beyond_the_root = Path(*[".."] * 20, *script.parts[1:])
    server = orthanc(None, config={"PythonScript": str(beyond_the_root)})
    server.wait_for_log("found")


def test_the_log_names_the_python_and_the_script(orthanc: Servers) -> None:
    server = orthanc("", config={"Name": "any"})
    server.wait_for_log("Python plugin is initializing")
    server.wait_for_log('Using Python script "script.py"')
    server.wait_for_log(r"Python 3\.\d+\.\d+.*interpreter: /")


def test_the_import_trace_of_python(orthanc: Servers) -> None:
    server = orthanc("import xml.dom.minidom", config={"PythonVerbose": True})
    server.wait_for_log("import 'xml.dom.minidom'")


def test_the_use_of_memory_is_displayed(orthanc: Servers) -> None:
    server = orthanc("", config={"Python": {"DisplayMemoryUsage": True}})
    server.wait_for_log(r"Python memory usage: \d+(\.\d+)? ?MB")


def test_the_plugin_finalizes_when_orthanc_stops(orthanc: Servers) -> None:
    server = orthanc("")
    server.stop()
    assert "Python plugin is finalizing" in server.log


MISSPELLED = [
    {"Python": {"RefuseInstancesOnException": True}},
    {"Python": {"refuseInstanceOnException": True}},
    {"Python": {"RefuseOnException": True}},
    {"Python": {"RejectInstanceOnException": True}},
    {"Python": {"Refuse_Instance_On_Exception": True}},
    {"Python": {"RefuseInstanceOnExeption": True}},
    {"RefuseInstanceOnException": True},
    {"PythonRefuseInstanceOnException": True},
]


@pytest.mark.parametrize("config", MISSPELLED)
def test_a_misspelled_option_that_guards_data_is_refused(
    orthanc: Servers, config: dict[str, object]
) -> None:
    log = failure(orthanc, "", config=config).log
    assert 'does not exist: it must be "RefuseInstanceOnException" in the section "Python"' in log


def test_an_option_that_guards_data_must_be_boolean(orthanc: Servers) -> None:
    log = failure(orthanc, "", config={"Python": {"RefuseInstanceOnException": "true"}}).log
    assert '"Python.RefuseInstanceOnException" is not a Boolean as expected' in log


def test_a_broken_pipe_at_import_is_an_exception(orthanc: Servers) -> None:
    """The python program ignores SIGPIPE and SIGXFSZ; Orthanc does so only after the import."""
    server = orthanc(
        """
        import resource
        import signal
        import socket
        import tempfile

        from recorder import outcome, record

        near, far = socket.socketpair()
        far.close()
        record(*outcome(near.send, b'x'))
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        with tempfile.TemporaryFile(buffering=0) as file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, unlimited[1]))
            record(*outcome(file.write, b'x'))
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        record(signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN)
        """
    )
    broken, too_large, known = seen(server)
    assert broken[0] == "BrokenPipeError"
    assert too_large[0] == "OSError"
    assert known == [True]
