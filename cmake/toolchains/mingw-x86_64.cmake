# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Builds for Windows on Linux, with Debian's package g++-mingw-w64-x86-64-posix:
#   cmake -S . -B build/windows -DPYTHON_VERSION=any \
#         -DCMAKE_TOOLCHAIN_FILE=cmake/toolchains/mingw-x86_64.cmake

set(CMAKE_SYSTEM_PROCESSOR x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/mingw.cmake")
