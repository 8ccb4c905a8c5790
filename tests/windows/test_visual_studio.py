# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds with Visual Studio, as far as they can be tested without it.

The tests preprocess the real Python.h with the macros of Microsoft's compiler, and pass its linker
directives to clang-cl and lld-link, which replace Microsoft's programs: zig has them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import ziglang

from tests.support.fake_orthanc import ROOT, run_cmake
from tests.windows.binaries import Binaries
from tests.windows.pythons import WindowsPython

VERSIONS = ("3.9", "3.11", "3.13")
TOOLS = {
    "clang-cl": "clang --driver-mode=cl",
    "lld-link": "lld-link",
    "llvm-lib": "lib",
    "llvm-rc": "rc",
}
TOOLCHAIN = """
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_C_COMPILER "{folder}/clang-cl")
set(CMAKE_CXX_COMPILER "{folder}/clang-cl")
set(CMAKE_C_COMPILER_TARGET x86_64-pc-windows-msvc)
set(CMAKE_CXX_COMPILER_TARGET x86_64-pc-windows-msvc)
set(CMAKE_LINKER "{folder}/lld-link")
set(CMAKE_AR "{folder}/llvm-lib")
set(CMAKE_RC_COMPILER "{folder}/llvm-rc")
set(CMAKE_MT true)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # there is no C runtime to link to
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of clang-cl and related tools, and of the CMake file that names them."""
    folder = tmp_path_factory.mktemp("tools")
    zig = Path(ziglang.__file__).parent / "zig"
    for name, command in TOOLS.items():
        script = folder / name
        script.write_text(f"#!/bin/sh\nexec '{zig}' {command} \"$@\"\n", encoding="utf-8")
        script.chmod(0o755)
    (folder / "toolchain.cmake").write_text(TOOLCHAIN.format(folder=folder), encoding="utf-8")
    return folder


@pytest.fixture(params=VERSIONS)
def python(
    request: pytest.FixtureRequest, python_for: Callable[[str], WindowsPython]
) -> WindowsPython:
    return python_for(f"{request.param}-x64")


@pytest.fixture(params=["Debug-ON", "Debug-OFF", "Release-ON"])
def project(
    request: pytest.FixtureRequest, python: WindowsPython, tools: Path, tmp_path: Path
) -> str:
    """The text of build.ninja that CMake generates for the invocation in the manual."""
    build_type, _, release_libs = request.param.partition("-")
    command = ["cmake", "-S", str(ROOT), "-B", str(tmp_path / "build"), "-G", "Ninja"]
    command += [f"-DPYTHON_VERSION={python.minor}", f"-DPYTHON_WINDOWS_ROOT={python.folder}"]
    command += ["-DSTATIC_BUILD=ON", f"-DCMAKE_BUILD_TYPE={build_type}"]
    command += [f"-DPYTHON_WINDOWS_USE_RELEASE_LIBS={release_libs}"]
    command += [f"-DCMAKE_TOOLCHAIN_FILE={tools / 'toolchain.cmake'}"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return (tmp_path / "build" / "build.ninja").read_text(encoding="utf-8")


def variable(project: str, name: str) -> list[str]:
    """The value of a variable of the rule that compiles api.cpp, or that links."""
    rule = r"interpreter/api\.cpp\.obj:" if name in ("DEFINES", "FLAGS") else r"[^\n]*_LINKER_"
    found = re.search(rf"^build [^\n]*{rule}.*?^  {name} = ([^\n]*)$", project, re.M | re.S)
    assert found is not None, name
    return found[1].split()


def preprocessed(project: str, compiler: str, python: WindowsPython) -> str:
    """Python.h as the plugin includes it, preprocessed as by Microsoft's compiler."""
    source = """
    #include "interpreter/api.hpp"
    #ifdef Py_DEBUG
    python: debug
    #else
    python: release
    #endif
    #ifdef _DEBUG
    plugin: debug
    #endif
    """
    # as Microsoft's compiler defines it for a debug runtime
    debug = ["-D_DEBUG=1"] if "-MTd" in variable(project, "FLAGS") else []
    defines = [item for item in variable(project, "DEFINES") if '"' not in item]
    include = [f"-I{ROOT / 'src/plugin'}", f"-I{python.folder / 'include'}"]
    command = [compiler, "-E", "-std=c++17", "-x", "c++", "-", "-D_MSC_VER=1930"]
    done = subprocess.run(
        [*command, *debug, *defines, *include],
        input=source, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_debug_builds_and_the_two_kinds_of_python(
    project: str,
    python: WindowsPython,
    binaries_for: Callable[[str], Binaries],
    tools: Path,
    tmp_path: Path,
) -> None:
    compiler = binaries_for("x64").compiler.replace("gcc", "g++")
    text = preprocessed(project, compiler, python)
    debug = "-MTd" in variable(project, "FLAGS")
    release_libs = "-DORTHANC_PYTHON_RELEASE_LIBS=1" in variable(project, "DEFINES")
    wants_debug_python = debug and not release_libs
    assert ("python: debug" in text) == wants_debug_python
    assert ("plugin: debug" in text) == debug
    asked = re.findall(r'#pragma comment\(lib,"([^"]+)"\)', text)
    name = python.library.stem + ("_d" if wants_debug_python else "")
    assert asked == [f"{name}.lib"]
    # such a file is not on the linker's path
    assert "could not open" in link(tools, tmp_path, asked, [])
    flags = [flag for flag in variable(project, "LINK_FLAGS") if "NODEFAULTLIB" in flag]
    assert link(tools, tmp_path, asked, flags) == ""


def link(tools: Path, folder: Path, libraries: list[str], flags: list[str]) -> str:
    """Link a DLL whose source requests the libraries; return the linker's errors."""
    source, object_file = folder / "asks.c", folder / "asks.obj"
    pragmas = "".join(f'#pragma comment(lib, "{name}")\n' for name in libraries)
    source.write_text(f"{pragmas}__declspec(dllexport) int f(void) {{ return 1; }}\n")
    compiler = [str(tools / "clang-cl"), "--target=x86_64-pc-windows-msvc", "/nologo", "/c", "/Zl"]
    subprocess.run([*compiler, str(source), f"/Fo{object_file}"], check=True)
    linker = [str(tools / "lld-link"), "/dll", "/noentry", f"/out:{folder / 'asks.dll'}"]
    done = subprocess.run([*linker, str(object_file), *flags], stderr=subprocess.PIPE, text=True)
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


@pytest.mark.parametrize(
    ("version", "root", "words"),
    [
        ("3.12", "3.13-x64", "holds Python 3.13, not 3.12"),
        ("3.13", "nowhere", "there is no include/patchlevel.h"),
    ],
)
def test_a_wrong_folder_is_named(
    version: str,
    root: str,
    words: str,
    python_for: Callable[[str], WindowsPython],
    tools: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path if root == "nowhere" else python_for(root).folder
    options = [f"-DPYTHON_VERSION={version}", f"-DPYTHON_WINDOWS_ROOT={folder}"]
    options.append(f"-DCMAKE_TOOLCHAIN_FILE={tools / 'toolchain.cmake'}")
    with pytest.raises(RuntimeError) as caught:
        run_cmake(ROOT, tmp_path / "build", *options)
    assert words in " ".join(str(caught.value).split())
