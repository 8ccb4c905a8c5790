# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs.json documents each item of the model, and no others."""

from __future__ import annotations

from pathlib import Path

import generate
from generator.documentation import Documentation
from generator.model import Model
from generator.pages import GENERATED
from generator.view import View


def test_each_function_has_words(python_view: View, words: Documentation) -> None:
    without = [item.path for item in python_view.callables() if not words.of(item).get("summary")]
    assert without == []


def test_exactly_the_parameters_of_a_function_are_documented(
    python_view: View, words: Documentation
) -> None:
    for item in python_view.callables():
        documented = set(words.of(item).get("parameters", {}))
        assert documented == {parameter.name for parameter in item.parameters}, item.path


def test_each_result_has_words(python_view: View, words: Documentation) -> None:
    without = [
        item.path
        for item in python_view.callables()
        if item.annotation != "None" and not words.result_words(item)
    ]
    assert without == []


def test_classes_and_enumerations_have_words(python_view: View, words: Documentation) -> None:
    assert set(words.data["classes"]) == {class_.name for class_ in python_view.classes}
    assert set(words.data["enumerations"]) == {item.name for item in python_view.enumerations}
    for enumeration in python_view.enumerations:
        entry = words.enumeration(enumeration)
        assert entry["summary"]
        assert set(entry["members"]) == {member.name for member in enumeration.members}


def test_nothing_else_is_documented(sdk: Model, python_view: View, words: Documentation) -> None:
    assert words.data["functions"].keys() <= sdk.functions.keys()
    assert words.data["python"].keys() <= {item.path for item in python_view.callables()}


def test_docstring(python_view: View, words: Documentation) -> None:
    method = next(item for item in python_view.callables() if item.path == "Image.DrawText")
    docstring = words.docstring(method)
    assert docstring.startswith("DrawText($self, /, font_index, utf8_text, x, y, r, g, b)\n--\n\n")
    assert docstring.endswith("SDK: OrthancPluginDrawText")


def test_reference_pages_are_fresh(sdk_folder: Path) -> None:
    folder = Path(__file__).parents[2] / "docs" / "reference"
    pages = {name: page for name, page in generate.outputs(sdk_folder).items() if "/" in name}
    texts = {f"reference/{path.name}": path.read_text("utf-8") for path in folder.iterdir()}
    written = {name: text for name, text in texts.items() if text.startswith(GENERATED)}
    assert written == pages, "run: python src/sdk/generate.py docs --only reference"


def test_coverage_names_each_function_of_the_sdk(sdk: Model) -> None:
    folder = Path(__file__).parents[2] / "docs" / "reference"
    lines = (folder / "coverage.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[1:4] for line in lines if line.startswith("| `")]
    assert sorted(name.strip(" `") for name, _, _ in rows) == sorted(sdk.functions)
    assert all(since.strip() and where.strip() for _, since, where in rows)
