// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// python.exe for the x86 libraries that come without one.
#include <windows.h>

int wmain(int argc, wchar_t** argv) {
  HMODULE library = LoadLibraryW(PYTHON_DLL);
  if (library == NULL) {
    return 127;
  }
  return ((int (*)(int, wchar_t**))(void*)GetProcAddress(library, "Py_Main"))(argc, argv);
}
