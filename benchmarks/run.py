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
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.append(str(HERE.parent / "src"))  # after the installed package, which has the library

from benchmarks.environment import Environment  # noqa: E402
from benchmarks.figures import Figure  # noqa: E402
from benchmarks.groups import FULL, QUICK, Group  # noqa: E402
from benchmarks.groups.calls import calls  # noqa: E402
from benchmarks.groups.dicom import ingest, storage  # noqa: E402
from benchmarks.groups.http import http  # noqa: E402
from benchmarks.groups.memory import memory  # noqa: E402
from benchmarks.groups.start import starting  # noqa: E402
from benchmarks.groups.web import web  # noqa: E402
from benchmarks.results import Results, row  # noqa: E402
from orthanc_python.library import library_path  # noqa: E402

GROUPS: dict[str, Group] = {
    "http": http,
    "web": web,
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
        "--debian", help="run in this Debian release of the tests, e.g. sid (as root)"
    )
    parser.add_argument(
        "--free-threaded", action="store_true", help="compare with CPython 3.13t as well"
    )
    parser.add_argument(
        "--plots", type=Path, metavar="FOLDER", help="write figures.json and SVG pictures there"
    )
    parser.add_argument("--output", type=Path, default=HERE.parent / "build" / "benchmarks")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.groups) - set(GROUPS):
        parser.error(f"unknown groups: {', '.join(sorted(unknown))}")
    if chosen.free_threaded and chosen.debian:
        parser.error("--free-threaded builds a Python for this machine: omit --debian")
    return chosen


def description(chosen: argparse.Namespace, environment: Environment) -> dict[str, object]:
    """The circumstances of a run."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    model = re.search(r"^model name\s*: (.*)$", cpu, re.MULTILINE)
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "quick": chosen.quick,
        "suite": chosen.debian,
        "processor": model[1] if model else platform.machine(),
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "versions": environment.versions(),
    }


def measure(
    chosen: argparse.Namespace, environment: Environment, results: Results
) -> Iterator[str]:
    """Run the groups, and write the results after each figure. Yields the groups that fail."""
    scale = QUICK if chosen.quick else FULL
    for name in chosen.groups or GROUPS:
        try:
            for measured in GROUPS[name](environment, scale):
                results.add(measured)
                if isinstance(measured, Figure):
                    print(row(measured), flush=True)
                results.write(chosen.output / "results.json")
        except Exception:  # the other groups are worth their time
            traceback.print_exc()
            yield name


def main(words: list[str] | None = None) -> int:
    chosen = arguments(words)
    with tempfile.TemporaryDirectory(prefix="orthanc-benchmarks-") as folder:
        library = (chosen.plugin or library_path()).absolute()
        environment = Environment(
            Path(folder), library, chosen.debian, free_threaded=chosen.free_threaded
        )
        try:
            results = Results(description(chosen, environment))
            failed = list(measure(chosen, environment, results))
        finally:
            environment.close()
    (chosen.output / "results.md").write_text(results.table(), encoding="utf-8")
    print(f"\nThe results are in {chosen.output}")
    if chosen.plots:
        keep(results, chosen.plots)
    if failed:
        print(f"These groups failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def keep(results: Results, folder: Path) -> None:
    """Write the figures and their pictures."""
    from benchmarks import plots  # needs matplotlib

    results.write(folder / "figures.json")
    missing = plots.draw(results, folder)
    print(f"The pictures are in {folder}")
    if missing:
        print(f"This run has no figures for: {', '.join(missing)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
