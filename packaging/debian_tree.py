# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put the files of packaging/debian into ./debian, where Debian's tools expect them.

Then `dpkg-buildpackage --build=binary --no-sign` builds the package. The variables DEBFULLNAME and
DEBEMAIL name its maintainer.
"""

from __future__ import annotations

import argparse
import email.utils
import os
import re
import shutil
import sys

from pipeline import project

_FILES = project.ROOT / "packaging" / "debian"
_CHANGELOG = """\
{source} ({version}-1) unstable; urgency=medium

  * Release {release}: see changelog.gz.

 -- {maintainer}  {date}
"""


def debian_version(version: str) -> str:
    """The version in Debian's order: 8.0.0rc1 and 8.0.0.dev0 come before 8.0.0."""
    return re.sub(r"\.?(a|b|rc|dev)(?=\d)", r"~\1", version)


def control() -> str:
    """The file control, with the maintainer that Debian's variables name, if they do."""
    text = (_FILES / "control").read_text(encoding="utf-8")
    name, mail = os.environ.get("DEBFULLNAME"), os.environ.get("DEBEMAIL")
    if name and mail:
        text = text.replace(
            f"Maintainer: {_field(text, 'Maintainer')}", f"Maintainer: {name} <{mail}>"
        )
    return text


def changelog(control: str) -> str:
    """The changelog, from which dpkg reads the version and the date."""
    release = project.version()
    return _CHANGELOG.format(
        source=_field(control, "Source"),
        version=debian_version(release),
        release=release,
        maintainer=_field(control, "Maintainer"),
        date=email.utils.formatdate(project.source_date()),
    )


def _field(control: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)$", control, re.MULTILINE)
    assert found is not None, f"packaging/debian/control has no field {name}"
    return found[1]


def main() -> int:
    """Run the command and return its exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    folder = project.ROOT / "debian"
    shutil.copytree(_FILES, folder, dirs_exist_ok=True)
    text = control()
    (folder / "control").write_text(text, encoding="utf-8")
    (folder / "changelog").write_text(changelog(text), encoding="utf-8")
    print(f"{folder} is ready: run dpkg-buildpackage --build=binary --no-sign")
    return 0


if __name__ == "__main__":
    sys.exit(main())
