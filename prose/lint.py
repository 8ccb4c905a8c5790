# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check the prose of documents, comments and docstrings: `python prose/lint.py [FILE...]`.

proselint does the work; vocabulary.toml adds the project's own terms to its checks. Two rules need
whole sentences: no sentence begins with a headless clause, and documents have no long sentences.
"""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from proselint.checks import __register__ as general_checks
from proselint.registry.checks import Check
from proselint.registry.checks.types import PreferredForms

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
VOCABULARY = Path(__file__).with_name("vocabulary.toml")
# The checks of proselint that suit technical English
GENERAL = (
    "archaism",
    "cliches",
    "malapropisms",
    "misc.illogic",
    "mixed_metaphors",
    "needless_variants",
    "nonwords",
    "redundancy",
    "spelling",
)
LONGEST_SENTENCE = 30  # words, in documents
# A sentence ends at its full stop, or with its paragraph, list item or table cell
SENTENCE = re.compile(r"(?:[^|\n.!?]|[.!?](?![\s\"')*])|\n(?!\s*(?:\n|[|#]|[*-] |\d+\. )))+[.!?]?")
HEADLESS = re.compile(
    r"(?:[^?]*: )?[\s\"'(*-]*(what|who|whom|whoever|that which)\b[^?]*\Z", re.IGNORECASE
)


def checks() -> list[Check]:
    vocabulary = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))
    own = [
        Check(PreferredForms(vocabulary["preferred"]), path="preferred", message="'{1}': {0}"),
        Check(PreferredForms(vocabulary["headless"]), path="headless", message="'{1}': {0}"),
    ]
    return own + [check for check in general_checks if check.path.startswith(GENERAL)]


def _blank(match: re.Match[str]) -> str:
    """Replace text that is not prose by spaces, so that line numbers stay the same."""
    return re.sub(r"[^\n]", " ", match.group())


def markdown(text: str) -> str:
    for pattern in (r"(?s)<!--.*?-->", r"(?ms)^ *```.*?^ *```"):
        text = re.sub(pattern, _blank, text)
    text = re.sub(r"`[^`\n]+`", _code_as_word, text)
    return re.sub(r"\]\([^)\n]*\)", _blank, text)


def _code_as_word(match: re.Match[str]) -> str:
    return "C" * len(match.group())


def _lines(text: str, pieces: Iterator[tuple[int, str]]) -> str:
    """A text with as many lines that contains only the pieces, each at its original line."""
    lines: list[list[str]] = [[] for _ in range(text.count("\n") + 2)]
    for first, piece in pieces:
        for number, line in enumerate(piece.split("\n"), first):
            lines[number - 1].append(line)
    return "\n".join(" | ".join(line) or "|" for line in lines)  # a bar separates sentences


def _is_message(text: str) -> bool:
    """Whether a string is a message for a person."""
    return len(re.findall(r"[A-Za-z]{2,}[ ,.:]", text)) >= 3 and "\n    " not in text


def python(text: str, *, messages: bool) -> str:
    def pieces() -> Iterator[tuple[int, str]]:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and "SPDX-" not in token.string:
                yield token.start[0], token.string.lstrip("#: ")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.lineno, f"| {node.name[len('test_') :].replace('_', ' ')} |"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                docstring = text.split("\n")[node.lineno - 1].lstrip().startswith(('"""', 'r"""'))
                if docstring or (messages and _is_message(node.value)):
                    yield node.lineno, node.value

    return markdown(_lines(text, pieces()))


def cpp(text: str, *, messages: bool) -> str:
    def pieces() -> Iterator[tuple[int, str]]:
        for number, line in enumerate(text.split("\n"), 1):
            comment = re.search(r"(?:^|\s)//(?! namespace)(.*)", line)
            if comment is not None:
                yield number, comment[1]
            for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
                if messages and " " in literal:
                    yield number, literal

    return markdown(_lines(text, pieces()))


def configuration(text: str) -> str:
    """The comments of CMake, TOML, YAML and shell files, and CMake's messages."""

    def pieces() -> Iterator[tuple[int, str]]:
        for number, line in enumerate(text.split("\n"), 1):
            comment = re.search(r"(?:^|\s)#(?!!)(.*)", line)
            if comment is not None:
                yield number, comment[1]
            elif "message(" in line or line.lstrip().startswith('"'):
                yield from ((number, literal) for literal in re.findall(r'"([^"]* [^"]*)', line))

    return markdown(_lines(text, pieces()))


def sdk_texts(text: str) -> str:
    """The texts of src/sdk/*.json, one per line, without their examples."""

    def pieces() -> Iterator[tuple[int, str]]:
        for number, line in enumerate(text.split("\n"), 1):
            value = re.search(r'"(?!example)\w+": ("(?:[^"\\]|\\.)* (?:[^"\\]|\\.)*")', line)
            if value is not None:
                yield number, re.sub(r"\n    .*|\n", " ", json.loads(value[1]))

    return markdown(_lines(text, pieces()))


CONFIGURATIONS = (".cmake", ".toml", ".yml", ".yaml", ".txt", "/.ci/run", "/Dockerfile")
SUFFIXES = (".md", ".py", ".cpp", ".hpp", ".json", ".pyi.in", *CONFIGURATIONS)


def prose(path: Path) -> str:
    """The text of a file without its code. The strings of tests are data, not messages."""
    text = path.read_text(encoding="utf-8")
    messages = "tests" not in path.parts
    if path.suffix == ".md":
        return markdown(text)
    if path.as_posix().endswith(CONFIGURATIONS):
        return configuration(text)
    if path.suffix == ".json":
        return sdk_texts(text) if path.parent.name == "sdk" else ""
    extract = cpp if path.suffix in (".cpp", ".hpp") else python
    return extract(text, messages=messages)


def tracked_files() -> list[Path]:
    command = [
        "git",
        "-C",
        str(ROOT),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    # The rules themselves quote the words that they refuse.
    others = ("src/third_party/", "STYLE.md", "prose/vocabulary.toml")
    own = (name for name in names if name and not name.startswith(others))
    return [ROOT / name for name in own if (ROOT / name).exists()]


def sentence_problems(text: str, *, document: bool) -> Iterator[tuple[int, str]]:
    for match in SENTENCE.finditer(text):
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        line = text.count("\n", 0, start) + 1
        headless = HEADLESS.match(match.group())
        if headless is not None:
            yield line, f"'{headless[1]}': name the thing or the person (sentence start)"
        words = len(re.findall(r"[\w',.+-]*\w", match.group()))
        if document and words > LONGEST_SENTENCE:
            yield line, f"a sentence of {words} words: split it (sentence length)"


def problems(path: Path, active: list[Check]) -> Iterator[tuple[int, str]]:
    text = prose(path)
    yield from sentence_problems(text, document=path.suffix == ".md")
    for check in active:
        for result in check.check_with_flags(text):
            line = text.count("\n", 0, result.span[0]) + 1
            yield line, f"{' '.join(result.message.split())} ({check.path})"


def main(arguments: list[str]) -> int:
    files = [Path(name) for name in arguments] or tracked_files()
    active = checks()
    count = 0
    for path in files:
        if path.as_posix().endswith(SUFFIXES):
            for line, message in sorted(problems(path, active)):
                print(f"{path}:{line}: {message}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
