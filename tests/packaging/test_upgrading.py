# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands of docs/how-to/upgrading.md, in a Debian with its package orthanc-python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline import project

from tests.support import debian_chroots
from tests.support.debian_copies import DebianCopy
from tests.support.wheels import PIP_CONFIGURATION, ROOT, make_wheels

pytestmark = [pytest.mark.chroot, pytest.mark.xdist_group("upgrading")]

SCRIPT = """
import orthanc

print("THE SCRIPT RUNS", flush=True)
"""


def commands(heading: str) -> list[str]:
    """The blocks of shell commands below the heading."""
    text = (ROOT / "docs" / "how-to" / "upgrading.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


class Debian(DebianCopy):
    """A Debian in which the doctor is installed as docs/how-to/upgrading.md says."""

    def doctor(self) -> str:
        """The output of the doctor, with any exit code."""
        command = ["/opt/orthanc-python/bin/orthanc-python", "doctor", "--config", "/etc/orthanc"]
        return self.chroot.run(command, check=False).stdout


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[Debian]:
    with Debian(debian_chroots.prepare("trixie"), tmp_path / "debian") as result:
        yield result


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheels(tmp_path_factory.mktemp("wheels"), "3.13")


def prepare(debian: Debian, wheels: Path) -> None:
    """Set up the Debian of a user of orthanc-python."""
    debian.shell("apt-get update; apt-get install -y orthanc-python")
    root = debian.chroot.root
    (root / "etc/orthanc/mine.py").write_text(SCRIPT, encoding="utf-8")
    debian.shell("sed -i s,/etc/orthanc/sample.py,/etc/orthanc/mine.py, /etc/orthanc/python.json")
    (root / "wheels").mkdir()
    for wheel in wheels.iterdir():
        (root / "wheels" / wheel.name).write_bytes(wheel.read_bytes())
    (root / "etc/pip.conf").write_text(PIP_CONFIGURATION, encoding="utf-8")


def check_start(debian: Debian, version: str) -> None:
    """Orthanc starts with that version of the Python plugin, and runs the script."""
    log = debian.start()
    assert f"Registering plugin 'python' (version {version}" in log
    assert "THE SCRIPT RUNS" in log and "Orthanc has started" in log, log


def test_upgrading_on_debian_and_back(debian: Debian, wheels: Path) -> None:
    install, exchange, back = commands("Debian and Ubuntu: the package orthanc-python")
    prepare(debian, wheels)
    check_start(debian, "5.")
    debian.shell(install)
    assert "(orthanc-python, the plugin that this one replaces)" in debian.doctor()

    # both at once
    link = next(line for line in exchange.splitlines() if line.startswith("ln "))
    debian.shell(link.replace("/libOrthancPython.so", "/OrthancPython.so"))
    assert 'FAIL  Plugins: Orthanc loads 2 plugins named "python"' in debian.doctor()
    log = debian.start()  # which of them Orthanc loads first depends on the file system
    assert re.search("Plugins leads to|Orthanc has already loaded another plugin", log), log
    assert "/usr/share/orthanc/plugins/libOrthancPython.so" in log
    assert "Debian's plugin: apt-get remove orthanc-python" in log
    debian.shell("rm /usr/share/orthanc/plugins/OrthancPython.so")

    said = debian.shell(exchange)
    assert "No problems found." in said
    assert "ok    account: orthanc, the account in /usr/lib/systemd/system/orthanc.service" in said
    check_start(debian, project.version())

    debian.shell(back)
    check_start(debian, "5.")


def test_python_json_beside_another_script(debian: Debian, wheels: Path) -> None:
    install, exchange, _ = commands("Debian and Ubuntu: the package orthanc-python")
    prepare(debian, wheels)
    debian.shell(install)
    config = debian.chroot.root / "etc/orthanc"
    (config / "mine.json").write_text('{"PythonScript": "/etc/orthanc/mine.py"}', encoding="utf-8")
    doctor, start = exchange.splitlines()[-2:]
    debian.shell(exchange.replace(f"{doctor}\n{start}\n", ""))
    said = debian.doctor()
    assert "'PythonScript' is defined twice" in said and "apt-get purge orthanc-python" in said
    assert "The configuration section" in debian.start()
    debian.shell("apt-get purge -y orthanc-python")
    assert "No problems found." in debian.doctor()
