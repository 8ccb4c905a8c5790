# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import importlib
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .conftest import Runtime


def report(runtime: Runtime, function: Callable[[], object]) -> str:
    try:
        function()
    except BaseException as error:
        text: str = runtime("tracebacks").format_exception(error)
        return text
    raise AssertionError


def test_a_traceback_has_no_frames_of_the_plugin(runtime: Runtime) -> None:
    text = report(runtime, lambda: runtime("http").flatten_headers(3))
    first, second, *_, last = text.splitlines()
    assert first == "Traceback (most recent call last):"
    assert "test_tracebacks.py" in second
    assert "<orthanc_runtime" not in text
    assert last == "TypeError: headers must be a mapping of str to str, not int"


def test_chained_exceptions_are_reported(runtime: Runtime) -> None:
    def fail() -> None:
        try:
            runtime("http").flatten_headers(3)
        except TypeError as error:
            raise ValueError("outer") from error

    text = report(runtime, fail)
    assert text.index("TypeError: headers") < text.index("ValueError: outer")
    assert "<orthanc_runtime" not in text


@pytest.mark.parametrize("imports", [__import__, importlib.import_module])
def test_an_import_shows_no_frames_of_importlib(
    runtime: Runtime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    imports: Callable[[str], object],
) -> None:
    (tmp_path / "broken_by_test.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    text = report(runtime, lambda: imports("broken_by_test"))
    assert "importlib" not in text


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (2038, "wait for ORTHANC_STARTED"),
        (9, "Without a response, check the URL"),
        (14, "check the rights of its account"),
    ],
)
def test_the_hint_for_an_error_of_orthanc(runtime: Runtime, code: int, hint: str) -> None:
    error = runtime("errors").OrthancException(code, "text")
    assert hint in runtime("error_hints").hint(error)


def test_the_last_line_is_the_hint(runtime: Runtime) -> None:
    def fail() -> None:
        raise runtime("errors").OrthancException(22, "read-only")

    assert report(runtime, fail).splitlines()[-1] == (
        "Hint: Orthanc is read-only: see its option ReadOnly."
    )


def of_another_thread() -> Exception:
    """The exception of a connection to SQLite that another thread has opened."""
    with ThreadPoolExecutor(1) as pool:
        connection = pool.submit(sqlite3.connect, ":memory:").result()
        with pytest.raises(sqlite3.ProgrammingError) as raised:
            connection.execute("SELECT 1")
        pool.submit(connection.close).result()
    return raised.value


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (ValueError("x"), ""),
        (ModuleNotFoundError("x", name="skimage.io"), "scikit-image"),
        (ModuleNotFoundError("x", name="json.nonsense"), "The package 'json' has no module"),
        (AttributeError("'coroutine' object has no attribute 'json'"), "Wait for the coroutine"),
        (TypeError("'coroutine' object is not subscriptable"), "Wait for the coroutine"),
        (TypeError("Object of type coroutine is not JSON serializable"), "Wait for the coroutine"),
        (TypeError("a route must not return coroutine: return str"), "Wait for the coroutine"),
        (TypeError("a route must not return Response: return str"), "response.json()"),
        (TypeError("f() takes 1 positional argument but 3 were given"), "**request"),
        (TypeError("f() got an unexpected keyword argument 'method'"), "**request"),
        (TypeError("f() takes 1 argument but 2 were given: the function of a route gets"), ""),
        (AttributeError("Can't pickle local object 'f.<locals>.<lambda>'"), "at the top level"),
        (ValueError("is not a valid regular expression: '/(?P<name>.+)'"), "no named groups"),
        (ValueError("is not a valid regular expression: '/('"), ""),
        (of_another_thread(), "open the connection where you use it"),
        (TypeError("'int' object is not subscriptable"), ""),
        (AttributeError("orthanc.X needs Orthanc 2 or later"), "ask first with hasattr()"),
        (SyntaxError("x", (__file__, 3, 1, "", 3, 2)), f"Correct line 3 of {__file__}."),
        (SyntaxError("x", ("<string>", 3, 1, "", 3, 2)), ""),
    ],
)
def test_the_hint_for_an_exception_of_python(runtime: Runtime, error: Exception, hint: str) -> None:
    found = runtime("error_hints").hint(error)
    assert hint in found if hint else found == ""


def test_a_wrong_call_in_the_script_has_no_hint_about_callbacks(runtime: Runtime) -> None:
    def fail() -> None:
        report(runtime)  # type: ignore[call-arg]

    assert report(runtime, fail).splitlines()[-1].startswith("TypeError: report() missing 1 ")


def test_a_name_that_from_import_drops(runtime: Runtime) -> None:
    runtime("module_attributes").complete(runtime.orthanc, {"Newer": "1.12.9"}, "1.10.1")
    text = report(runtime, lambda: exec("from orthanc import Newer"))
    assert "Hint: orthanc.Newer needs Orthanc 1.12.9 or later; this is Orthanc 1.10.1" in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Newer", "orthanc.Newer needs Orthanc 1.12.9 or later; this is Orthanc 1.10.1"),
        ("UploadBody", "orthanc.UploadBody needs Orthanc 1.5 or later; this is Orthanc 1.10.1"),
        ("LogWarnin", "module 'orthanc' has no attribute 'LogWarnin'. Did you mean: 'LogWarning'?"),
        ("OrthancPluginLogWarning", "has no attribute 'OrthancPluginLogWarning': use orthanc.Log"),
        ("ChangeType_StableStudy", ": use orthanc.ChangeType.STABLE_STUDY"),
        ("Old", "module 'orthanc' has no attribute 'Old': use New"),
        ("_private", "module 'orthanc' has no attribute '_private'"),
    ],
)
def test_a_name_that_the_module_lacks(runtime: Runtime, name: str, message: str) -> None:
    runtime.orthanc.LogWarning = print
    runtime.orthanc.ChangeType = runtime("enumerations").create(
        "ChangeType", "", {"STABLE_STUDY": 9}, {}, ""
    )
    missing = {"Newer": "1.12.9", "RegisterChunkedRestCallback": "1.5"}
    runtime("module_attributes").complete(runtime.orthanc, missing, "1.10.1")
    with pytest.raises(AttributeError) as failure:
        getattr(runtime.orthanc, name)
    assert message in str(failure.value)


def test_modules_are_imported_on_demand(runtime: Runtime) -> None:
    runtime("module_attributes").complete(runtime.orthanc, {}, "1.13.0")
    assert "orthanc_runtime.webdav" not in sys.modules
    assert runtime.orthanc.WebDavFile("a").size == 0
    assert "orthanc_runtime.webdav" in sys.modules
    assert {"WebDavFile", "BaseJob"} <= {*dir(runtime.orthanc)}
    assert "http" not in dir(runtime.orthanc)


async def coroutine() -> None: ...


class Awaiting:
    async def __call__(self) -> None: ...


@pytest.mark.parametrize("callback", [coroutine, Awaiting()])
def test_a_coroutine_is_refused(runtime: Runtime, callback: object) -> None:
    with pytest.raises(TypeError, match=r"callback is the coroutine function .*async def"):
        runtime("coroutine_callbacks").refuse_coroutine(callback, "callback")
    runtime("coroutine_callbacks").refuse_coroutine(print, "callback")


def test_all_stacks_of_free_threaded_python_come_from_one_dump(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    dumps = ["Thread 0x0000000000000001 (a):\n  b\n  c\n\nThread 0x0000000000000002 (d):\n  e"]
    shutdown = runtime("shutdown")
    monkeypatch.setattr(shutdown, "_dump", dumps.pop)
    monkeypatch.setattr(sys, "version", f"{sys.version} free-threading build")
    assert shutdown.format_stacks([1, 2, 3]) == ["  c\n  b", "  e", "(no Python stack)"]
