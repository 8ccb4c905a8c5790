# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Which Python the plugin is for.
#
#   PYTHON_VERSION  3.9, 3.13, 3.13t ...: compiled and type-checked against the Python.h of that
#                   version, refuses others. Default: the Python that runs the build.
#                   any: no Python.h is needed, serves every CPython from 3.9 on.
#   PYTHON_LINKAGE  runtime (default): libpython is found and loaded when Orthanc starts.
#                   linked: bound to one libpython by the linker, for packagers.
#   PYTHON_INCLUDE_DIR, PYTHON_LIBRARY   where they are, if that cannot be guessed
#   PYTHON_WINDOWS_ROOT                  folder of a Python on Windows
#   PYTHON_WINDOWS_USE_RELEASE_LIBS      ON: debug builds with Visual Studio use the release Python

set(PYTHON_VERSION "" CACHE STRING "3.X, 3.Xt or any")
set(PYTHON_LINKAGE "runtime" CACHE STRING "runtime or linked")
set(PYTHON_INCLUDE_DIR "" CACHE PATH "Folder that holds Python.h")
set(PYTHON_LIBRARY "" CACHE FILEPATH "libpython, for PYTHON_LINKAGE=linked")
set(PYTHON_WINDOWS_ROOT "" CACHE PATH "Folder of a Python on Windows")
option(PYTHON_WINDOWS_USE_RELEASE_LIBS "Debug builds use the release build of Python" ON)

if(NOT PYTHON_LINKAGE MATCHES "^(runtime|linked)$")
  message(FATAL_ERROR "PYTHON_LINKAGE is \"${PYTHON_LINKAGE}\": runtime or linked expected")
endif()
if(PYTHON_VERSION AND NOT PYTHON_VERSION MATCHES "^(any|3\\.(9|[1-9][0-9])t?)$")
  message(FATAL_ERROR "PYTHON_VERSION is \"${PYTHON_VERSION}\": any, or 3.9 and later, such as 3.13 "
                      "or 3.13t, expected")
endif()
if(PYTHON_VERSION STREQUAL "any" AND PYTHON_LINKAGE STREQUAL "linked")
  message(FATAL_ERROR "PYTHON_LINKAGE=linked binds to one libpython: set PYTHON_VERSION to its "
                      "version instead of \"any\"")
endif()

# The answers of the interpreter `python`, as include_dir, library, version_found
function(orthanc_python_ask python)
  execute_process(
    COMMAND "${python}" "${CMAKE_CURRENT_SOURCE_DIR}/cmake/ask_python.py"
    OUTPUT_VARIABLE answer RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    message(FATAL_ERROR "${python} cannot be run")
  endif()
  list(GET answer 0 version)
  list(GET answer 1 include)
  list(GET answer 2 library)
  set(version_found "${version}" PARENT_SCOPE)
  set(include_dir "${include}" PARENT_SCOPE)
  set(library "${library}" PARENT_SCOPE)
endfunction()

# An interpreter of PYTHON_VERSION; by default, the one that runs the build
function(orthanc_python_find_interpreter)
  if(PYTHON_WINDOWS_ROOT)
    set(python "${PYTHON_WINDOWS_ROOT}/python.exe")
  elseif(NOT PYTHON_VERSION)
    set(python "${Python3_EXECUTABLE}")
  elseif(DEFINED Python_EXECUTABLE)
    set(python "${Python_EXECUTABLE}")  # pip's build names its own
  else()
    find_program(ORTHANC_PYTHON_INTERPRETER NAMES "python${PYTHON_VERSION}")
    set(python "${ORTHANC_PYTHON_INTERPRETER}")
  endif()
  set(python "${python}" PARENT_SCOPE)
endfunction()

function(orthanc_python_target target)
  if(PYTHON_VERSION STREQUAL "any")
    target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_HEADERS=0)
    message(STATUS "The plugin is for every CPython from 3.9 on")
    return()
  endif()

  orthanc_python_find_interpreter()
  set(wanted "${PYTHON_VERSION}")
  if(python AND EXISTS "${python}")
    orthanc_python_ask("${python}")
    if(wanted AND NOT version_found STREQUAL wanted)
      # e.g. pip runs with another version than the one that was asked for
      find_program(ORTHANC_PYTHON_OTHER NAMES "python${wanted}")
      if(ORTHANC_PYTHON_OTHER)
        orthanc_python_ask("${ORTHANC_PYTHON_OTHER}")
      endif()
    endif()
  endif()
  if(PYTHON_INCLUDE_DIR)
    set(include_dir "${PYTHON_INCLUDE_DIR}")
    set(version_found "${wanted}")
  endif()
  if(PYTHON_LIBRARY)
    set(library "${PYTHON_LIBRARY}")
  endif()
  if(NOT wanted)
    set(wanted "${version_found}")
  endif()
  if(NOT version_found STREQUAL wanted)
    message(FATAL_ERROR "No Python ${wanted} found: put python${wanted} on PATH, or name the folder "
                        "of its Python.h with -DPYTHON_INCLUDE_DIR=..., or build the plugin for all "
                        "of them with -DPYTHON_VERSION=any")
  endif()
  if(NOT EXISTS "${include_dir}/Python.h")
    message(FATAL_ERROR "Python ${wanted} has no Python.h in \"${include_dir}\": install its "
                        "development files (on Debian and Ubuntu: libpython${wanted}-dev; on Fedora: "
                        "python3-devel), or name their folder with -DPYTHON_INCLUDE_DIR=..., or "
                        "build the plugin that needs none with -DPYTHON_VERSION=any")
  endif()
  message(STATUS "The plugin is for CPython ${wanted} (${include_dir})")
  target_include_directories(${target} SYSTEM PRIVATE "${include_dir}")
  target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_HEADERS=1)
  if(MSVC)
    # the library is found at run time: Python.h must not ask the linker for one
    target_compile_definitions(${target} PRIVATE Py_NO_LINK_LIB)
    if(PYTHON_WINDOWS_USE_RELEASE_LIBS)
      target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_RELEASE_LIBS=1)
    endif()
  endif()
  if(PYTHON_LINKAGE STREQUAL "linked")
    if(NOT library OR NOT EXISTS "${library}")
      message(FATAL_ERROR "Python ${wanted} has no shared library (looked for \"${library}\"): install "
                          "it (on Debian and Ubuntu: libpython${wanted}-dev), or name it with "
                          "-DPYTHON_LIBRARY=...")
    endif()
    target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_LINKED=1)
    target_link_libraries(${target} PRIVATE "${library}")
    message(STATUS "The plugin is linked to ${library}")
  endif()
endfunction()
