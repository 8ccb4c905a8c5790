# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shared by all tests: the plugin under test, Orthanc processes, DICOM files, Debian releases."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orthanc_python.find_orthanc import find_orthanc
from orthanc_python.library import library_path
from tests.support import debian_chroots, dicom
from tests.support.debian_chroots import Chroot
from tests.support.servers import Servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNIVERSAL_VARIABLE = "ORTHANC_PYTHON_LIBRARY_ANY"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--plugin", type=Path, help="the OrthancPython library to test")
    parser.addoption(
        "--debian",
        choices=sorted(debian_chroots.RECIPES),
        help="run the tests that name no Debian release in this one, not on this machine "
        "(without those that pass paths of this machine to Orthanc)",
    )
    parser.addoption(
        "--universal-plugin",
        type=Path,
        help="the OrthancPython library that serves every Python, for the Debian releases "
        f"(default: ${UNIVERSAL_VARIABLE}, else the one of --plugin)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "chroot: runs in a chroot with another Debian release and its Orthanc; needs root",
    )
    config.addinivalue_line(
        "markers", "this_machine: passes paths of this machine to Orthanc; --debian leaves it out"
    )
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # a shell's background job ignores it, and each Orthanc would inherit that
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run tests that share an Orthanc in the same worker of pytest-xdist: each worker would start
    an Orthanc of its own.
    """
    if config.getoption("--debian") is not None:
        unfit = [item for item in items if item.get_closest_marker("this_machine") is not None]
        config.hook.pytest_deselected(items=unfit)
        items[:] = [item for item in items if item not in unfit]
    for item in items:
        if isinstance(item, pytest.Function) and "module_orthanc" in item.fixturenames:
            parameters = item.callspec.params if hasattr(item, "callspec") else {}
            server = parameters.get("server", parameters.get("where", ""))
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}{server}"))


@pytest.fixture(scope="session")
def plugin(pytestconfig: pytest.Config) -> Path:
    """The library under test."""
    chosen: Path | None = pytestconfig.getoption("--plugin")
    return chosen.absolute() if chosen is not None else library_path()


@pytest.fixture(scope="session")
def universal_plugin(pytestconfig: pytest.Config, plugin: Path) -> Path:
    """The library built for every Python, for tests with other Pythons."""
    chosen: Path | None = pytestconfig.getoption("--universal-plugin")
    if chosen is None and os.environ.get(UNIVERSAL_VARIABLE):
        chosen = Path(os.environ[UNIVERSAL_VARIABLE])
    return chosen.absolute() if chosen is not None else plugin


@pytest.fixture(scope="session")
def orthanc_executable() -> Path:
    """The Orthanc of this machine, fetched if there is none."""
    return find_orthanc()


@pytest.fixture(scope="session")
def chroot() -> Callable[[str], Chroot]:
    """The chroot of a Debian release, such as "sid"; created at its first use."""
    return debian_chroots.prepare


@pytest.fixture(
    scope="module",
    params=[None, pytest.param("sid", marks=pytest.mark.chroot)],
    ids=["here", "sid"],
)
def where(request: pytest.FixtureRequest) -> str | None:
    """The Debian release, for tests with the Orthanc of this machine and with the newest one."""
    name: str | None = request.param
    return name


@pytest.fixture(scope="session")
def new_servers(
    plugin: Path,
    universal_plugin: Path,
    orthanc_executable: Path,
    chroot: Callable[[str], Chroot],
    pytestconfig: pytest.Config,
) -> Callable[[Path], Servers]:
    """Makes the object that starts Orthancs, for a folder of the tests."""

    def library(chroot: Chroot | None) -> Path:
        return plugin if chroot is None else universal_plugin

    default = pytestconfig.getoption("--debian")
    return lambda folder: Servers(folder, library, orthanc_executable, chroot, default)


@pytest.fixture
def orthanc(tmp_path: Path, new_servers: Callable[[Path], Servers]) -> Iterator[Servers]:
    """Starts Orthancs for one test."""
    servers = new_servers(tmp_path)
    yield servers
    servers.close()


@pytest.fixture(scope="module")
def module_orthanc(
    tmp_path_factory: pytest.TempPathFactory, new_servers: Callable[[Path], Servers]
) -> Iterator[Servers]:
    """Starts Orthancs that the tests of one file share."""
    servers = new_servers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this machine, headless; other tests do not load Playwright."""
    from tests.support.browser import opened_browser

    with opened_browser() as browser:
        yield browser


@pytest.fixture
def dicom_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small DICOM file; for the arguments, see `dicom.image`."""
    count = 0

    def write(*arguments: Any, **keywords: Any) -> Path:
        nonlocal count
        count += 1
        path = tmp_path / f"{count}.dcm"
        path.write_bytes(dicom.encode(dicom.image(*arguments, **keywords)))
        return path

    return write
