# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reference pages: each name has a topic and an example, and the examples are valid."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from generator import examples, stub_names, topics
from generator.stub import load as load_stub
from generator.stub_names import Form
from generator.topics import MORE, Topic, TopicError, assign
from generator.view import View

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(sdk_folder: Path) -> dict[str, stub_names.Entry]:
    """The names of the Python runtime."""
    return stub_names.read(load_stub(sdk_folder / "stub"))


def test_each_function_of_the_sdk_has_an_example(python_view: View, sdk_folder: Path) -> None:
    known = examples.load(sdk_folder / "examples")
    assert sorted({item.identifier for item in python_view.callables()} - known.keys()) == []


def test_each_name_of_the_runtime_has_an_example(
    written: dict[str, stub_names.Entry], sdk_folder: Path
) -> None:
    names = {name for name, entry in written.items() if not entry.is_protocol}
    assert sorted(names - examples.load(sdk_folder / "examples").keys()) == []


def test_each_example_belongs_to_a_name(
    python_view: View, written: dict[str, stub_names.Entry], sdk_folder: Path
) -> None:
    names = {item.identifier for item in python_view.callables()}
    names |= {class_.name for class_ in python_view.classes} | written.keys()
    assert sorted(examples.load(sdk_folder / "examples").keys() - names) == []


def check_types(folder: Path, stub: Path) -> str:
    """Check examples against a stub with the settings of the project; return the errors."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(folder)]
    environment = {**os.environ, "MYPYPATH": str(stub / "generated")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    return done.stdout + done.stderr


def test_examples_agree_with_the_stub(sdk_folder: Path, generated: Path) -> None:
    assert check_types(sdk_folder / "examples", generated) == ""


def test_a_wrong_example_is_found(tmp_path: Path, generated: Path) -> None:
    (tmp_path / "examples").mkdir()
    wrong = "import orthanc\ndef LogInfo() -> None:\n    orthanc.LogInfo(1)\n"
    (tmp_path / "examples" / "log.py").write_text(wrong)
    assert 'Argument 1 to "LogInfo" has incompatible type' in check_types(
        tmp_path / "examples", generated
    )


def test_a_function_of_the_sdk_without_a_topic_is_an_error() -> None:
    topic = Topic("log", "Log", "", ("Log*",))
    with pytest.raises(TopicError, match="HttpGet belongs to no topic"):
        assign([topic], ["HttpGet"], [])


def test_a_name_with_two_topics_is_an_error() -> None:
    found = [Topic("log", "Log", "", ("Log*",)), Topic("more-log", "Log", "", ("LogInfo",))]
    with pytest.raises(TopicError, match="LogInfo belongs to log, more-log"):
        assign(found, ["LogInfo"], [])


def test_a_new_name_of_the_runtime_gets_a_page() -> None:
    topic = Topic("log", "Log", "", ("Log*",))
    assert assign([topic], ["LogInfo"], ["mount"]) == {topic: ["LogInfo"], MORE: ["mount"]}


def test_the_runtime_has_topics(written: dict[str, stub_names.Entry], sdk_folder: Path) -> None:
    names = [name for name, entry in written.items() if not entry.is_protocol]
    known = topics.load(sdk_folder / "topics.json")
    (jobs,) = (topic for topic in known if topic.name == "jobs")
    found = [name for name in assign(known, [], names).get(jobs, []) if name in names]
    assert found == ["job", "BaseJob"]


def test_an_object_has_the_methods_of_its_class(written: dict[str, stub_names.Entry]) -> None:
    paths = {member.path for member in written["pixels"].members}
    assert {"pixels.volume", "Volume.spacing"} <= paths
    spacing = next(one for one in written["pixels"].members if one.path == "Volume.spacing")
    assert (spacing.form, spacing.signature) == (Form.ATTRIBUTE, "tuple[float, float, float]")
