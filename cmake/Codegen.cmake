# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Code that is generated from the model of Orthanc's SDK, and the embedded Python runtime. The
# generators need only Python 3.9 or later: the Python that builds the package, or the first one on
# PATH.

find_package(Python3 3.9 COMPONENTS Interpreter)
if(NOT Python3_Interpreter_FOUND)
  message(FATAL_ERROR "The code generators need Python 3.9 or later: install it (on Debian and "
                      "Ubuntu: python3), or name it with -DPython3_EXECUTABLE=...")
endif()

set(ORTHANC_PYTHON_GENERATED_INCLUDE "${CMAKE_CURRENT_BINARY_DIR}/include")
set(generated "${ORTHANC_PYTHON_GENERATED_INCLUDE}/generated")
set(runtime_folder "${CMAKE_CURRENT_SOURCE_DIR}/src/orthanc_runtime")
file(GLOB runtime_sources CONFIGURE_DEPENDS "${runtime_folder}/*.py" "${runtime_folder}/*.css"
     "${runtime_folder}/*.js")
file(GLOB_RECURSE generator_sources CONFIGURE_DEPENDS
     "${CMAKE_CURRENT_SOURCE_DIR}/src/sdk/*.py" "${CMAKE_CURRENT_SOURCE_DIR}/src/sdk/*.json"
     "${CMAKE_CURRENT_SOURCE_DIR}/src/sdk/*.pyi.in")

set(ORTHANC_PYTHON_GENERATED_SOURCES "${generated}/functions.cpp" "${generated}/classes.cpp"
                                     "${generated}/enumerations.cpp" "${generated}/sdk_names.cpp"
                                     "${generated}/python_runtime.cpp")

add_custom_command(
  OUTPUT "${generated}/functions.cpp" "${generated}/classes.cpp" "${generated}/enumerations.cpp"
         "${generated}/sdk_names.cpp" "${generated}/stamp"
  COMMAND "${Python3_EXECUTABLE}" -B "${CMAKE_CURRENT_SOURCE_DIR}/src/sdk/generate.py"
          "${generated}"
  COMMAND "${CMAKE_COMMAND}" -E touch "${generated}/stamp"
  DEPENDS ${generator_sources}
  COMMENT "Generating the module from the SDK model"
  VERBATIM)
add_custom_command(
  OUTPUT "${generated}/python_runtime.cpp"
  COMMAND "${Python3_EXECUTABLE}" -B "${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed.py"
          "${generated}/python_runtime.cpp" ${runtime_sources}
  DEPENDS ${runtime_sources} "${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed.py" "${generated}/stamp"
  COMMENT "Embedding the Python runtime"
  VERBATIM)
# headers are generated too: they must exist before the first file is compiled
add_custom_target(OrthancPythonCodegen DEPENDS "${generated}/stamp" "${generated}/python_runtime.cpp")
