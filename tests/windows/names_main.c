// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Loads plugins as Orthanc does, and prints the name of each.
#include <stdio.h>
#include <windows.h>

int wmain(int count, wchar_t **paths) {
  for (int i = 1; i < count; ++i) {
    const HMODULE library = LoadLibraryW(paths[i]);
    const char *(*name)(void);
    if (library == NULL) {
      return 1;
    }
    name = (const char *(*)(void))(void *)GetProcAddress(library, "OrthancPluginGetName");
    puts(name());
  }
  return 0;
}
