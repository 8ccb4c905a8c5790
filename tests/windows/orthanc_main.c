// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Orthanc.exe of orthanc_stand_in.py: runs that file, which is beside it, in this process.
#include <stdlib.h>
#include <windows.h>

int wmain(int argc, wchar_t** argv) {
  static wchar_t script[MAX_PATH];
  GetModuleFileNameW(NULL, script, MAX_PATH);
  wcscpy(wcsrchr(script, L'\\') + 1, L"orthanc_stand_in.py");
  SetEnvironmentVariableW(L"PYTHONHOME", PYTHON_HOME);
  HMODULE library =
      LoadLibraryExW(PYTHON_HOME L"\\" PYTHON_DLL, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
  wchar_t** arguments = calloc(argc + 2, sizeof(wchar_t*));
  if (library == NULL || arguments == NULL) {
    return 127;
  }
  arguments[0] = argv[0];
  arguments[1] = script;
  for (int i = 1; i < argc; ++i) {
    arguments[i + 1] = argv[i];
  }
  return ((int (*)(int, wchar_t**))(void*)GetProcAddress(library, "Py_Main"))(argc + 1, arguments);
}
