# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""check_header.py agrees with a real header of Debian, and lists differences.

Debian's header is older than the model: newer items may be absent, the rest must be the same.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import check_header
import pytest
from generator import header, model

from tests.support import cache


def _fetch(folder: Path) -> None:
    """Debian's package of the header, unpacked but not installed."""
    download = ["apt-get", "-o", "APT::Sandbox::User=root", "download", "orthanc-dev"]
    if subprocess.run(download, cwd=folder, check=False).returncode != 0:
        subprocess.run(["apt-get", "update"], check=True)
        subprocess.run(download, cwd=folder, check=True)
    package = next(folder.glob("orthanc-dev_*.deb"))
    subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)


@pytest.fixture(scope="module")
def path() -> Path:
    if check_header.INSTALLED.exists():
        return check_header.INSTALLED
    if shutil.which("apt-get") is None:
        pytest.skip("no OrthancCPlugin.h on this machine, which is no Debian either")
    folder = cache.folder() / "orthanc-dev"
    with cache.locked("orthanc-dev"):
        found = folder / "usr/include/orthanc/OrthancCPlugin.h"
        if not found.exists():
            folder.mkdir(exist_ok=True)
            _fetch(folder)
    return found


def differences(sdk: model.Model, path: Path, old: str, new: str, copy: Path) -> list[str]:
    """The reported differences after a replacement in the text of the header."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return check_header.compare(sdk, header.load(copy))


def test_header_agrees(sdk: model.Model, path: Path) -> None:
    found = header.load(path)
    assert found.sdk >= (1, 9, 1)
    assert len(found.functions) > 150
    assert len(found.structs) > 90
    assert check_header.compare(sdk, found) == []


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        (
            "_OrthancPluginService_LogInfo = 1,",
            "_OrthancPluginService_LogInfo = 7777,",
            "service LogInfo is 7777",
        ),
        (
            "OrthancPluginHttpMethod_Get = 1,",
            "OrthancPluginHttpMethod_Get = 9,",
            "OrthancPluginHttpMethod_Get is 9, in the model 1",
        ),
        (
            "OrthancPluginHttpMethod_Get = 1,",
            "OrthancPluginHttpMethod_Get = 1, OrthancPluginHttpMethod_Brew = 9,",
            "OrthancPluginHttpMethod_Brew is 9, in the model None",
        ),
        (
            "} OrthancPluginMemoryBuffer;",
            "uint64_t more; } OrthancPluginMemoryBuffer;",
            "OrthancPluginMemoryBuffer has more fields than in the model",
        ),
        (
            "OrthancPluginRestApiDelete(",
            "OrthancPluginRestApiErase(",
            "function OrthancPluginRestApiErase is not in the model",
        ),
    ],
)
def test_a_difference_is_reported(
    sdk: model.Model, path: Path, tmp_path: Path, old: str, new: str, difference: str
) -> None:
    assert difference in differences(sdk, path, old, new, tmp_path / "header.h")


def test_a_lost_function_is_reported(sdk: model.Model, path: Path, tmp_path: Path) -> None:
    found = differences(
        sdk, path, "OrthancPluginRestApiDelete(", "OrthancPluginRestApiErase(", tmp_path / "h.h"
    )
    assert any(line.startswith("OrthancPluginRestApiDelete is not in the header") for line in found)


def test_text_that_does_not_compile_is_refused(tmp_path: Path, path: Path) -> None:
    broken = tmp_path / "header.h"
    broken.write_text(path.read_text(encoding="utf-8") + "\nnonsense nonsense;\n", encoding="utf-8")
    with pytest.raises(ValueError, match="nonsense"):
        header.load(broken)
