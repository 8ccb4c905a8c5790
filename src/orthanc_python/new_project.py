# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python new`: a project with a script, its test, and the files around them."""

from __future__ import annotations

import keyword
import re
from importlib.util import find_spec
from pathlib import Path
from string import Template

from .run import UsageError

_TEMPLATES = Path(__file__).with_name("project_template")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*")


def new_project(folder: Path) -> list[Path]:
    """Write the files of a project into a new folder; the project is named after the folder."""
    folder = folder.absolute()
    name = folder.name
    module = name.lower().replace("-", "_")
    _check_folder(folder)
    _check_name(name, module)
    values = {"name": name, "module": module, "route": name.lower()}
    targets = {
        "script.py": folder / f"{module}.py",
        "test_script.py": folder / "tests" / f"test_{module}.py",
        "pyproject.toml": folder / "pyproject.toml",
        "compose.yaml": folder / "compose.yaml",
        "launch.json": folder / ".vscode" / "launch.json",
    }
    for source, target in targets.items():
        template = Template((_TEMPLATES / f"{source}.in").read_text(encoding="utf-8"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.write(template.substitute(values))
    return list(targets.values())


def next_steps(folder: Path, files: list[Path]) -> str:
    """The message for the user."""
    written = "\n".join(f"  {file.relative_to(folder.absolute())}" for file in files)
    return (
        f"Wrote into {folder}:\n{written}\n\n"
        f"  cd {folder}\n"
        '  pip install "orthanc-python[test]"\n'
        "  pytest\n"
        f"  orthanc-python run {files[0].name}\n"
    )


def _check_folder(folder: Path) -> None:
    if not folder.parent.is_dir():
        raise UsageError(f"There is no folder {folder.parent}: create it, or choose another one")
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already: choose another name. Nothing was written")


def _check_name(name: str, module: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} cannot be the name of a project: use letters, digits and single hyphens or "
            "underscores between them, and begin with a letter, as in ct-routing"
        )
    found = None if keyword.iskeyword(module) else find_spec(module)
    if keyword.iskeyword(module) or (found is not None and found.origin is not None):
        what = "a word of the language" if found is None else "a module that is installed"
        raise UsageError(
            f"The script of {name!r} would be {module}.py, but {module} is {what}: choose another "
            "name, such as my-" + name
        )
