# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`import orthanc` outside of Orthanc, and that it never replaces the module inside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, reset

ROOT = Path(__file__).parents[2]

RunCode = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel."""
    folder = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("__pycache__")
    for source, target in {
        "orthanc": "orthanc",
        "orthanc_python": "orthanc_python",
        "orthanc_runtime": "orthanc_python/orthanc_runtime",
    }.items():
        shutil.copytree(ROOT / "src" / source, folder / target, ignore=ignored)
    generate = [sys.executable, f"{ROOT}/src/sdk/generate.py", f"{folder}/orthanc_python"]
    subprocess.run([*generate, "--only", "orthanc_names.json"], check=True)
    return folder


@pytest.fixture
def run(site: Path, tmp_path: Path) -> RunCode:
    """Runs code in a Python with the installed package."""

    def run(code: str, name: str = "-c", **variables: str) -> subprocess.CompletedProcess[str]:
        if name != "-c":
            (tmp_path / name).write_text(textwrap.dedent(code), encoding="utf-8")
        command = [sys.executable, *(("-c", textwrap.dedent(code)) if name == "-c" else (name,))]
        environment = {**os.environ, "PYTHONPATH": str(site), **variables}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )

    return run


def check(run: RunCode, code: str, **variables: str) -> None:
    done = run(code, **variables)
    assert done.returncode == 0, done.stderr


def test_enumerations_exceptions_and_types_are_there(run: RunCode) -> None:
    check(
        run,
        """
        import orthanc
        assert orthanc.ChangeType.STABLE_STUDY == 9 and "STABLE_STUDY" in set(orthanc.ChangeType)
        error = orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, "text")
        assert error.args == (17, "text")
        assert orthanc.Response("GET", "/", 404, {}, b"").ok is False
        assert orthanc.ComputeMd5(b"abc") == "900150983cd24fb0d6963f7d28e17f72"
        assert issubclass(orthanc.Image, object) and "RestApiGet" in dir(orthanc)
        from orthanc import *
        """,
    )


def test_coroutines_can_be_tested(run: RunCode) -> None:
    check(
        run,
        """
        import asyncio
        import orthanc

        @orthanc.route("/x")
        async def digest(request):
            return await orthanc.aio.ComputeMd5(b"abc")

        async def never():
            raise AssertionError

        assert orthanc.aio.create_task(never()).cancelled()
        assert asyncio.run(digest(None)) == "900150983cd24fb0d6963f7d28e17f72"
        assert orthanc.aio.run(digest(None)) == "900150983cd24fb0d6963f7d28e17f72"
        try:
            asyncio.run(orthanc.aio.rest.get("/system"))
        except RuntimeError as error:
            assert "ORTHANC_URL" in str(error)
        else:
            raise AssertionError
        try:
            orthanc.aio.get_loop()
        except RuntimeError as error:
            assert "inside Orthanc only" in str(error)
        else:
            raise AssertionError
        """,
    )


def test_a_script_can_be_imported(run: RunCode, tmp_path: Path) -> None:
    script = """
        import orthanc

        pool = orthanc.WorkerPool(2)

        class Send(orthanc.BaseJob):
            def run(self):
                yield

        @orthanc.job
        def export(job, study):
            return study

        @orthanc.RegisterRestCallback("/route")
        def on_route(output, uri, **request):
            output.AnswerBuffer("text", "text/plain")

        def on_change(change: orthanc.ChangeType, level, resource):
            return change == orthanc.ChangeType.STABLE_STUDY

        orthanc.RegisterOnChangeCallback(on_change)
        orthanc.LogWarning("imported")
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script), encoding="utf-8")
    done = run("import script; assert script.on_change(9, 1, 'a')", PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "imported\n"


def test_the_unit_test_of_the_page_passes(run: RunCode, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "testing.md").read_text(encoding="utf-8")
    test = re.findall(r"```python\n(.*?)```", page, re.S)[-1]
    script = """
        import json
        import orthanc

        def is_wanted(series):
            return json.loads(orthanc.RestApiGet(f"/series/{series}"))["Modality"] == "CT"
    """
    (tmp_path / "routing.py").write_text(textwrap.dedent(script), encoding="utf-8")
    (tmp_path / "test_routing.py").write_text(test, encoding="utf-8")
    check(run, "import pytest; assert pytest.main(['-p', 'no:cacheprovider']) == 0")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "orthanc.CreateImage(1, 2, 3)",
            "RuntimeError: orthanc.CreateImage works inside Orthanc only: run the script with "
            "`orthanc-python run`, or replace orthanc.CreateImage in the unit test",
        ),
        ("orthanc.WorkerPool(2).submit(len, '')", "RuntimeError: orthanc.WorkerPool works inside"),
        ("orthanc.peer('a')", "RuntimeError: orthanc.GetPeers works inside Orthanc only"),
        ("orthanc.RestApiGet('/')", "here, set the environment variable ORTHANC_URL"),
        ("orthanc.rest.get('/')", "here, set the environment variable ORTHANC_URL"),
        (
            "orthanc.RestApiGett('/')",
            "AttributeError: module 'orthanc' has no attribute 'RestApiGett'. Did you mean: "
            "'RestApiGet'?",
        ),
    ],
)
def test_other_names_raise_an_error_with_the_remedy(run: RunCode, code: str, error: str) -> None:
    done = run(f"import orthanc; {code}", ORTHANC_URL="")
    assert done.returncode == 1
    assert error in done.stderr.splitlines()[-1]


def test_a_script_that_is_run_by_mistake_says_so(run: RunCode) -> None:
    code = "import orthanc\northanc.RegisterOnChangeCallback(print)\n"
    done = run(code, "script.py")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("run it with `orthanc-python run script.py`")


def test_the_sources_say_that_they_are_not_installed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import orthanc"], env=environment, capture_output=True
    )
    assert b"needs the installed package orthanc-python, not its sources" in done.stderr


SCRIPT = """
    import multiprocessing, os, sys, threading
    from concurrent.futures import ProcessPoolExecutor
    import orthanc
    from recorder import answer, route
    from kind import kind

    pool = orthanc.WorkerPool(1)

    @route("/kinds")
    def on_kinds(output, uri, **request):
        kinds = [kind(), pool.submit(kind).result()]
        for method in ("spawn", "fork", "forkserver"):
            context = multiprocessing.get_context(method)
            with ProcessPoolExecutor(1, mp_context=context) as processes:
                kinds.append(processes.submit(kind).result())
        answer(output, kinds)

    @route("/again")
    def on_again(output, uri, **request):
        module = sys.modules.pop("orthanc")
        try:
            import orthanc
            answer(output, "imported")
        except ImportError as error:
            answer(output, [type(error).__name__, str(error)])
        finally:
            sys.modules["orthanc"] = module
"""
KIND = """
    import json
    import orthanc

    def kind():
        assert json.loads(orthanc.RestApiGet("/patients")) == []
        return getattr(orthanc, "__file__", None) or orthanc.__doc__.split()[0]
"""


@pytest.fixture(scope="module", params=[False, True], ids=["installed", "imported first"])
def server(
    request: pytest.FixtureRequest,
    module_orthanc: Servers,
    site: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Orthanc]:
    """An Orthanc whose Python has the package; its start may import the module for outside."""
    paths = [str(site)]
    if request.param:
        start = tmp_path_factory.mktemp("start")
        (start / "sitecustomize.py").write_text("import orthanc\n", encoding="utf-8")
        paths.insert(0, str(start))
    yield module_orthanc(
        SCRIPT,
        files={"kind.py": KIND},
        env={"PYTHONPATH": os.pathsep.join(paths)},
        config={"Python": {"Executable": sys.executable}},
    )


def test_the_module_inside_orthanc_wins(server: Orthanc) -> None:
    """In the process of Orthanc, in its workers, and in processes of multiprocessing."""
    expected = ["Orthanc's", "The", "The", "The", "The"]
    assert server.get("/kinds").json() == expected
    reset(server)
    assert server.get("/kinds").json() == expected


def test_the_module_for_outside_is_never_imported_inside(server: Orthanc) -> None:
    name, text = server.get("/again").json()
    assert name == "ModuleNotFoundError"
    assert "Orthanc has stopped the script or is resetting" in text


def test_rest_functions_reach_the_orthanc_of_the_variable(run: RunCode, server: Orthanc) -> None:
    check(
        run,
        """
        import json, orthanc
        assert json.loads(orthanc.RestApiGet("/patients")) == []
        assert orthanc.rest.get("/system").json()["Name"] == "Orthanc"
        assert json.loads(orthanc.RestApiPost("/tools/find", '{"Level":"Study","Query":{}}')) == []
        try:
            orthanc.RestApiGet("/studies/none")
        except orthanc.OrthancException as error:
            assert error.args[0] == orthanc.ErrorCode.UNKNOWN_RESOURCE
        else:
            raise AssertionError
        """,
        ORTHANC_URL=server.url + "/",
    )


def test_an_unreachable_orthanc_is_named(run: RunCode) -> None:
    done = run("import orthanc; orthanc.rest.get('/system')", ORTHANC_URL="http://127.0.0.1:1")
    assert "GET http://127.0.0.1:1/system" in done.stderr.splitlines()[-1]
