# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Cross-compiles with zig, which contains the headers and runtimes of its targets. The files for
# each target set ZIG_TARGET and include this one. The environment variable ZIG names the program;
# the package ziglang of PyPI contains it.

find_program(ZIG NAMES "$ENV{ZIG}" zig REQUIRED)
set(CMAKE_SYSTEM_VERSION 1)

# CMake needs one program for each tool; zig is one program for all
set(tools "${CMAKE_BINARY_DIR}/zig")
foreach(tool cc c++ ar ranlib)
  set(arguments "${tool}")
  if(tool MATCHES "^c")
    string(APPEND arguments " -target ${ZIG_TARGET}")
  endif()
  set(script "${tools}/${tool}")
  if(NOT EXISTS "${script}")
    file(WRITE "${script}.new" "#!/bin/sh\nexec '${ZIG}' ${arguments} \"$@\"\n")
    file(INSTALL "${script}.new" DESTINATION "${tools}" RENAME "${tool}" MESSAGE_NEVER
         PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  endif()
endforeach()
set(CMAKE_C_COMPILER "${tools}/cc")
set(CMAKE_CXX_COMPILER "${tools}/c++")
set(CMAKE_AR "${tools}/ar")
set(CMAKE_RANLIB "${tools}/ranlib")
# The linker already strips. The strip of this machine does not support other targets.
set(CMAKE_STRIP "${CMAKE_COMMAND};-E;true" CACHE STRING "" FORCE)
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")
# zig has its own cache
set(CCACHE "" CACHE STRING "" FORCE)

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  # zig would link its own unwinder, which cannot unwind the stack when Orthanc's unwinder raises a
  # C++ exception: not even `catch (...)` works then. At link time, this library replaces the
  # system's unwinder.
  set(unwinder "${tools}/libgcc_s.so.1")
  if(NOT EXISTS "${unwinder}")
    execute_process(
      COMMAND "${CMAKE_C_COMPILER}" -shared -nostdlib -fno-builtin -Wl,-soname,libgcc_s.so.1
              "${CMAKE_CURRENT_LIST_DIR}/libgcc_s.c" -o "${unwinder}"
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(CMAKE_CXX_STANDARD_LIBRARIES "${unwinder}")
endif()

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
