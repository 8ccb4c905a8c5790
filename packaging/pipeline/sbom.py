# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a release is made of, as CycloneDX 1.6."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from . import project
from .matrix import read_toml


def document(version: str, epoch: int, digests: Mapping[str, str]) -> str:
    """The JSON text; `digests` are the SHA-256 of the files of the release, by name."""
    reference = f"pkg:pypi/{project.NAME}@{version}"
    parts = [_yyjson(), *_requirements()]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": _serial_number(digests),
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "library",
                "bom-ref": reference,
                "name": project.NAME,
                "version": version,
                "purl": reference,
                "licenses": [{"license": {"id": "AGPL-3.0-or-later"}}],
                "components": [_file(name, digests[name]) for name in sorted(digests)],
            },
        },
        "components": parts,
        "dependencies": [
            {"ref": reference, "dependsOn": [part["bom-ref"] for part in parts]},
            *({"ref": part["bom-ref"]} for part in parts),
        ],
    }
    return json.dumps(bill, indent=2) + "\n"


def _serial_number(digests: Mapping[str, str]) -> str:
    """The same for the same files."""
    return uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(sorted(digests.items()))).urn


def _file(name: str, digest: str) -> dict[str, Any]:
    return {
        "type": "file",
        "bom-ref": f"file:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _yyjson() -> dict[str, Any]:
    """The library whose sources are compiled in."""
    header = project.ROOT / "src" / "third_party" / "yyjson" / "yyjson.h"
    found = re.search(r'YYJSON_VERSION_STRING\s+"([^"]+)"', header.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{header} does not say its version")
    reference = f"pkg:github/ibireme/yyjson@{found[1]}"
    return {
        "type": "library",
        "bom-ref": reference,
        "name": "yyjson",
        "version": found[1],
        "scope": "required",
        "purl": reference,
        "licenses": [{"license": {"id": "MIT"}}],
    }


def _requirements() -> list[dict[str, Any]]:
    """What pip installs beside the wheel; the user's pip chooses the version."""
    text = (project.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    parts = []
    for requirement in read_toml(text)["project"]["dependencies"]:
        name = re.split(r"[^\w.-]", requirement)[0]
        parts.append(
            {
                "type": "library",
                "bom-ref": f"pkg:pypi/{name}",
                "name": name,
                "scope": "required",
                "purl": f"pkg:pypi/{name}",
                "description": f"Required by the wheels: {requirement}",
            }
        )
    return parts
