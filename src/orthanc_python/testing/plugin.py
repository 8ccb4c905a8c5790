# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin of pytest. It imports the modules that do the work when a test uses a fixture."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .dicom import DicomMaker
    from .modality import Modality
    from .orthanc_under_test import OrthancUnderTest
    from .servers import Servers, StartOrthanc

_SERVERS: pytest.StashKey[Servers] = pytest.StashKey()
_MARKER = "orthanc"
_OPTION = "--orthanc"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option --orthanc."""
    group = parser.getgroup("orthanc", "Orthanc")
    group.addoption(
        _OPTION,
        metavar="VERSION|PATH",
        help="the Orthanc that runs the scripts; without it the installed one, otherwise one is "
        "downloaded",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and check the option."""
    wanted = config.getoption(_OPTION)
    given = config.invocation_params.args
    if wanted and Path(wanted).exists() and wanted in given:
        raise pytest.UsageError(
            f"Write {_OPTION}={wanted}, with the sign =: in the form `{_OPTION} PATH`, pytest "
            "searches for its configuration in the folder of PATH"
        )
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(*scripts, config={{}}): the scripts and the configuration of the fixture "
        "`orthanc`; paths are relative to the folder of the test or to a folder above it",
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    """Add the log of Orthanc to the report of a failed test."""
    outcome = yield
    servers = item.config.stash.get(_SERVERS, None)
    if servers is not None and outcome.get_result().failed:
        outcome.get_result().sections += servers.logs()


@pytest.fixture(scope="session")
def _orthanc_servers(pytestconfig: pytest.Config) -> Iterator[Servers]:
    from .servers import Servers

    servers = Servers(pytestconfig.getoption(_OPTION))
    pytestconfig.stash[_SERVERS] = servers
    try:
        yield servers
    finally:
        del pytestconfig.stash[_SERVERS]
        servers.close()


@pytest.fixture(scope="session")
def start_orthanc(_orthanc_servers: Servers) -> StartOrthanc:
    """Starts further Orthancs, which run until the end of the session."""
    return _orthanc_servers.start


@pytest.fixture
def orthanc_scripts() -> Sequence[str | Path]:
    """The scripts of tests whose markers name none: override it for a whole folder."""
    return ()


@pytest.fixture
def orthanc_config() -> Mapping[str, object]:
    """The configuration to which the markers add: override it for a whole folder."""
    return {}


@pytest.fixture
def orthanc(
    request: pytest.FixtureRequest,
    _orthanc_servers: Servers,
    orthanc_scripts: Sequence[str | Path],
    orthanc_config: Mapping[str, object],
) -> Iterator[OrthancUnderTest]:
    """A fresh Orthanc with the scripts and the configuration of the marker `orthanc`.

    The nearest marker that names scripts counts; the options of all markers are merged.
    """
    markers = list(request.node.iter_markers(_MARKER))  # the nearest one first
    config = dict(orthanc_config)
    for marker in reversed(markers):
        config.update(_config_of(marker))
    wanted = next((marker.args for marker in markers if marker.args), orthanc_scripts)
    scripts = [_find(Path(script), request) for script in wanted]
    server = _orthanc_servers.start(*scripts, config=config)
    yield server
    code, log = server.exit_code, server.log
    _orthanc_servers.stop_later(server, request.node.nodeid)
    if code is not None:
        from ..output import tail

        message = f"Orthanc ended during the test, with exit code {code}\n{tail(log)}"
        pytest.fail(message, pytrace=False)


def _config_of(marker: pytest.Mark) -> Mapping[str, object]:
    options = dict(marker.kwargs)
    config: Mapping[str, object] = options.pop("config", {})
    if options:
        raise pytest.UsageError(
            f"The marker {_MARKER} has no argument {', '.join(options)}: it accepts scripts and "
            "config"
        )
    return config


def _find(script: Path, request: pytest.FixtureRequest) -> Path:
    """The script, in the folder of the test or the nearest folder above it."""
    top = request.config.rootpath
    folder = request.path.parent
    folders = [folder, *(parent for parent in folder.parents if top in (parent, *parent.parents))]
    for place in folders:
        if (place / script).exists():
            return place / script
    raise FileNotFoundError(
        f"There is no script {script} in {folder} or a folder above it, up to {top}: correct the "
        f"marker {_MARKER} of {request.node.nodeid}"
    )


@pytest.fixture(scope="session")
def _modality(_orthanc_servers: Servers) -> Iterator[Modality]:
    from .modality import Modality
    from .servers import MODALITY_AET, MODALITY_NAME

    with Modality(MODALITY_NAME, MODALITY_AET, _orthanc_servers.modality_port) as modality:
        yield modality


@pytest.fixture
def modality(_modality: Modality) -> Modality:
    """A DICOM modality that records the received instances; Orthanc knows it as "modality"."""
    _modality.clear()
    return _modality


@pytest.fixture
def dicom(tmp_path: Path) -> DicomMaker:
    """Makes small DICOM images."""
    from .dicom import DicomMaker

    return DicomMaker(tmp_path)
