# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each example runs unchanged in a real Orthanc."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.configuration import read_configuration
from orthanc_python.testing import OrthancUnderTest
from tests.support import dicom
from tests.support.servers import Servers

EXAMPLES = Path(__file__).parents[2] / "examples"

Example = Callable[..., OrthancUnderTest]


@pytest.fixture
def example(orthanc: Servers) -> Example:
    """Starts Orthanc with an example; for the keywords, see `Servers`."""

    def start(
        name: str, *, config: Mapping[str, object] | None = None, **options: Any
    ) -> OrthancUnderTest:
        settings = orthanc.packages(options.get("debian"))
        settings.update(config or {})
        return orthanc(EXAMPLES / name, config=settings, **options)

    return start


@pytest.fixture
def peer_config() -> dict[str, Any]:
    """The settings in examples/orthanc.json, which the documentation of the examples gives."""
    return read_configuration(EXAMPLES / "orthanc.json")


def upload(
    server: OrthancUnderTest, *arguments: Any, auth: tuple[str, str] | None = None, **elements: Any
) -> dict[str, Any]:
    """Upload a small image; for the other arguments, see `dicom.image`."""
    return server.upload(dicom.image(*arguments, **elements), auth=auth)
