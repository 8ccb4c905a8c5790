# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Settings that the files mingw-*.cmake share. Uses the -posix variant of the compilers, because the
# other variant has no std::mutex.

set(CMAKE_SYSTEM_NAME Windows)
set(triple "${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32")
set(CMAKE_C_COMPILER ${triple}-gcc-posix)
set(CMAKE_CXX_COMPILER ${triple}-g++-posix)
set(CMAKE_RC_COMPILER ${triple}-windres)
# use the programs of this machine and the libraries of the target
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
