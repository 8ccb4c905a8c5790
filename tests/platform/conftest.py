# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs around the functions of the operating system."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.native import SOURCES, compile_program


@pytest.fixture(scope="session")
def process_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    main = Path(__file__).with_name("process_main.cpp")
    return compile_program(main, [SOURCES / "platform/process_unix.cpp"], tmp_path_factory)
