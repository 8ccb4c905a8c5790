# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open a pull request with the changes of some files, or renew the open one.

    python packaging/open_pull_request.py BRANCH TITLE FILE...

Does nothing if the files are unchanged. Needs git, and gh with a token in GH_TOKEN.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

_AUTHOR = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
_BODY = (
    "Review the differences: a checksum that changes for a version that stays is an alarm.\n\n"
    "GitHub runs the workflows of this pull request after a maintainer approves them: press "
    "*Approve workflows to run*."
)


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("branch")
    parser.add_argument("title")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    run("git", "add", "--", *options.files)
    if not run("git", "diff", "--cached", "--name-only"):
        print("Nothing changed")
        return 0
    name, email = _AUTHOR
    run("git", "switch", "--force-create", options.branch)
    author = ["-c", f"user.name={name}", "-c", f"user.email={email}"]
    run("git", *author, "commit", "--message", options.title)
    run("gh", "auth", "setup-git")
    run("git", "push", "--force", "origin", options.branch)
    selected = ["--head", options.branch]
    if not run("gh", "pr", "list", *selected, "--json", "url", "--jq", ".[].url"):
        print(run("gh", "pr", "create", *selected, "--title", options.title, "--body", _BODY))
    return 0


def run(*command: str) -> str:
    """The output of a program, which must succeed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
