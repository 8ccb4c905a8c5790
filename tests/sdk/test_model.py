# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""model.json and overrides.json are consistent: each name that they mention exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from generator import derive, model
from generator.view import View


def test_services_exist(sdk: model.Model) -> None:
    used = {function.service for function in sdk.functions.values() if function.service}
    assert used <= sdk.services.keys()
    ids = [service.id for service in sdk.services.values()]
    assert ids == sorted(set(ids))


def test_fields_exist(sdk: model.Model) -> None:
    for function in sdk.functions.values():
        if function.parameter_struct is None:
            assert not function.fields
            continue
        struct = sdk.parameter_structs[function.parameter_struct]
        names = {field.name for field in struct.fields}
        assert {path.split(".")[0] for path in function.fields} <= names, function.name


def test_every_argument_is_passed_on(sdk: model.Model) -> None:
    for function in sdk.functions.values():
        if function.parameter_struct is None:
            continue
        sources = " ".join(function.fields.values())
        for parameter in function.parameters:
            if parameter.name != "context":
                assert re.search(rf"\b{parameter.name}\b", sources), function.name


def test_types_exist(sdk: model.Model) -> None:
    known = {
        *sdk.enumerations,
        *sdk.opaque_types,
        *sdk.callbacks,
        *sdk.structs,
        *sdk.parameter_structs,
        "_OrthancPluginService",
        "_OrthancPluginContext_t",
    }
    structs = [*sdk.structs.values(), *sdk.parameter_structs.values()]
    used = [variable.type for struct in structs for variable in struct.fields]
    used += [callback.returns for callback in sdk.callbacks.values()]
    used += [function.returns for function in sdk.functions.values()]
    used += [p.type for callback in sdk.callbacks.values() for p in callback.parameters]
    used += [p.type for function in sdk.functions.values() for p in function.parameters]
    text = " ".join(used)
    assert set(re.findall(r"_?OrthancPlugin\w+", text)) <= known


def test_each_function_is_in_python_or_has_a_reason(sdk: model.Model, python_view: View) -> None:
    there = {function.name for item in python_view.callables() for function in item.sdk}
    freed = {class_.free.name for class_ in python_view.classes if class_.free}
    assert not there & python_view.omitted.keys()
    assert there | freed | python_view.omitted.keys() == sdk.functions.keys()
    assert all(python_view.omitted.values())


def test_overrides_name_existing_parameters(sdk: model.Model, sdk_folder: Path) -> None:
    overrides = json.loads((sdk_folder / "overrides.json").read_text(encoding="utf-8"))
    for name, override in overrides["functions"].items():
        parameters = {parameter.name for parameter in sdk.functions[name].parameters}
        assert override.get("parameters", {}).keys() <= parameters, name


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([{"name": "data", "type": "const void *"}], "which size"),
        ([{"name": "table", "type": "const char *const *"}], "no rule for a parameter"),
    ],
)
def test_unknown_shapes_are_refused(
    sdk: model.Model, parameters: list[dict[str, Any]], message: str
) -> None:
    function = {
        "first_release": "9.0.0",
        "returns": "void",
        "parameters": parameters,
        "service": "LogInfo",
        "result": "none",
    }
    small = model.parse(
        {
            "sdk": "9.0.0",
            "macros": {},
            **{
                kind: {}
                for kind in (
                    "services",
                    "enumerations",
                    "opaque_types",
                    "callbacks",
                    "structs",
                    "parameter_structs",
                )
            },
            "functions": {"OrthancPluginNew": function},
        }
    )
    deriver = derive.Deriver(small, {"functions": {}, "hand_written": {}, "omitted": {}})
    with pytest.raises(ValueError, match=message):
        deriver.view()
