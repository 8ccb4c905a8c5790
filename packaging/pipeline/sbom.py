# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bill of materials of a release, as CycloneDX 1.6.

Each wheel contains the one that cmake/Sbom.cmake wrote for its library. This one joins them, and
adds the files of the release and the packages that pip installs with a wheel.
"""

from __future__ import annotations

import json
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from packaging.requirements import Requirement

from . import project

IN_WHEEL = "sboms/orthanc-python.cdx.json"  # below .dist-info: PEP 770


def document(
    version: str, epoch: int, digests: Mapping[str, str], wheels: Iterable[Path] = ()
) -> str:
    """The JSON text; `digests` are the SHA-256 of the files of the release, by name."""
    parts = [*_linked(wheels), *_requirements()]
    release = Component(
        type=ComponentType.LIBRARY,
        name=project.NAME,
        version=version,
        bom_ref=f"pkg:pypi/{project.NAME}@{version}",
        purl=PackageURL("pypi", name=project.NAME, version=version),
        supplier=_supplier("The Orthanc Python plugin authors", project.repository()),
        licenses=[LicenseExpression(project.license_expression())],
        components=[_file(name, digest) for name, digest in sorted(digests.items())],
    )
    bill = Bom(serial_number=_serial_number(digests), components=parts)
    bill.metadata.timestamp = datetime.fromtimestamp(epoch, timezone.utc)
    bill.metadata.component = release
    bill.register_dependency(release, parts)
    return JsonV1Dot6(bill).output_as_string(indent=2) + "\n"


def embedded(wheel: Path) -> Bom:
    """The bill of materials in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(f".dist-info/{IN_WHEEL}"):
                bill: Bom = Bom.from_json(json.loads(archive.read(name)))  # type: ignore[attr-defined]
                return bill
    raise ValueError(f"{wheel.name} has no {IN_WHEEL}: build it again with cmake/Sbom.cmake")


def _linked(wheels: Iterable[Path]) -> list[Component]:
    """The libraries and runtimes inside the libraries of the wheels, each version once."""
    found: dict[str, Component] = {}
    for wheel in sorted(wheels):
        for part in embedded(wheel).components:
            linkage = "".join(f" {item.value}" for item in part.properties)
            part.bom_ref.value = f"{part.name} {part.version}{linkage}"
            found.setdefault(part.bom_ref.value, part)
    return list(found.values())


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


def _supplier(name: str, url: str) -> OrganizationalEntity:
    return OrganizationalEntity(name=name, urls=[XsUri(url)])


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
        supplier=_supplier("Python Package Index", f"https://pypi.org/project/{requirement.name}/"),
        description=f"Required by the wheels: {requirement}",
    )
