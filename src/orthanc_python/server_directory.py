# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The private folder of one server, and the paths inside its chroot."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePosixPath


class ServerDirectory:
    """The private folder of one server; inside the chroot if the server runs in one."""

    def __init__(self, root: Path | None) -> None:
        """Make the folder: in the temporary folder of this machine, or of the chroot `root`."""
        self.root = None if root is None else root.absolute()
        base = None if self.root is None else self.root / "tmp"
        self.path = Path(tempfile.mkdtemp(prefix="orthanc-", dir=base)).resolve()

    def visible_path(self, path: Path) -> str:
        """The path as the server sees it; a file outside its chroot is copied there."""
        path = path.absolute()
        if self._is_visible(path):
            return self._seen(path)
        folder = self.path / "files"
        folder.mkdir(exist_ok=True)
        return self._seen(Path(shutil.copy2(path, folder / path.name)))

    def visible_script(self, path: Path) -> str:
        """Like `visible_path`, for a script and its folder, from which it may import modules."""
        path = path.absolute()
        if self._is_visible(path):
            return self._seen(path)
        folder = self.path / "script"
        ignored = shutil.ignore_patterns("__pycache__", ".git")
        shutil.copytree(path.parent, folder, ignore=ignored, dirs_exist_ok=True)
        return self._seen(folder / path.name)

    def _is_visible(self, path: Path) -> bool:
        return self.root is None or self.root in path.parents

    def _seen(self, path: Path) -> str:
        if self.root is None:
            return str(path)
        return str(PurePosixPath("/") / path.relative_to(self.root).as_posix())
