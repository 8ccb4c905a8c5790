# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compare the plugin with C++ and with Debian's orthanc-python: python benchmarks/run.py

The contestants take turns, so that other load disturbs all of them. Compare the ratios, not the
absolute numbers. Needs wrk, a C++ compiler, and the packages of the tests.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.append(str(HERE.parent / "src"))  # after the installed package, which has the library

from benchmarks import report  # noqa: E402
from benchmarks.environment import Environment  # noqa: E402
from benchmarks.figures import Figure  # noqa: E402
from benchmarks.groups import FULL, QUICK, Group  # noqa: E402
from benchmarks.groups.calls import calls  # noqa: E402
from benchmarks.groups.dicom import ingest, storage  # noqa: E402
from benchmarks.groups.http import http  # noqa: E402
from benchmarks.groups.memory import memory  # noqa: E402
from benchmarks.groups.start import starting  # noqa: E402
from orthanc_python.library import library_path  # noqa: E402

GROUPS: dict[str, Group] = {
    "http": http,
    "calls": calls,
    "memory": memory,
    "ingest": ingest,
    "storage": storage,
    "start": starting,
}


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("groups", nargs="*", help=f"which of {', '.join(GROUPS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    parser.add_argument("--plugin", type=Path, help="the library (default: the installed one)")
    parser.add_argument(
        "--debian", help="run in this Debian suite of the tests, e.g. sid (as root)"
    )
    parser.add_argument("--output", type=Path, default=HERE.parent / "build" / "benchmarks")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.groups) - set(GROUPS):
        parser.error(f"unknown groups: {', '.join(sorted(unknown))}")
    return chosen


def main(words: list[str] | None = None) -> int:
    chosen = arguments(words)
    scale = QUICK if chosen.quick else FULL
    run: dict[str, object] = {
        "quick": chosen.quick,
        "suite": chosen.debian,
        "processors": os.cpu_count(),
        "machine": platform.machine(),
    }
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="orthanc-benchmarks-") as folder:
        environment = Environment(
            Path(folder), (chosen.plugin or library_path()).absolute(), chosen.debian
        )
        try:
            for name in chosen.groups or GROUPS:
                for figure in GROUPS[name](environment, scale):
                    figures.append(figure)
                    print(report.table([figure]).splitlines()[-1], flush=True)
                    report.write(chosen.output, run, figures)
        finally:
            environment.close()
    print(f"\nThe results are in {chosen.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
