# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check the symbols that a library exports."""

from __future__ import annotations

# Only the functions that Orthanc calls: another name could replace a function of another library.
ENTRY_POINTS = frozenset(
    f"OrthancPlugin{name}" for name in ("Initialize", "Finalize", "GetName", "GetVersion")
)


def wrong_exports(found: set[str]) -> list[str]:
    """Compare the exported names with the four entry points."""
    missing, extra = sorted(ENTRY_POINTS - found), sorted(found - ENTRY_POINTS)
    problems = []
    if missing:
        problems.append(f"does not export {', '.join(missing)}")
    if extra:
        shown = ", ".join(extra[:5]) + (f" and {len(extra) - 5} more" if len(extra) > 5 else "")
        problems.append(f"exports {shown}")
    return problems
