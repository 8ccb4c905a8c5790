# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Options that select the Python for which the plugin is built.
#
#   PYTHON_VERSION  3.9, 3.13, 3.13t ...: compiled and type-checked against the Python.h of this
#                   version, refuses others. Default: the Python that runs the build.
#                   any: no Python.h is needed, serves every CPython from 3.9 on.
#   PYTHON_LINKAGE  runtime (default): libpython is found and loaded when Orthanc starts.
#                   linked: bound to one libpython by the linker, for packagers.
#   PYTHON_INCLUDE_DIR, PYTHON_LIBRARY   their paths, if CMake does not find them
#   PYTHON_WINDOWS_ROOT                  folder of a Python on Windows
#   PYTHON_WINDOWS_USE_RELEASE_LIBS      ON: debug builds with Visual Studio use the release Python

set(PYTHON_VERSION "" CACHE STRING "3.X, 3.Xt or any")
set(PYTHON_LINKAGE "runtime" CACHE STRING "runtime or linked")
set(PYTHON_INCLUDE_DIR "" CACHE PATH "Folder that holds Python.h")
set(PYTHON_LIBRARY "" CACHE FILEPATH "libpython, for PYTHON_LINKAGE=linked")
set(PYTHON_WINDOWS_ROOT "" CACHE PATH "Folder of a Python on Windows")
option(PYTHON_WINDOWS_USE_RELEASE_LIBS "Debug builds use the release build of Python" ON)

if(NOT PYTHON_LINKAGE MATCHES "^(runtime|linked)$")
  message(FATAL_ERROR "PYTHON_LINKAGE is \"${PYTHON_LINKAGE}\": set it to runtime or linked")
endif()
if(PYTHON_VERSION AND NOT PYTHON_VERSION MATCHES "^(any|3\\.(9|[1-9][0-9])t?)$")
  message(FATAL_ERROR "PYTHON_VERSION is \"${PYTHON_VERSION}\": any, or 3.9 and later, such as 3.13 "
                      "or 3.13t, expected")
endif()
if(PYTHON_VERSION STREQUAL "any" AND PYTHON_LINKAGE STREQUAL "linked")
  message(FATAL_ERROR "PYTHON_LINKAGE=linked binds to one libpython: set PYTHON_VERSION to its "
                      "version instead of \"any\"")
endif()

# Sets version_found, include_dir and library, all empty if there is no such Python. Without a version,
# describes the Python that runs the build.
function(orthanc_python_find version)
  execute_process(
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/cmake/find_python.py" ${version}
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE)
  list(LENGTH answer length)
  if(length EQUAL 3)
    list(GET answer 0 version_found)
    list(GET answer 1 include_dir)
    list(GET answer 2 library)
  endif()
  foreach(name IN ITEMS version_found include_dir library)
    set(${name} "${${name}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Does the same for PYTHON_WINDOWS_ROOT. Reads its files and does not run its program: the build
# machine may have another system or processor.
function(orthanc_python_find_in_root version)
  file(TO_CMAKE_PATH "${PYTHON_WINDOWS_ROOT}" root)
  set(header "${root}/include/patchlevel.h")
  if(NOT EXISTS "${header}")
    message(FATAL_ERROR "PYTHON_WINDOWS_ROOT is \"${root}\", which is not the folder of a Python with "
                        "its development files: there is no include/patchlevel.h")
  endif()
  file(READ "${header}" text)
  string(REGEX MATCH "PY_MAJOR_VERSION[ \t]+([0-9]+)[^_]*PY_MINOR_VERSION[ \t]+([0-9]+)" _ "${text}")
  set(digits "${CMAKE_MATCH_1}${CMAKE_MATCH_2}")
  set(found "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}")
  if(version MATCHES "t$")  # a free-threaded build is in the same folder
    string(APPEND digits "t")
    string(APPEND found "t")
  endif()
  if(version AND NOT found STREQUAL version)
    message(FATAL_ERROR "PYTHON_WINDOWS_ROOT, \"${root}\", holds Python ${found}, not ${version}")
  endif()
  set(version_found "${found}" PARENT_SCOPE)
  set(include_dir "${root}/include" PARENT_SCOPE)
  set(library "${root}/libs/python${digits}.lib" PARENT_SCOPE)
endfunction()

function(orthanc_python_target target)
  if(PYTHON_VERSION STREQUAL "any")
    target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_HEADERS=0)
    message(STATUS "The plugin is for every CPython from 3.9 on")
    return()
  endif()

  set(wanted "${PYTHON_VERSION}")
  if(PYTHON_WINDOWS_ROOT)
    orthanc_python_find_in_root("${wanted}")
  else()
    orthanc_python_find("${wanted}")
  endif()
  if(NOT version_found AND wanted MATCHES "^(.+)t$" AND PYTHON_LINKAGE STREQUAL "runtime")
    # a free-threaded build has the same headers, except for one macro, which is set below
    orthanc_python_find("${CMAKE_MATCH_1}")
    if(version_found)
      set(version_found "${wanted}")
    endif()
  endif()
  if(PYTHON_INCLUDE_DIR)
    set(include_dir "${PYTHON_INCLUDE_DIR}")
    if(wanted)
      set(version_found "${wanted}")
    endif()
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
  if(wanted MATCHES "t$")
    target_compile_definitions(${target} PRIVATE Py_GIL_DISABLED=1)
  endif()
  if(MSVC)
    # The library is found at run time, or named below: Python.h must not ask the linker for one.
    # CPython supports the macro from 3.14 on.
    target_compile_definitions(${target} PRIVATE Py_NO_LINK_LIB)
    string(REPLACE "." "" digits "${wanted}")
    target_link_options(${target} PRIVATE "/NODEFAULTLIB:python${digits}.lib"
                        "/NODEFAULTLIB:python${digits}_d.lib")
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
