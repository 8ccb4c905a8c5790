# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Debian package: built from the archive of the sources, checked by lintian, installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import debian_tree
import pytest
from pipeline import project

from tests.support import debian_chroots
from tests.support.commands import run
from tests.support.debian_copies import DebianCopy

pytestmark = [pytest.mark.chroot, pytest.mark.xdist_group("debian-package")]

NAME = "orthanc-python-plugin"
RESPONSE = "the response of the route"
SCRIPT = f"""
import orthanc

def on_rest(output, uri, **request):
    output.AnswerBuffer("{RESPONSE}", "text/plain")

def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.ORTHANC_STARTED:
        print(orthanc.RestApiGetAfterPlugins("/hello").decode(), flush=True)

orthanc.RegisterRestCallback("/hello", on_rest)
orthanc.RegisterOnChangeCallback(on_change)
"""


def install_page(block: int) -> str:
    """The commands for the Debian package in docs/how-to/install-linux.md."""
    text = (project.ROOT / "docs/how-to/install-linux.md").read_text(encoding="utf-8")
    section = text.partition("## As a Debian package\n")[2].partition("\n## ")[0]
    return section.split("```sh\n")[block].partition("```")[0]


def unpack_sources(folder: Path) -> None:
    """Unpack the archive that a release publishes."""
    code = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"
    run([sys.executable, "-c", code, str(folder)], cwd=project.ROOT)
    (archive,) = folder.glob("*.tar.gz")
    run(["tar", "--extract", "--gzip", "--directory", str(folder), "--file", str(archive)])


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built with the commands of docs/how-to/install-linux.md."""
    folder = tmp_path_factory.mktemp("package")
    with DebianCopy(debian_chroots.prepare("trixie-build"), folder / "debian") as debian:
        inside = debian.chroot.root / "sources"
        inside.mkdir()
        unpack_sources(inside)
        build = install_page(2)
        assert "dpkg-buildpackage --build=binary --no-sign" in build
        # without optimization: the test needs the package, not its speed
        debian.shell(
            "export DEB_BUILD_OPTIONS='noopt noautodbgsym parallel=2'\n"
            "export DEBFULLNAME='Ada Lovelace' DEBEMAIL='ada@debian.org'\n"
            f"cd /sources/orthanc_python-*/\n{build}"
        )
        debian.shell("cd /sources && lintian --fail-on error,warning *.changes")
        (built,) = inside.glob(f"{NAME}_*.deb")
        return Path(shutil.copy(built, folder))


@pytest.fixture
def debian(tmp_path: Path, package: Path) -> Iterator[DebianCopy]:
    with DebianCopy(debian_chroots.prepare("trixie"), tmp_path / "debian") as copy:
        shutil.copy(package, copy.chroot.root / "root")
        yield copy


def field(package: Path, name: str) -> str:
    command = ["dpkg-deb", "--field", str(package), name]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def test_the_package_depends_on_the_libraries_of_debian(package: Path) -> None:
    depends = field(package, "Depends")
    assert "libpython3.13 (" in depends and "libyyjson0 (" in depends and "orthanc (" in depends
    assert field(package, "Version") == f"{debian_tree.debian_version(project.version())}-1"


def test_versions_are_in_the_order_of_debian() -> None:
    order = ["8.0.0.dev0", "8.0.0rc1", "8.0.0", "8.0.1"]
    versions = [debian_tree.debian_version(version) for version in order]
    assert versions == ["8.0.0~dev0", "8.0.0~rc1", "8.0.0", "8.0.1"]
    for one, other in zip(versions, versions[1:]):
        run(["dpkg", "--compare-versions", one, "lt", other])


def test_it_replaces_orthanc_python_and_back(debian: DebianCopy) -> None:
    install = f"apt-get install -y -o Dpkg::Options::=--force-confold /root/{NAME}_*.deb"
    config = debian.chroot.root / "etc/orthanc"

    debian.shell(f"apt-get update; {install}")
    assert "The Python plugin runs /etc/orthanc/sample.py" in debian.start()

    debian.shell("apt-get install -y orthanc-python")
    assert "Registering plugin 'python' (version 5." in debian.start()

    (config / "mine.py").write_text(SCRIPT, encoding="utf-8")
    debian.shell("sed -i s,/etc/orthanc/sample.py,/etc/orthanc/mine.py, /etc/orthanc/python.json")
    edited = (config / "python.json").read_text(encoding="utf-8")
    debian.shell(install)
    assert (config / "python.json").read_text(encoding="utf-8") == edited
    log = debian.start(until=RESPONSE)
    assert f"Registering plugin 'python' (version {project.version()})" in log
    assert any(line.endswith(RESPONSE) for line in log.splitlines()), log

    debian.shell("apt-get purge -y orthanc-python")  # its configuration is left
    assert (config / "python.json").read_text(encoding="utf-8") == edited
    debian.shell(f"apt-get purge -y {NAME}")
    assert not (config / "python.json").exists()
