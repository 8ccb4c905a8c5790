# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The generated C++ is accepted by the compiler, and its structs have the layout of the model."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from generator import abi
from generator.model import Model

PLUGIN = Path(__file__).resolve().parents[2] / "src" / "plugin"


def compile_(source: Path, *includes: Path) -> subprocess.CompletedProcess[str]:
    command = [os.environ.get("CXX", "c++"), "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra"]
    command += ["-Wpedantic", "-Werror", "-x", "c++", *(f"-I{path}" for path in includes)]
    return subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)


def test_sdk_header(generated: Path, tmp_path: Path) -> None:
    source = tmp_path / "main.cpp"
    source.write_text(
        """
        #include "generated/sdk.hpp"
        #include "generated/sdk.hpp"
        static_assert(_OrthancPluginService_RestApiGet == 3001);
        static_assert(OrthancPluginErrorCode_InternalError == -1);
        static_assert(sizeof(OrthancPluginErrorCode) == 4);
        extern "C" OrthancPluginErrorCode on_change(
            OrthancPluginChangeType, OrthancPluginResourceType, const char*);
        _OrthancPluginOnChangeCallback parameters{&on_change};
        OrthancPluginErrorCode call(OrthancPluginContext* context) {
          return context->InvokeService(
              context, _OrthancPluginService_RegisterOnChangeCallback, &parameters);
        }
        """
    )
    done = compile_(source, generated)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif("sys.maxsize < 2**32", reason="the model's offsets are those of 64 bits")
@pytest.mark.parametrize("change", [{"offset": 4}, {"type": "uint64_t"}])
def test_wrong_layout_does_not_compile(
    sdk: Model, tmp_path: Path, change: dict[str, object]
) -> None:
    name = "_OrthancPluginCreateImage"
    struct = sdk.parameter_structs[name]
    fields = tuple(
        replace(field, **change) if field.name == "width" else field  # type: ignore[arg-type]
        for field in struct.fields
    )
    assert fields != struct.fields
    broken = {**sdk.parameter_structs, name: replace(struct, fields=fields)}
    (tmp_path / "sdk.hpp").write_text(abi.emit(replace(sdk, parameter_structs=broken)))
    source = tmp_path / "main.cpp"
    source.write_text('#include "sdk.hpp"\n')
    done = compile_(source)
    assert done.returncode != 0
    assert f"offsetof({name}" in done.stderr or f"sizeof({name}" in done.stderr


@pytest.mark.parametrize(
    "name", ["functions.cpp", "classes.cpp", "enumerations.cpp", "sdk_names.cpp"]
)
def test_tables(generated: Path, name: str) -> None:
    done = compile_(generated / "generated" / name, generated, PLUGIN)
    assert done.returncode == 0, done.stderr
