# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The daily commands: `python3 noxfile.py -s SESSION`, or `nox -s SESSION` where nox is installed.

`python3 noxfile.py -l` lists the sessions; CONTRIBUTING.md describes them.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
STATE = HERE / ".nox"


def bootstrap() -> None:
    """Install nox into the folder .nox, and run this file again with it.

    Debian's Python has no ensurepip, and its pip may be too old for `pip --python` (22.3).
    Every version of pip supports --target.
    """
    environment = STATE / "bootstrap"
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = environment / scripts / ("python.exe" if os.name == "nt" else "python")
    if not (environment / "ready").exists():
        print("Installing nox, which runs the commands of this project ...", flush=True)
        run_or_exit([sys.executable, "-m", "venv", "--clear", "--without-pip", str(environment)])
        question = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = run_or_exit([str(python), "-c", question], stdout=subprocess.PIPE).strip()
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        run_or_exit([*pip, "--target", packages, "nox>=2024.10"])
        (environment / "ready").touch()
    become([str(python), __file__, *sys.argv[1:]])


def become(command: list[str]) -> NoReturn:
    """Run the command in place of this process, so that signals reach it."""
    if os.name == "nt":
        sys.exit(subprocess.run(command).returncode)
    os.execv(command[0], command)


def run_or_exit(command: list[str], stdout: int | None = None) -> str:
    # pip refuses --target with --user, which its configuration may set.
    environment = {**os.environ, "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(command, stdout=stdout, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(
            f"This needs Python's modules venv and pip; failed: {' '.join(command)}\n"
            "On Debian and Ubuntu: apt install python3-venv python3-pip"
        )
    return done.stdout or ""


try:
    import nox
except ImportError:
    if __name__ != "__main__":
        raise
    bootstrap()

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"  # `--reuse-venv=no` creates them again
nox.options.sessions = ["lint", "tests"]

PYTHON_SOURCES = [
    "benchmarks",
    "cmake",
    "docs/conf.py",
    "examples",
    "noxfile.py",
    "packaging",
    "prose",
    "src",
    "tests",
]
# -E: pages that an earlier build has read would hide their warnings
SPHINX = ["-W", "--keep-going", "--nitpicky", "-q", "-E", "-d", "build/doctrees"]


def native_sources() -> list[str]:
    folders = (HERE / "src" / "plugin", HERE / "tests", HERE / "benchmarks")
    files = (path for folder in folders for path in folder.rglob("*.[ch]pp"))
    return sorted(str(path.relative_to(HERE)) for path in files)


def flavour(session: nox.Session) -> str:
    """Build for the Python that runs this file, or for every Python if it has no Python.h."""
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if header.exists():
        return "{}.{}{}".format(
            *sys.version_info[:2], "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
        )
    session.log(f"No {header}: building the plugin that serves every Python")
    return "any"


def install_groups(session: nox.Session, *groups: str) -> None:
    """Install dependency groups of pyproject.toml, unless the environment has them already."""
    declared = (HERE / "pyproject.toml").read_bytes() + repr(groups).encode()
    stamp = Path(session.virtualenv.location) / "groups"
    if stamp.exists() and stamp.read_bytes() == declared:
        return
    session.install("-q", "-U", "pip>=25.1")  # the first version with --group
    session.install("-q", *(option for group in groups for option in ("--group", group)))
    stamp.write_bytes(declared)


def install_plugin(session: nox.Session, *groups: str) -> None:
    """Install the plugin and groups; the build tools stay, so that edited files are compiled."""
    install_groups(session, "build", *groups)
    session.log("Building and installing the plugin ...")
    define = ["-C", f"cmake.define.PYTHON_VERSION={flavour(session)}", "-C", "wheel.py-api="]
    session.install("-q", "--no-build-isolation", ".", *define)


def build(
    session: nox.Session, name: str, *options: str, env: dict[str, str] | None = None
) -> Path:
    """The library for every Python, in build/NAME."""
    folder = HERE / "build" / name
    configure = ["cmake", "-S", ".", "-B", str(folder), "-G", "Ninja", "-DPYTHON_VERSION=any"]
    session.run(*configure, *options, env=env, silent=True)
    session.run("cmake", "--build", str(folder), env=env, silent=True)
    return folder


def build_universal(session: nox.Session) -> Path:
    """The library of a release, for every Python and every Linux from 2018 on."""
    session.log("Building the library for all systems (minutes the first time) ...")
    toolchain = HERE / "cmake" / "toolchains" / f"zig-linux-{platform.machine()}.cmake"
    question = "import ziglang, pathlib; print(pathlib.Path(ziglang.__file__).parent / 'zig')"
    zig = str(session.run("python", "-c", question, silent=True)).strip()
    return build(session, "universal", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", env={"ZIG": zig})


@nox.session
def demo(session: nox.Session) -> None:
    """Run a script in an Orthanc: by default examples/hello.py."""
    install_plugin(session)
    command = Path(session.bin) / "orthanc-python"
    become([str(command), "run", *(session.posargs or ["examples/hello.py"])])


def install_python_library(session: nox.Session) -> None:
    """Install the shared library and headers of Debian's Python if they are missing."""
    version = "{}.{}".format(*sys.version_info[:2])
    header = Path(sysconfig.get_path("include")) / "Python.h"
    on_debian = sys.base_prefix == "/usr" and shutil.which("apt-get") is not None
    if header.exists() or not on_debian or os.geteuid() != 0:
        return
    session.log(f"Installing libpython{version}-dev, which the tests need ...")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", f"libpython{version}-dev"]):
        session.run("apt-get", "-q", *command, env=environment, external=True, silent=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Build the plugin and run all tests; further arguments go to pytest."""
    install_python_library(session)
    install_plugin(session, "test")
    universal = build_universal(session)
    stub(session)
    # Other sessions run the tests for Windows and those that build a CPython.
    session.run(
        "pytest",
        "--ignore=tests/windows",
        "--ignore=tests/sanitizers/test_threads.py",
        *session.posargs,
        env={"ORTHANC_PYTHON_LIBRARY_ANY": str(universal / "libOrthancPython.so")},
    )


@nox.session
def sanitizers(session: nox.Session) -> None:
    """Run the plugin in the fake Orthanc with sanitizers; the first run builds a CPython."""
    install_groups(session, "test")
    session.run("pytest", "tests/sanitizers", *session.posargs, env={"PYTHONPATH": "src"})


@nox.session
def windows(session: nox.Session) -> None:
    """Run the library for Windows in real Pythons for Windows under Wine; needs root."""
    install_groups(session, "test")
    session.run("pytest", "tests/windows", *session.posargs, env={"PYTHONPATH": "src"})


@nox.session
def lint(session: nox.Session) -> None:
    """Run all checks of the sources."""
    install_groups(session, "lint", "test", "packaging", "workflows")
    compiled = build(
        session, "lint", "-DORTHANC_PYTHON_WERROR=ON", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
    )
    stub(session)
    session.run("ruff", "check", *PYTHON_SOURCES)
    session.run("ruff", "format", "--check", *PYTHON_SOURCES)
    session.run("python", "prose/lint.py")
    session.run("mypy")
    session.run("clang-format", "--dry-run", "--Werror", *native_sources())
    # clang-tidy needs the files that this system compiles.
    commands = json.loads((compiled / "compile_commands.json").read_text(encoding="utf-8"))
    plugin = sorted(entry["file"] for entry in commands if "/src/plugin/" in entry["file"])
    session.run("run-clang-tidy.py", "-quiet", "-p", str(compiled), *plugin, silent=True)
    lint_workflows(session)


def lint_workflows(session: nox.Session) -> None:
    """Check GitHub's workflows and the description of the package."""
    folder = Path(".github/workflows")
    files = sorted(str(folder / path.name) for path in (HERE / folder).glob("*.yml"))
    schema = ["check-jsonschema", "--builtin-schema"]
    session.run("actionlint")
    session.run("zizmor", "--offline", "--persona=auditor", str(folder), silent=True)
    session.run(*schema, "vendor.github-workflows", *files)
    session.run(*schema, "vendor.compose-spec", "packaging/docker/compose.yaml")
    session.run(*schema, "vendor.dependabot", ".github/dependabot.yml")
    forms = sorted(Path(".github/ISSUE_TEMPLATE").glob("*.yml"))
    session.run(*schema, "vendor.github-issue-forms", *map(str, forms))
    session.run("validate-pyproject", "pyproject.toml")
    session.run("shellcheck", ".ci/run")
    session.run("python", "packaging/matrix.py", "check")


@nox.session
def rehearsal(session: nox.Session) -> None:
    """Run the steps of .github/workflows/release.yml that this machine can run."""
    install_groups(session, "test")  # with the tests that run Windows steps under Wine
    session.run("python", "packaging/rehearse.py", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Choose the newest tools of a release, and write their versions and hashes."""
    session.install("uv>=0.13")
    # the Pythons of wheels build with them; cibuildwheel needs 3.11
    for group, python in (("build", "3.9"), ("packaging", "3.11"), ("smoke", "3.11")):
        command = ["uv", "pip", "compile", "--group", f"pyproject.toml:{group}", "--universal"]
        command += ["--python-version", python, "--generate-hashes", "--upgrade", "--no-annotate"]
        command += ["--custom-compile-command", "nox -s lock", "--quiet"]
        session.run(*command, "--output-file", f"packaging/requirements/{group}.txt")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Run the benchmarks with a release's library: see docs/explanation/performance.md."""
    install_groups(session, "build", "test")
    library = build_universal(session) / "libOrthancPython.so"
    session.run("python", "benchmarks/run.py", "--plugin", str(library), *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into build/docs; a warning is an error."""
    install_groups(session, "docs")
    session.run("sphinx-build", *SPHINX, "docs", "build/docs", *session.posargs)


@nox.session
def links(session: nox.Session) -> None:
    """Check the links of the documentation to other sites; needs the internet."""
    install_groups(session, "docs")
    session.run("sphinx-build", *SPHINX, "-b", "linkcheck", "docs", "build/links")


@nox.session(name="format")
def format_sources(session: nox.Session) -> None:
    """Rewrite the sources in the project's style."""
    install_groups(session, "lint")
    session.run("ruff", "check", "--fix", "--exit-zero", *PYTHON_SOURCES)
    session.run("ruff", "format", *PYTHON_SOURCES)
    session.run("clang-format", "-i", *native_sources())


@nox.session(name="stub")
def stub_session(session: nox.Session) -> None:
    """Write build/stub/orthanc.pyi, the type stub of the module, and the reference pages."""
    stub(session)


def stub(session: nox.Session) -> None:
    session.run("python", "src/sdk/generate.py", "build/stub", silent=True)


if __name__ == "__main__":
    nox.main()
