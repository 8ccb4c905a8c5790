# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The option Python.Scripts: several scripts, each with the modules beside it."""

from __future__ import annotations

import json
import re
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.server import Orthanc, OrthancFailed
from tests.support.debian_chroots import Chroot
from tests.support.servers import OLDEST_TO_NEWEST, Servers, reset

FILES = {
    "main.py": """
        import orthanc, utils
        orthanc.RegisterRestCallback('/main', lambda output, uri, **request:
            output.AnswerBuffer(utils.NAME + ' ' + __name__, 'text/plain'))
        """,
    "utils.py": "NAME = 'beside main'",
    "one/script.py": """
        import queue, utils
        import orthanc, tools.deep, tools.deep as deep
        from tools import deep as again
        from utils import NAME

        @orthanc.route('/one')
        def one(request):
            from utils import LATE
            import later
            return [NAME, LATE, later.NAME, queue.NAME, deep is again is tools.deep, deep.NAME]

        def square(number):
            return number * number + utils.ONE

        @orthanc.route('/square')
        def compute(request):
            with orthanc.WorkerPool(1) as pool:
                return [pool.run(square, 3)]
        """,
    "one/utils.py": "NAME, LATE, ONE = 'utils of one', 'late', 1",
    "one/later.py": "from utils import NAME",
    "one/queue.py": "NAME = 'not the standard module'",
    "one/tools/__init__.py": "import utils",
    "one/tools/deep.py": "from . import utils; NAME = utils.NAME",
    "many/b.py": "import a; a.ORDER.append('b')",
    "many/a.py": """
        import orthanc, queue, utils
        ORDER = ['a']

        @orthanc.route('/many')
        def many(request):
            import utils as late
            return [utils.NAME, late is utils, hasattr(queue, 'Queue'), ORDER]
        """,
    "many/utils.py": "NAME = 'utils of many'",
    "many/_skipped.py": "raise ValueError('not a script')",
    "many/c.txt": "",
    "package/__init__.py": """
        import orthanc, package.routes, routes
        from . import routes as relative
        assert package.routes is routes is relative
        """,
    "package/routes.py": """
        import orthanc

        @orthanc.route('/package')
        def show(request):
            return __name__
        """,
}


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def where(request: pytest.FixtureRequest) -> str | None:
    name: str | None = request.param
    return name


@pytest.fixture(scope="module")
def root(where: str | None, chroot: Callable[[str], Chroot]) -> Path:
    """The root of the files that Orthanc sees."""
    return chroot(where).root if where is not None else Path("/")


@pytest.fixture(scope="module")
def folder(root: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="scripts-", dir=root / "tmp") as name:
        write(Path(name), FILES)
        yield Path(name)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")


def scripts(folder: Path, *names: str) -> dict[str, Any]:
    return {"Python": {"Scripts": [str(folder / name) for name in names]}}


@pytest.fixture(scope="module")
def seen(folder: Path, root: Path) -> Path:
    """The folder, as Orthanc sees it."""
    return Path("/") / folder.relative_to(root)


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None, folder: Path, seen: Path) -> Orthanc:
    config = scripts(seen, "one/script.py", "many", "package/")
    return module_orthanc(folder / "main.py", debian=where, config=config)


def test_modules_of_one_name_in_two_folders_are_two(server: Orthanc) -> None:
    one = ["utils of one", "late", "utils of one", "not the standard module", True, "utils of one"]
    assert server.get("/one").json() == one
    assert server.get("/many").json() == ["utils of many", True, True, ["a", "b"]]
    assert server.get("/main").text == "beside main main"


def test_a_package_is_one_script(server: Orthanc) -> None:
    assert server.get("/package").text == "orthanc_scripts.package.routes"


def test_the_log_names_each_script(server: Orthanc, seen: Path) -> None:
    names = ["main.py", "one/script.py", "many/a.py", "many/b.py", "many/utils.py"]
    names.append("package/__init__.py")
    for name in names:
        assert f'Using Python script "{Path(name).name}": {seen / name}\n' in server.log
    assert server.log.count("Using Python script") == len(names)


def test_workers_find_the_functions_of_scripts(server: Orthanc) -> None:
    assert server.get("/square").json() == [10]


def test_flask_finds_the_folder_of_a_script(orthanc: Servers, tmp_path: Path) -> None:
    application = """
        import flask, orthanc
        app = flask.Flask(__name__)

        @app.get("/")
        def show():
            return [app.instance_path, app.root_path]

        orthanc.mount("/" + __name__.rpartition(".")[2], app)
        """
    write(tmp_path, {"one.py": application, "package/__init__.py": application})
    server = orthanc(config=scripts(tmp_path, "one.py", "package"))
    instance = str(tmp_path / "instance")
    assert server.get("/one/").json() == [instance, str(tmp_path)]
    assert server.get("/package/").json() == [instance, str(tmp_path / "package")]


def test_a_reset_imports_all_scripts_again(orthanc: Servers, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    server = orthanc(config=scripts(tmp_path, "one/script.py", "many"))
    (tmp_path / "one" / "utils.py").write_text("NAME, LATE, ONE = 'changed', 'late', 1")
    (tmp_path / "many" / "b.py").unlink()
    reset(server)
    assert server.get("/one").json()[0] == "changed"
    assert server.get("/many").json()[-1] == ["a"]


@pytest.mark.parametrize(
    ("files", "entries", "text"),
    [
        (
            {"good.py": "", "bad.py": "import good\nraise ValueError('on purpose')"},
            ["good.py", "bad.py"],
            "Error during the installation of the Python script FOLDER/bad.py, traceback:",
        ),
        ({"good.py": ""}, ["good.py", "none.py"], "Inexistent file .*: FOLDER/none.py"),
        (
            {"good.py": "", "a.txt": ""},
            ["a.txt"],
            r'must have the ".py" file extension.*: FOLDER/a',
        ),
        ({"empty/_a.py": ""}, ["empty"], "has no .py file: FOLDER/empty"),
        (
            {"a.py": "import b", "other/b.py": ""},
            ["other/b.py", "a.py"],
            "ModuleNotFoundError: No module named 'b'",
        ),
    ],
)
def test_a_script_that_cannot_be_loaded_stops_the_start(
    orthanc: Servers, tmp_path: Path, files: dict[str, str], entries: list[str], text: str
) -> None:
    write(tmp_path, files)
    with pytest.raises(OrthancFailed) as failed:
        orthanc(config=scripts(tmp_path, *entries))
    assert_matches(text.replace("FOLDER", str(tmp_path)), str(failed.value))


@pytest.mark.parametrize("value", ["a.py", ["a.py", 3], {"a": 1}])
def test_the_option_is_a_list_of_strings(orthanc: Servers, value: object) -> None:
    with pytest.raises(OrthancFailed) as failed:
        orthanc(config={"Python": {"Scripts": value}})
    expected = 'The configuration option "Python.Scripts" is not a list of strings as expected'
    assert expected in str(failed.value), json.dumps(value)
    assert re.search("Remedies for the errors above: https://.+/troubleshooting", str(failed.value))


def assert_matches(pattern: str, text: str) -> None:
    with pytest.raises(AssertionError, match=pattern):
        raise AssertionError(text)
