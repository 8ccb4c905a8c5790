# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/how-to/troubleshooting.md has each message that a user of the plugin can meet.

These are the errors, warnings and exceptions of the plugin's start, configuration, search for a
Python and callbacks, all exceptions of the Python runtime, and the findings of the doctor.
"""

from __future__ import annotations

import re

from tests.support.messages import GAP, Message, of_package, of_plugin
from tests.support.pages import ROOT

PAGE = (ROOT / "docs/how-to/troubleshooting.md").read_text(encoding="utf-8")
PLUGIN = ("entry.cpp", "plugin.cpp", "host", "discovery", "interpreter", "callbacks")
CALLS = ("binding/sdk_calls.cpp", "binding/objects.cpp", "binding/module.cpp")
PACKAGE = (
    *("doctor", "configuration_files.py", "configuration_types.py", "find_orthanc.py"),
    *("library.py", "libpython.py", "open_access.py", "outside_orthanc.py"),
)
MESSAGES = [
    *of_plugin(*PLUGIN, *CALLS),
    *of_package("orthanc_runtime", *(f"orthanc_python/{name}" for name in PACKAGE)),
]
# They report no problem, or are parts of other messages.
NO_PROBLEM = (
    "Using Python script",
    "Python … (free-threaded)",
    "Python plugin is initializing",
    "Python plugin is finalizing",
    "Version of the Orthanc SDK in use by the Python plugin",
    "The Python script has … to stop",
    "REST routes in Python:",
    "CPython 3.… or later",
    "another user",
    "/usr/local/bin",
    "…libpython…libpython…",
    "…(already finished)…",
    "python3…t……_d…….dll",
    "Save it as UTF-8.",
    "Correct the path.",
    "Correct the option in the section",
    "configuration: …",
    "Plugins: loads …",
    "Orthanc: …, version …",
    "import …: works",
    "plugin: version …",
    "Python in Orthanc: …",
    "rights: … may use all of it",
)
ENOUGH = 18  # letters of a quotation, or half of those of the message


def quotations() -> list[str]:
    """The code in the text, without the markup."""
    return [
        found.strip() for found in re.findall(r"`` (.+?) ``|`([^`\n]+)`", PAGE) for found in found
    ]


def pieces(quotation: str) -> list[str]:
    return [piece.strip() for piece in quotation.split(GAP) if piece.strip()]


def matches(quotation: str, message: str) -> bool:
    """Whether the message has the pieces of the quotation, in their order."""
    if letters(quotation) < min(ENOUGH, letters(message) / 2):
        return False
    return re.search(".*".join(map(re.escape, pieces(quotation))), message, re.DOTALL) is not None


def letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def is_problem(message: Message) -> bool:
    return not any(text in message.text for text in NO_PROBLEM)


def test_each_message_has_its_remedy() -> None:
    quoted = quotations()
    problems = [message for message in MESSAGES if is_problem(message)]
    missing = [
        str(message)
        for message in problems
        if not any(matches(quotation, message.text) for quotation in quoted)
    ]
    assert len(problems) > 150
    assert missing == [], "\n".join(missing)


def test_each_heading_quotes_a_message_of_today() -> None:
    headings = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)
    texts = [message.text for message in MESSAGES]
    assert len(headings) > 30
    assert [text for text in headings if not any(matches(text, each) for each in texts)] == []
