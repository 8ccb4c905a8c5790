# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The checks of libraries notice each fault, on small libraries made for it."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from pipeline import checks

from tests.packaging.conftest import artifact

VERSION = "1.2.3"
VISIBLE = '__attribute__((visibility("default")))'
ENTRY_POINTS = "".join(
    f"{VISIBLE} int OrthancPlugin{name}(void) {{ return 0; }}\n"
    for name in ("Initialize", "Finalize", "GetName", "GetVersion")
)
SOURCE = f'{ENTRY_POINTS}__attribute__((used)) static const char version[] = "{VERSION}";\n'
FLAGS = ("-shared", "-fvisibility=hidden", "-nostdlib", "-Wl,-z,relro")
ZIG = (sys.executable, "-m", "ziglang")


def compiled(
    folder: Path, compiler: list[str], source: str, *flags: str, name: str = "library"
) -> bytes:
    (folder / "source.c").write_text(source, encoding="utf-8")
    output = folder / name
    subprocess.run([*compiler, "source.c", *flags, "-o", str(output)], cwd=folder, check=True)
    return output.read_bytes()


def problems_of(data: bytes, platform: str) -> list[str]:
    made = artifact("any", platform).platform
    return checks.library(data, made, VERSION)


def linux(folder: Path, source: str = SOURCE, *flags: str) -> list[str]:
    data = compiled(folder, ["cc"], source, "-fPIC", *FLAGS, *flags)
    return problems_of(data, "manylinux_2_28_x86_64")


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the compilers are those of Linux")


def test_a_good_library_for_linux(tmp_path: Path) -> None:
    assert linux(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "flags", "problem"),
    [
        (
            SOURCE.replace(f"{VISIBLE} int OrthancPluginGetName", "int OrthancPluginGetName"),
            (),
            "does not export OrthancPluginGetName",
        ),
        (SOURCE, ("-fvisibility=default", "-Dversion=a"), ""),
        (SOURCE + '__attribute__((visibility("default"))) int f;', (), "exports f"),
        (SOURCE, ("-Wl,-rpath,/opt",), "has a search path for libraries in it"),
        (SOURCE, ("-Wl,-z,execstack",), "asks for an executable stack"),
        (SOURCE, ("-Wl,-z,norelro",), "is linked without -z relro"),
        (SOURCE.replace(VERSION, "0"), (), f"the version {VERSION} is not in it"),
        (
            SOURCE + "extern int compress(void); int (*pointer)(void) = compress;",
            ("-Wl,--no-as-needed", "libforeign.so"),
            "needs libforeign.so",
        ),
        (
            SOURCE + "extern int arc4random(void); int (*pointer)(void) = arc4random;",
            ("-Wl,--no-as-needed", "-lc"),
            "needs GLIBC_2.36 of libc.so.6",
        ),
    ],
)
def test_faults_of_libraries_for_linux(
    tmp_path: Path, source: str, flags: tuple[str, ...], problem: str
) -> None:
    foreign = ["cc", "-shared", "-nostdlib", "-x", "c", "-", "-o", str(tmp_path / "libforeign.so")]
    subprocess.run(foreign, input=b"int compress(void) { return 0; }", check=True)
    assert linux(tmp_path, source, *flags) == ([problem] if problem else [])


def test_a_library_for_another_processor(tmp_path: Path) -> None:
    data = compiled(tmp_path, ["cc"], SOURCE, "-fPIC", *FLAGS)
    (problem,) = problems_of(data, "manylinux_2_28_aarch64")
    assert problem.endswith("not for aarch64")


@pytest.mark.parametrize("platform", ["manylinux_2_28_x86_64", "win32", "macosx_11_0_universal2"])
def test_a_file_that_is_no_library(platform: str) -> None:
    assert any("is not a" in text for text in problems_of(b"text", platform))


def dylib(folder: Path, machine: str, *flags: str, source: str = SOURCE) -> bytes:
    zig = [*ZIG, "cc", "-target", f"{machine}-macos.11.0"]
    flags = flags or ("-Wl,-install_name,@rpath/libOrthancPython.dylib",)
    return compiled(folder, zig, source, "-shared", "-fvisibility=hidden", *flags)


def universal(slices: list[bytes]) -> bytes:
    """A file for several processors: a header, then the slices, each on a page of its own."""
    page = 1 << 14
    header, body = struct.pack(">II", 0xCAFEBABE, len(slices)), b""
    for part in slices:
        cpu, subtype = struct.unpack_from("<ii", part, 4)
        header += struct.pack(">iiIII", cpu, subtype, page + len(body), len(part), 14)
        body += part + bytes(-len(part) % page)
    return header.ljust(page, b"\0") + body


def test_a_good_library_for_macos(tmp_path: Path) -> None:
    data = universal([dylib(tmp_path, machine) for machine in ("aarch64", "x86_64")])
    assert problems_of(data, "macosx_11_0_universal2") == []


def test_faults_of_libraries_for_macos(tmp_path: Path) -> None:
    good = dylib(tmp_path, "aarch64")
    assert problems_of(good, "macosx_11_0_universal2")[0] == "has 0 slices for x86_64"
    extra = SOURCE + '__attribute__((visibility("default"))) int f;'
    bad = dylib(tmp_path, "x86_64", "-Wl,-install_name,/tmp/x.dylib", source=extra)
    assert problems_of(universal([good, bad]), "macosx_11_0_universal2") == [
        "x86_64: exports f",
        "x86_64: install name is ['/tmp/x.dylib']",
    ]
    directory = good.index(b"\xfa\xde\x0c\x02")  # of the signature; its flags say that it is ad hoc
    unsigned = good[: directory + 12] + bytes(4) + good[directory + 16 :]
    problem = "aarch64: has no ad-hoc signature, without which arm64 does not run it"
    assert problem not in problems_of(good, "macosx_11_0_universal2")
    assert problem in problems_of(unsigned, "macosx_11_0_universal2")
    newer = [*ZIG, "cc", "-target", "x86_64-macos.14.0"]
    name = "-Wl,-install_name,@rpath/libOrthancPython.dylib"
    late = compiled(tmp_path, newer, SOURCE, "-shared", "-fvisibility=hidden", name)
    assert problems_of(universal([good, late]), "macosx_11_0_universal2") == [
        "x86_64: is for macOS 14.0, not for 11.0"
    ]


RESOURCE = """
1 VERSIONINFO FILEVERSION 1,2,3,0
BEGIN BLOCK "StringFileInfo" BEGIN BLOCK "040904B0" BEGIN
VALUE "ProductVersion", "{version}"
END END END
"""


def dll(folder: Path, *flags: str, resource: str | None = VERSION, source: str = SOURCE) -> bytes:
    source = source.replace('visibility("default")', "dllexport")
    objects = []
    if resource is not None:
        (folder / "version.rc").write_text(RESOURCE.format(version=resource), encoding="utf-8")
        subprocess.run([*ZIG, "rc", "version.rc", "version.res"], cwd=folder, check=True)
        objects = ["version.res"]
    compiler = [*ZIG, "cc", "-target", "x86_64-windows-gnu"]
    return compiled(folder, compiler, source, "-shared", *objects, *flags, name="library.dll")


def test_libraries_for_windows(tmp_path: Path) -> None:
    good = dll(tmp_path)
    assert problems_of(good, "win_amd64") == []
    (problem,) = problems_of(good, "win32")
    assert problem.endswith("not for x86")
    assert problems_of(dll(tmp_path, resource=None), "win_amd64") == ["has no version resource"]
    assert problems_of(dll(tmp_path, resource="0.9"), "win_amd64") == [
        f"its version resource does not say {VERSION}"
    ]
    source = SOURCE + "#include <winsock2.h>\nvoid *use(void) { return (void *)WSAStartup; }"
    assert problems_of(dll(tmp_path, "-lws2_32", source=source), "win_amd64") == [
        "needs WS2_32.dll, which is not part of Windows"
    ]
    header = int.from_bytes(good[0x3C:0x40], "little")
    unsafe = bytearray(good)
    unsafe[header + 94 : header + 96] = bytes(2)  # DllCharacteristics
    assert problems_of(bytes(unsafe), "win_amd64") == [
        "is linked without DYNAMIC_BASE",
        "is linked without NX_COMPAT",
    ]
