# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Follow a tutorial in a Debian: save its files, run its commands, compare their output."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TypeVar

from .debian_chroots import Chroot
from .files import save
from .networks import own_network
from .pages import Block, blocks_of
from .servers import wait_for

Self = TypeVar("Self", bound="Reader")

STOP = "<!-- stop -->"  # the reader presses Ctrl-C
RUNNING = "  Stop  Ctrl-C"  # `orthanc-python run` prints this line when Orthanc has started
SHELL = ["chroot", "{root}", "/usr/bin/env", "-i", "HOME=/root", "LC_ALL=C.UTF-8", "bash"]


def steps(page: Path) -> list[Block | None]:
    """The blocks in their order; None is a stop."""
    lines = page.read_text(encoding="utf-8").split("\n")
    found: dict[int, Block | None] = {
        number: None for number, line in enumerate(lines, 1) if line == STOP
    }
    found.update({block.line: block for block in blocks_of(page) if block.kind != "not run"})
    return [found[line] for line in sorted(found)]


class Reader:
    """One shell inside of the Debian, with a network of its own; the page needs its ports."""

    def __init__(self, debian: Chroot, terminal: Path) -> None:
        """`terminal` becomes the file with all output."""
        self.files: dict[str, str] = {}
        self._root = debian.root
        self._output = ""
        self._last: Block | None = None
        self._log: Path | None = None  # of the running Orthanc
        self._terminal = terminal
        with terminal.open("wb") as output:
            self._shell = subprocess.Popen(
                [word.format(root=debian.root) for word in SHELL],
                preexec_fn=own_network,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self._type("cd; export PATH=/usr/bin:/bin")

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            assert self._shell.stdin is not None
            self._shell.stdin.close()
            self._shell.wait(60)

    def follow(self, page: Path) -> None:
        for step in steps(page):
            if step is None:
                self.stop()
            elif step.kind == "file":
                self.save(step)
            elif step.kind == "output":
                self.compare(step)
            else:
                self.run(step)

    def save(self, block: Block) -> None:
        """Save a file; Orthanc starts again after a save of a Python file."""
        self.files[block.value] = block.text
        folder = self._type("pwd").strip()
        starts = self._starts()
        save(self._root / folder[1:] / block.value, block.text)
        if self._log is not None and block.language == "python":
            self._wait_for_start(starts + 1)

    def run(self, block: Block) -> None:
        self._last = block
        command = block.text.strip()
        if not command.startswith("orthanc-python run"):
            self._output = self._type(command)
            return
        assert self._log is None, f"{block.name}: an Orthanc runs already"
        self._log = self._root / "tmp" / f"orthanc-{block.line}.log"
        self._log.touch()  # the shell answers before the command in the background has opened it
        self._type(f"{command} >/tmp/{self._log.name} 2>&1 &")
        self._wait_for_start(1)
        self._output = self._log.read_text(encoding="utf-8")

    def compare(self, block: Block) -> None:
        """Find the printed lines in the output; a request is repeated until they are there.

        An Orthanc that runs may print them after the line that it has started.
        """
        command = self._last
        assert command is not None
        printed = ".*".join(re.escape(part) for part in block.text.rstrip().split("…"))

        def same() -> bool:
            if command.text.startswith("curl"):
                self._output = self._type(command.text)
            elif self._log is not None and command.text.startswith("orthanc-python run"):
                self._output = self._log.read_text(encoding="utf-8")
            return re.search(printed, self._output, re.DOTALL) is not None

        try:
            wait_for(same)
        except TimeoutError:
            raise AssertionError(f"{block.name}: the output is\n{self._output}") from None

    def stop(self) -> None:
        if self._log is not None:
            self._type("kill -TERM $! && wait $!")
            self._log = None

    def _type(self, command: str) -> str:
        """Run commands in the shell; return their output."""
        assert self._shell.stdin is not None
        start = len(self._terminal.read_bytes())
        self._shell.stdin.write(f'{command}\necho "\nexit code $?"\n')
        self._shell.stdin.flush()

        def ended() -> re.Match[str] | None:
            text = self._terminal.read_bytes()[start:].decode("utf-8", "replace")
            return re.search(r"(?s)(.*)\nexit code (\d+)\n\Z", text)

        end = wait_for(ended, f"the end of {shlex.quote(command)}", timeout=600)
        assert end is not None
        assert end[2] == "0", f"{command} failed:\n{end[1]}"
        return end[1]

    def _starts(self) -> int:
        return 0 if self._log is None else self._log.read_text(encoding="utf-8").count(RUNNING)

    def _wait_for_start(self, number: int) -> None:
        try:
            wait_for(lambda: self._starts() >= number, timeout=120)
        except TimeoutError:
            assert self._log is not None
            raise AssertionError(self._log.read_text(encoding="utf-8")) from None
