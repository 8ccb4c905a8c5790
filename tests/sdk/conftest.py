# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tests import the generator from its own folder, as when it runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SDK = Path(__file__).resolve().parents[2] / "src" / "sdk"
sys.path.insert(0, str(SDK))

from generator import derive, documentation, model, view  # noqa: E402


@pytest.fixture(scope="session")
def sdk_folder() -> Path:
    return SDK


@pytest.fixture(scope="session")
def sdk() -> model.Model:
    return model.load(SDK / "model.json")


@pytest.fixture(scope="session")
def python_view(sdk: model.Model) -> view.View:
    return derive.load(sdk, SDK / "overrides.json")


@pytest.fixture(scope="session")
def words() -> documentation.Documentation:
    return documentation.load(SDK)


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds `generated/`, with all outputs."""
    import generate

    folder = tmp_path_factory.mktemp("sdk")
    for name, content in generate.outputs(SDK).items():
        generate.write(folder / "generated" / name, content)
    return folder
