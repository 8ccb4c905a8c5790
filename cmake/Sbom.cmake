# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The bill of materials of a library (CycloneDX 1.6): yyjson and the runtime of the compiler. Wheels
# contain it in .dist-info/sboms (PEP 770).

# Sets `runtime_*` of the calling function: the C and C++ runtime that the compiler links.
macro(orthanc_python_runtime)
  set(runtime_version "${CMAKE_CXX_COMPILER_VERSION}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "MSVC")
    set(runtime_name "Microsoft Visual C++ runtime")
    set(runtime_supplier "Microsoft")
    set(runtime_license "\"license\": {\"name\": \"Microsoft Software License Terms, Visual Studio\"}")
  elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(runtime_name "libc++")
    set(runtime_supplier "LLVM Project")
    set(runtime_license "\"expression\": \"Apache-2.0 WITH LLVM-exception\"")
  else()
    set(runtime_name "libstdc++ and libgcc")
    set(runtime_supplier "Free Software Foundation")
    set(runtime_license "\"expression\": \"GPL-3.0-or-later WITH GCC-exception-3.1\"")
    if(MINGW)
      set(runtime_name "libstdc++, libgcc and mingw-w64")
      set(runtime_license
          "\"expression\": \"(GPL-3.0-or-later WITH GCC-exception-3.1) AND ZPL-2.1 AND MIT AND BSD-3-Clause\"")
    endif()
  endif()
  # zig links libc++ into every library
  if(STATIC_BUILD OR ZIG_TARGET)
    set(runtime_linkage "static")
  else()
    set(runtime_linkage "shared")
  endif()
endmacro()

function(orthanc_python_sbom output)
  orthanc_python_runtime()
  set(yyjson "${CMAKE_CURRENT_SOURCE_DIR}/src/third_party/yyjson")
  file(STRINGS "${yyjson}/yyjson.h" found REGEX "define YYJSON_VERSION_STRING")
  string(REGEX REPLACE ".*\"(.+)\".*" "\\1" yyjson_version "${found}")
  file(SHA256 "${yyjson}/yyjson.c" yyjson_c)
  file(SHA256 "${yyjson}/yyjson.h" yyjson_h)
  configure_file("${CMAKE_CURRENT_SOURCE_DIR}/cmake/sbom.cdx.json.in" "${output}" @ONLY NEWLINE_STYLE LF)
endfunction()
