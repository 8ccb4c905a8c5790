# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The formula, as far as it can be checked without Homebrew."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pipeline import names, project, release
from pipeline.matrix_file import Matrix

from tests.packaging.conftest import EPOCH
from tests.support.machine_packages import program


@pytest.fixture
def formula(full: Matrix, make_dist: Callable[[Matrix], Path], tmp_path: Path) -> Path:
    made = release.Release(full, project.version(), EPOCH, tmp_path / "release")
    made.assemble(make_dist(full), partial=False)
    return tmp_path / "release" / names.FORMULA


def value(formula: Path, field: str) -> str:
    found = re.findall(rf'^  {field} "(.*?)"', formula.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) == 1, field
    return str(found[0])


def test_the_header_satisfies_brew_audit(formula: Path) -> None:
    text = value(formula, "desc")
    assert len(f"orthanc-python: {text}") < 80
    assert text[0].isupper() and not text.endswith(".")
    assert not re.match(r"(An?|The|Orthanc) ", text)
    assert value(formula, "homepage").startswith("https://")
    licences = 'all_of: ["AGPL-3.0-or-later", "MIT"]'
    assert f"  license {licences}" in formula.read_text(encoding="utf-8").splitlines()
    lines = formula.read_text(encoding="utf-8").splitlines()
    order = [
        lines.index(line) for line in lines if re.match(r"  (desc|home|url|ver|sha|lic|dep)", line)
    ]
    assert [lines[at].split()[0] for at in order] == [
        *("desc", "homepage", "url", "version", "sha256", "license", "depends_on")
    ]
    assert "class OrthancPython < Formula" in lines  # Homebrew derives the name from the file's
    assert "  test do" in lines
    long = [line for line in lines if len(line) > 118 and not line.startswith('  url "')]
    assert not long and not [line for line in lines if line != line.rstrip()]


def wheel_beside(formula: Path) -> Path:
    return next(formula.parent.glob("*macosx*.whl"))


def test_it_takes_the_wheel_of_the_release(formula: Path) -> None:
    wheel = wheel_beside(formula)
    assert value(formula, "url").endswith(f"/{wheel.name}")
    assert value(formula, "version") == project.version()
    assert value(formula, "sha256") == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_it_is_ruby(formula: Path) -> None:
    assert subprocess.run([program("ruby", "ruby"), "-wc", formula], check=False).returncode == 0


def formula_block(
    formula: Path, block: str, prefix: Path, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = [str(program("ruby", "ruby")), str(Path(__file__).with_name("formula.rb"))]
    command += [str(formula), block, str(prefix)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_it_installs_the_library_and_the_licences(formula: Path, tmp_path: Path) -> None:
    program("unzip", "unzip")
    wheel, prefix, folder = wheel_beside(formula), tmp_path / "prefix", tmp_path / "staged"
    folder.mkdir()
    shutil.copy(wheel, folder)
    done = formula_block(formula, "install", prefix, folder)
    assert done.returncode == 0, done.stderr
    installed = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    library = "share/orthanc/plugins/libOrthancPython.dylib"
    assert installed == {
        library,
        "licenses/LICENSE",
        *(f"licenses/src/third_party/{name}/LICENSE" for name in ("mingw-w64", "yyjson")),
    }
    with zipfile.ZipFile(wheel) as archive:
        assert (prefix / library).read_bytes() == archive.read(
            "orthanc_python/libOrthancPython.dylib"
        )


def test_its_test_accepts_the_plugin_and_nothing_else(
    formula: Path, plugin: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "share/orthanc/plugins"
    folder.mkdir(parents=True)
    missing = formula_block(formula, "test", tmp_path)
    assert missing.returncode == 1 and "failed: ./test" in missing.stderr
    shutil.copy(plugin, folder / "libOrthancPython.dylib")
    done = formula_block(formula, "test", tmp_path)
    assert done.returncode == 0, done.stderr


# It plays Homebrew: the tap is a folder, and each command leaves a line.
BREW = """\
#!/bin/sh
echo "$@" >> "$BREW_LOG"
case $1 in
  --repository) echo "$BREW_TAP" ;;
  trust) touch "$BREW_TAP/trusted" ;;
  audit)
    test -e "$BREW_TAP/trusted" || exit
    cp "$BREW_TAP/Formula/orthanc-python.rb" "$BREW_TAP/audited.rb" ;;
  install) grep -q file:// "$BREW_TAP/Formula/orthanc-python.rb" ;;
  test) exit "${BREW_TEST_RESULT:-0}" ;;
esac
"""


@pytest.mark.parametrize("result", [0, 1])
def test_the_check_of_the_workflow(formula: Path, tmp_path: Path, result: int) -> None:
    tap, log, folder = tmp_path / "tap", tmp_path / "log", tmp_path / "bin"
    (tap / "Formula").mkdir(parents=True)
    folder.mkdir()
    (folder / "brew").write_text(BREW, encoding="utf-8")
    (folder / "brew").chmod(0o755)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "BREW_LOG": str(log),
        "BREW_TAP": str(tap),
        "BREW_TEST_RESULT": str(result),
    }
    check = project.ROOT / "packaging/homebrew/check.py"
    command = [sys.executable, str(check), str(formula.parent)]
    assert subprocess.run(command, env=environment, check=False).returncode == result
    commands = log.read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in commands] == [
        *("tap-new", "--repository", "trust", "audit", "install", "test", "uninstall", "untap")
    ]
    assert (tap / "audited.rb").read_text(encoding="utf-8") == formula.read_text(encoding="utf-8")
    url = wheel_beside(formula).as_uri()
    assert f'url "{url}", using: :nounzip' in (tap / "Formula/orthanc-python.rb").read_text(
        encoding="utf-8"
    )
