# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Compiler settings: standard, warnings, visibility, sanitizers, static runtime.

option(STATIC_BUILD "Link the C and C++ runtimes statically" ${WIN32})
option(ORTHANC_PYTHON_WERROR "Treat warnings as errors" OFF)
set(ORTHANC_PYTHON_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

function(orthanc_python_compiler target)
  find_package(Threads REQUIRED)
  target_link_libraries(${target} PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
  target_compile_features(${target} PRIVATE cxx_std_17)
  set_target_properties(
    ${target} PROPERTIES CXX_EXTENSIONS OFF C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                         VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(WIN32)
    # Windows 7 and later; its header must not define min and max
    target_compile_definitions(${target} PRIVATE _WIN32_WINNT=0x0601 UNICODE _UNICODE NOMINMAX
                                                 WIN32_LEAN_AND_MEAN)
    target_sources(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.def")
  endif()
  if(MSVC)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:/W4 /permissive- /utf-8>)
    target_link_options(${target} PRIVATE /Brepro)  # no date
    if(STATIC_BUILD)
      set_target_properties(${target} PROPERTIES MSVC_RUNTIME_LIBRARY
                                                 "MultiThreaded$<$<CONFIG:Debug>:Debug>")
    endif()
    return()
  endif()
  target_compile_options(
    ${target}
    PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-missing-field-initializers
            -Wno-cast-function-type $<$<BOOL:${ORTHANC_PYTHON_WERROR}>:-Werror>>
            -ffunction-sections -fdata-sections $<$<NOT:$<BOOL:${APPLE}>>:-fno-plt>)
  # reproducible builds: the library contains no folder of the build machine and no date
  target_compile_options(
    ${target} PRIVATE "-ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=."
                      "-ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}=build")
  if(APPLE)
    set(list "${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.txt")
    target_link_options(${target} PRIVATE -Wl,-dead_strip "-Wl,-exported_symbols_list,${list}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${list}")
  else()
    # only the entry points are exported, not the symbols of a static runtime
    set(script "${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.map")
    if(WIN32)
      target_link_options(${target} PRIVATE -Wl,--no-insert-timestamp)
    else()
      # nodelete: even without a script, some C++ runtimes destroy thread-local data after dlclose()
      target_link_options(${target} PRIVATE "-Wl,--version-script=${script}" -Wl,--no-undefined
                          -Wl,-z,relro,-z,now,-z,nodelete)
      set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${script}")
    endif()
    target_link_options(${target} PRIVATE -Wl,--gc-sections)
    if(STATIC_BUILD AND WIN32)
      target_link_options(${target} PRIVATE -static -s)  # also winpthreads; no symbol table
    elseif(STATIC_BUILD)
      target_link_options(${target} PRIVATE -static-libgcc -static-libstdc++)
    endif()
  endif()
  if(ORTHANC_PYTHON_SANITIZE)
    target_compile_options(${target} PRIVATE "-fsanitize=${ORTHANC_PYTHON_SANITIZE}" -g
                                             -fno-omit-frame-pointer)
    # Clang takes the functions of the sanitizers from the program that loads the library
    target_link_options(${target} PRIVATE "-fsanitize=${ORTHANC_PYTHON_SANITIZE}" -Wl,-z,undefs)
  endif()
endfunction()
