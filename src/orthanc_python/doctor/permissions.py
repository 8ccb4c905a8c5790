# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check which files an account may read and write, with the rights of that account."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..configuration_files import Problem

T = TypeVar("T")


_TEXTS = {
    "enter": (
        "may not enter {obstacle}",
        "Move it to a folder that all accounts may enter, or as root: chmod o+x {obstacle}",
    ),
    "missing": ("finds no such file or folder", "Correct the path, or create it."),
    "create": ("may not create it in {obstacle}", "As root: install -d -o {account} {path}"),
    "write": ("may not write to it", "As root: chown -R {account} {path}"),
    "read": (
        "may not read it",
        "As root: chgrp -R {group} {path} && chmod -R g+rX {path}",
    ),
}


@dataclass(frozen=True)
class RequiredAccess:
    """A file or folder that Orthanc needs."""

    what: str
    path: Path
    write: bool = False


def denied(account: str | None, required: Sequence[RequiredAccess]) -> list[Problem]:
    """The accesses that the system denies to the account (None: the account of this process)."""

    def ask() -> list[list[str]]:
        return [_obstacle(access) for access in required]

    obstacles = ask() if account is None else run_as(account, ask)
    name = account or account_name()
    problems = []
    for access, (kind, obstacle) in zip(required, obstacles):
        if kind:
            words = {"account": name, "group": _group(name), "path": access.path}
            found, remedy = (text.format(obstacle=obstacle, **words) for text in _TEXTS[kind])
            found = f"{access.what} {access.path}: the account {name!r} {found}"
            problems.append(Problem(found, remedy))
    return problems


def _obstacle(access: RequiredAccess) -> list[str]:
    """The kind of obstacle and its path; two empty strings if there is none."""
    for path in (access.path, Path(os.path.realpath(access.path))):  # a link, and its target
        for folder in reversed(path.parents):
            if os.path.isdir(folder) and not os.access(folder, os.X_OK):
                return ["enter", str(folder)]
    if not os.path.exists(access.path):
        if not access.write:
            return ["missing", str(access.path)]
        above = next(folder for folder in access.path.parents if os.path.exists(folder))
        may_create = os.access(above, os.W_OK | os.X_OK)  # Orthanc creates the folder
        return ["", ""] if may_create else ["create", str(above)]
    folder_mode = os.X_OK if os.path.isdir(access.path) else 0
    if not os.access(access.path, os.R_OK | folder_mode):
        return ["read", str(access.path)]
    if access.write and not os.access(access.path, os.W_OK):
        return ["write", str(access.path)]
    return ["", ""]


def _group(account: str) -> str:
    if sys.platform == "win32":
        return account
    import grp
    import pwd

    try:
        return grp.getgrgid(pwd.getpwnam(account).pw_gid).gr_name
    except KeyError:
        return account


def account_name() -> str:
    """The account of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if sys.platform != "win32" else "unknown"


def is_account(name: str) -> bool:
    """Whether the system knows the account."""
    if sys.platform == "win32":
        return False
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def may_act_for_others() -> bool:
    """Whether this process has the rights of every account."""
    return sys.platform != "win32" and os.geteuid() == 0


def run_as(account: str, task: Callable[[], T]) -> T:
    """Run the task in a child process with the rights of the account; it returns JSON."""
    if sys.platform == "win32":
        raise RuntimeError("Windows has no such accounts")
    import pwd

    entry = pwd.getpwnam(account)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.initgroups(account, entry.pw_gid)
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os.write(writer, json.dumps(task()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    if not answer:
        raise PermissionError(f"This process may not act in the name of {account}")
    result: T = json.loads(answer)
    return result
