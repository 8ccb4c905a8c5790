# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newcomer follows docs/tutorial.md as it is printed, on a Debian with its Orthanc.

tests/packaging/test_docker_image.py runs the step with Docker.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pipeline import project

from tests.support import debian_chroots
from tests.support.debian_copies import DebianCopy
from tests.support.tutorials import Reader
from tests.support.wheels import PIP_CONFIGURATION, with_requirements

pytestmark = [pytest.mark.chroot, pytest.mark.xdist_group("docker image")]

PAGE = project.ROOT / "docs" / "tutorial.md"


def test_the_tutorial_works_as_printed(package: Path, tmp_path: Path) -> None:
    with DebianCopy(debian_chroots.prepare("trixie"), tmp_path / "debian") as debian:
        root = debian.chroot.root
        debian.shell("apt-get update; apt-get install -y python3-venv curl")
        (root / "etc/pip.conf").write_text(PIP_CONFIGURATION, encoding="utf-8")
        with_requirements(package, root / "wheels", "3.13", extras="test,dev")
        with Reader(debian.chroot, tmp_path / "terminal") as reader:
            reader.follow(PAGE)
        assert {"arrivals.py", "orthanc.json", "send.py"} < reader.files.keys()
