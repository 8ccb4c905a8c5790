# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write the files that derive from the SDK model: generate.py OUT_DIR [--only reference]."""

from __future__ import annotations

import argparse
from pathlib import Path

from generator import (
    abi,
    derive,
    documentation,
    enumerations,
    model,
    names,
    pages,
    sdk_names,
    signatures,
    stub,
    tables,
    topics,
)

HERE = Path(__file__).resolve().parent


def outputs(source: Path) -> dict[str, str]:
    """The contents of every generated file, by its path below the output folder."""
    sdk = model.load(source / "model.json")
    view = derive.load(sdk, source / "overrides.json")
    words = documentation.load(source)
    types = stub.emit(view, words, stub.load(source / "stub"))
    reference = pages.emit(sdk, view, words, topics.load(source / "topics.json"), types)
    return {
        "sdk.hpp": abi.emit(sdk),
        "class_ids.hpp": signatures.emit_class_ids(view),
        "signatures.hpp": signatures.emit_signatures(view),
        "handwritten.hpp": signatures.emit_handwritten(view),
        "functions.cpp": tables.emit_functions(sdk, view, words),
        "classes.cpp": tables.emit_classes(view, words),
        "enumerations.cpp": enumerations.emit(view, words),
        "sdk_names.cpp": sdk_names.emit(sdk, view),
        "orthanc_names.json": names.emit(view),
        "orthanc.pyi": types,
        **{f"reference/{name}": page for name, page in reference.items()},
    }


def write(path: Path, content: str) -> None:
    """Write a file only if its content changes, so that nothing is rebuilt needlessly."""
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="folder of the generated files")
    parser.add_argument("--only", default="", help="write only files with this prefix")
    arguments = parser.parse_args()
    for name, content in outputs(HERE).items():
        if name.startswith(arguments.only):
            write(arguments.output / name, content)


if __name__ == "__main__":
    main()
