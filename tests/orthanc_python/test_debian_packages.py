# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import filelock
import platformdirs
import pytest

from orthanc_python import debian_packages
from orthanc_python.architecture import architectures
from orthanc_python.server import Orthanc

SCRIPT = """
import orthanc
orthanc.RegisterRestCallback("/hello", lambda output, uri, **_: output.AnswerBuffer("a", "text/a"))
"""

# Gets the missing shared library for an interpreter of Debian; then loads it.
FETCH_LIBPYTHON = """
import ctypes, sys
from orthanc_python import libpython
libpython.libpython_path = lambda: None  # a machine without the package
path = libpython.ensure_libpython()
assert path is not None
library = ctypes.CDLL(str(path))
library.Py_GetVersion.restype = ctypes.c_char_p
print(library.Py_GetVersion().decode().split()[0], sys.version.split()[0])
"""


@pytest.fixture
def no_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which `apt-get update` has never run."""
    configuration = tmp_path / "apt.conf"
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    configuration.write_text(f'Dir::State::Lists "{tmp_path}/lists";\n', encoding="utf-8")
    monkeypatch.setenv("APT_CONFIG", str(configuration))


def test_an_unpacked_orthanc_works(
    tmp_path: Path, cache: Path, no_lists: None, plugin: Path
) -> None:
    executable = debian_packages.fetch_orthanc()
    assert debian_packages.kept_orthanc() == executable
    assert cache in executable.parents
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with Orthanc(script, plugin=plugin, orthanc=executable) as server:
        assert server.get("/hello").text == "a"
        # Names of DICOM tags come from the dictionary of the package.
        tags = '{"Tags": {"PatientName": "A", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}}'
        created = server.post("/tools/create-dicom", tags).json()
        stored = server.get(f"/instances/{created['ID']}/simplified-tags").json()
        assert stored["PatientName"] == "A"
        assert os.readlink(f"/proc/{server.pid}/exe") == str(
            executable.parent / "root/usr/sbin/Orthanc"
        )
    assert server.exit_code == 0
    assert debian_packages.fetch_orthanc() == executable
    assert (
        len(architectures(debian_packages.real_executable(executable))) == 1
    )  # the launcher is a script


def test_nothing_is_left_of_a_failure(cache: Path) -> None:
    with pytest.raises(debian_packages.PackageError, match="no-such-package"):
        debian_packages.fetch_library("no-such-package", "libnone.so.1")
    assert not [path for path in (cache / "libraries").iterdir() if path.is_dir()]


def test_a_package_without_the_library_is_reported(cache: Path) -> None:
    with pytest.raises(debian_packages.PackageError, match=r"holds no libnone\.so\.1"):
        debian_packages.fetch_library("zlib1g", "libnone.so.1")


def test_a_library_is_fetched_once(cache: Path) -> None:
    path = debian_packages.fetch_library("zlib1g", "libz.so.1")
    assert path.is_file()
    assert debian_packages.fetch_library("zlib1g", "libz.so.1") == path


def test_the_version_of_an_installed_package_is_read() -> None:
    assert debian_packages.installed_version("dpkg")
    assert debian_packages.installed_version("no-such-package") is None


def test_the_libpython_of_the_distribution_is_fetched(
    tmp_path: Path, cache: Path, environment: dict[str, str]
) -> None:
    for module in (filelock, platformdirs):  # Debian's Python lacks them
        (tmp_path / module.__name__).symlink_to(Path(str(module.__file__)).parent)
    path = os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])
    result = subprocess.run(
        ["/usr/bin/python3", "-c", FETCH_LIBPYTHON],
        env={**environment, "PYTHONPATH": path, "ORTHANC_PYTHON_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    library, interpreter = result.stdout.split()
    assert library == interpreter
    assert "Taking libpython" in result.stderr
