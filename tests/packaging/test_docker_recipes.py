# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Dockerfiles of docs/how-to replace the plugin of other images.

No registry is asked for these images: the tests build STAND-INS of Debian's packages, with the
folders, names of files, entry point and plugin (Debian's orthanc-python is the one of the Orthanc
project) that the sources of the images and the Orthanc Book describe. They show that the recipes
fit this layout, not that the images of today still have it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pipeline import project

from tests.support.containers import PASSWORD, Buildah, Options
from tests.support.wheels import with_requirements

pytestmark = [pytest.mark.chroot, pytest.mark.xdist_group("docker image")]

PAGES = project.ROOT / "docs" / "how-to"
PYTHON = "/opt/orthanc-python/bin/python"
ROUTE = """
import orthanc, sys

def which(output, uri, **request):
    output.AnswerBuffer(sys.prefix, "text/plain")

orthanc.RegisterRestCallback("/which", which)
"""

# Common to both: Orthanc and the plugin of the Orthanc project, which is not yet in its place
DEBIAN = """\
FROM base
RUN apt-get update && apt-get install -y --no-install-recommends orthanc orthanc-python python3 \\
 && mv /usr/share/orthanc/plugins /debian && cp -L /debian/libOrthancPython.so / \\
 && rm -r /debian /etc/orthanc/*.json && mkdir -p /var/lib/orthanc/db /usr/share/orthanc/plugins
COPY which.py /which.py
"""

JODOGNE = """\
FROM debian-orthanc
RUN mkdir -p /usr/local/share/orthanc/plugins \\
 && mv /libOrthancPython.so /usr/local/share/orthanc/plugins/
COPY orthanc.json /etc/orthanc/orthanc.json
VOLUME [ "/var/lib/orthanc/db" ]
ENTRYPOINT [ "Orthanc" ]
CMD [ "/etc/orthanc/" ]
"""

CONFIGURATION = f"""{{
  "StorageDirectory": "/var/lib/orthanc/db",
  "IndexDirectory": "/var/lib/orthanc/db",
  "Plugins": ["/usr/share/orthanc/plugins", "/usr/local/share/orthanc/plugins"],
  "RemoteAccessAllowed": true,
  "AuthenticationEnabled": true,
  "RegisteredUsers": {{"orthanc": "{PASSWORD}"}},
  "PythonScript": "/which.py"
}}
"""

ORTHANCTEAM = """\
FROM debian-orthanc
RUN mkdir /usr/share/orthanc/plugins-available \\
 && ln -s plugins-available /usr/share/orthanc/plugins-disabled \\
 && mv /libOrthancPython.so /usr/share/orthanc/plugins-available/
COPY orthanc.json /etc/orthanc/orthanc.json
COPY --chmod=755 docker-entrypoint.sh /docker-entrypoint.sh
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["/tmp/orthanc.json"]
"""

ENTRYPOINT = """\
#!/bin/sh -e
cd /usr/share/orthanc
test -f plugins/libOrthancPython.so || mv plugins-disabled/libOrthancPython.so plugins/
cp /etc/orthanc/orthanc.json /tmp/orthanc.json
exec Orthanc "$@"
"""


def recipe(image: str) -> str:
    page = "orthancteam.md" if image == "orthancteam/orthanc" else "upgrading.md"
    text = (PAGES / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```dockerfile\n(FROM {image}\n.*?)^```", text, re.M | re.S)
    return str(found)


@pytest.fixture(scope="module")
def wheels(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_requirements(package, tmp_path_factory.mktemp("recipes") / "wheels", "3.13")


@pytest.fixture(scope="module")
def buildah(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Buildah:
    folder = tmp_path_factory.mktemp("stand-ins")
    found = Buildah(folder)
    found.debian("trixie-plain", "base", folder)
    (folder / "which").mkdir()
    (folder / "which" / "which.py").write_text(ROUTE, encoding="utf-8")
    (folder / "which" / "Dockerfile").write_text(DEBIAN, encoding="utf-8")
    found.build(folder / "which", "debian-orthanc", base="base", wheels=wheels)
    return found


@pytest.mark.parametrize(
    ("name", "stand_in"),
    [("jodogne/orthanc-python", JODOGNE), ("orthancteam/orthanc", ORTHANCTEAM)],
)
def test_the_recipe_replaces_the_plugin(
    name: str, stand_in: str, buildah: Buildah, wheels: Path, tmp_path: Path
) -> None:
    configuration = CONFIGURATION
    if name == "orthancteam/orthanc":
        configuration = re.sub(r', "/usr/local[^"]*"', "", configuration)
    (tmp_path / "orthanc.json").write_text(configuration, encoding="utf-8")
    (tmp_path / "docker-entrypoint.sh").write_text(ENTRYPOINT, encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(stand_in, encoding="utf-8")
    old = buildah.build(tmp_path, "stand-in", base="debian-orthanc", wheels=wheels)
    (tmp_path / "Dockerfile").write_text(recipe(name), encoding="utf-8")
    new = buildah.build(tmp_path, "replaced", base="stand-in", wheels=wheels)

    plugin = "Registering plugin 'python' (version "
    assert f"{plugin}5." in old.log_until(plugin)

    seen = new.drive(Options(), "/which", PYTHON)
    assert seen["log"].count(plugin) == 1
    assert f"{plugin}{project.version()})" in seen["log"]
    assert seen["answer"] == [200, "/opt/orthanc-python"]
    assert (seen["without password"], seen["exit code"]) == (401, 0)
