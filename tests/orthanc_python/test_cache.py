# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from orthanc_python.cache import cache_folder, locked, new_folder

NO_HOME = {"HOME": "/nonexistent", "ORTHANC_PYTHON_CACHE": "", "XDG_CACHE_HOME": ""}


def test_the_variable_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    assert cache_folder().is_dir()


def test_xdg_cache_home_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORTHANC_PYTHON_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "orthanc-python"


def test_the_folder_is_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORTHANC_PYTHON_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "orthanc-python"


def without_home(environment: dict[str, str], temporary: Path) -> subprocess.CompletedProcess[str]:
    code = "from orthanc_python.cache import cache_folder; print(cache_folder())"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, **NO_HOME, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_home_the_folder_is_private(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = Path(without_home(environment, tmp_path).stdout.strip())
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_user_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    ours = Path(without_home(environment, tmp_path).stdout.strip())
    ours.rmdir()
    ours.symlink_to(tmp_path)
    result = without_home(environment, tmp_path)
    assert result.returncode != 0
    assert "ORTHANC_PYTHON_CACHE" in result.stderr


def test_the_lock_keeps_others_out(tmp_path: Path, environment: dict[str, str]) -> None:
    code = (
        "import sys; from pathlib import Path; from orthanc_python.cache import locked\n"
        "print('waiting', flush=True)\n"
        "with locked(Path(sys.argv[1])): print(Path(sys.argv[1]).read_text())"
    )
    path = tmp_path / "shared"
    with locked(path):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], env=environment, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        path.write_text("written under the lock")
    assert process.communicate(timeout=60)[0] == b"written under the lock\n"


def test_lock_of_a_killed_process_is_free(tmp_path: Path, environment: dict[str, str]) -> None:
    code = (
        "import sys; from pathlib import Path; from orthanc_python.cache import locked\n"
        "with locked(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "shared")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"locked\n"
    process.kill()
    process.communicate()
    got = threading.Event()

    def take() -> None:
        with locked(tmp_path / "shared"):
            got.set()

    threading.Thread(target=take, daemon=True).start()
    assert got.wait(30)


def test_new_folder_appears_whole(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "final"
    with new_folder(final) as folder:
        (folder / "file").write_text("content")
        assert not final.exists()
    assert os.listdir(final) == ["file"]
    assert os.listdir(final.parent) == ["final"]


def test_new_folder_vanishes_on_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "final") as folder:
        (folder / "file").write_text("content")
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []
