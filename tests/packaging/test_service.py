# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands of docs/how-to/service-linux.md, in a Debian with its package orthanc."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipeline import project

from tests.support import debian_chroots
from tests.support.debian_copies import DebianCopy
from tests.support.pages import blocks_of
from tests.support.wheels import PIP_CONFIGURATION, with_requirements

pytestmark = [pytest.mark.chroot, pytest.mark.xdist_group("docker image")]

PAGE = project.ROOT / "docs" / "how-to" / "service-linux.md"


def test_the_service_runs_the_script(package: Path, tmp_path: Path) -> None:
    install, script, check, settings = (block.text for block in blocks_of(PAGE, "sh"))
    with DebianCopy(debian_chroots.prepare("trixie"), tmp_path / "debian") as debian:
        root = debian.chroot.root
        with_requirements(package, root / "wheels", "3.13")
        (root / "etc/pip.conf").write_text(PIP_CONFIGURATION, encoding="utf-8")
        debian.shell("apt-get update")
        debian.shell(install)
        debian.shell(script)
        said = debian.shell(check)
        assert "No problems found." in said
        assert "account: orthanc, the account in" in said
        log = debian.start()
        assert 'Using Python script "hello.py": /opt/orthanc-scripts/hello.py' in log
        assert "Orthanc has started" in log

        debian.shell(settings)
        assert (root / "etc/orthanc/secrets.env").stat().st_mode & 0o777 == 0o600
        debian.shell("apt-get install -y systemd")
        complaints = debian.shell("systemd-analyze verify --man=no orthanc.service 2>&1")
        assert "python.conf" not in complaints
        shown = debian.shell("systemd-analyze cat-config systemd/system/orthanc.service")
        assert "ProtectSystem=strict" in shown
