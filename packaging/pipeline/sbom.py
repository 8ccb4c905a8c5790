# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bill of materials of a release, as CycloneDX 1.6."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

from . import project


def document(version: str, epoch: int, digests: Mapping[str, str]) -> str:
    """The JSON text; `digests` are the SHA-256 of the files of the release, by name."""
    parts = [_yyjson(), *_requirements()]
    release = Component(
        type=ComponentType.LIBRARY,
        name=project.NAME,
        version=version,
        bom_ref=f"pkg:pypi/{project.NAME}@{version}",
        purl=PackageURL("pypi", name=project.NAME, version=version),
        licenses=[DisjunctiveLicense(id="AGPL-3.0-or-later")],
        components=[_file(name, digest) for name, digest in sorted(digests.items())],
    )
    bill = Bom(serial_number=_serial_number(digests), components=parts)
    bill.metadata.timestamp = datetime.fromtimestamp(epoch, timezone.utc)
    bill.metadata.component = release
    bill.register_dependency(release, parts)
    return JsonV1Dot6(bill).output_as_string(indent=2) + "\n"


def _serial_number(digests: Mapping[str, str]) -> uuid.UUID:
    """A serial number that is the same for the same files."""
    return uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(sorted(digests.items())))


def _file(name: str, digest: str) -> Component:
    return Component(
        type=ComponentType.FILE,
        name=name,
        bom_ref=f"file:{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def _yyjson() -> Component:
    """The library whose sources the plugin contains."""
    header = project.ROOT / "src" / "third_party" / "yyjson" / "yyjson.h"
    found = re.search(r'YYJSON_VERSION_STRING\s+"([^"]+)"', header.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{header} does not say its version")
    purl = PackageURL("github", "ibireme", "yyjson", found[1])
    return Component(
        type=ComponentType.LIBRARY,
        name="yyjson",
        version=found[1],
        bom_ref=purl.to_string(),
        scope=ComponentScope.REQUIRED,
        purl=purl,
        licenses=[DisjunctiveLicense(id="MIT")],
    )


def _requirements() -> list[Component]:
    """The packages that pip installs with the wheel; the user's pip chooses their versions."""
    return [_requirement(Requirement(line)) for line in project.dependencies()]


def _requirement(requirement: Requirement) -> Component:
    purl = PackageURL("pypi", name=requirement.name)
    return Component(
        type=ComponentType.LIBRARY,
        name=requirement.name,
        bom_ref=purl.to_string(),
        scope=ComponentScope.REQUIRED,
        purl=purl,
        description=f"Required by the wheels: {requirement}",
    )
