// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Shared libraries: this one and libpython.
#pragma once

#include <string>

namespace platform {

// Loads libpython by its full path so that C extensions, which are not linked to it, see its
// symbols. Returns nullptr and fills in `error` if that fails.
void* openLibrary(const std::string& path, std::string& error);

// The library that holds `function`, made visible to C extensions: a libpython that this plugin is
// linked to was opened together with it, hence hidden (Orthanc opens plugins RTLD_LOCAL).
void* openLibraryOf(const void* function);

void* symbol(void* library, const char* name);

// Absolute path of this shared library, "" if unknown.
std::string ownLibraryPath();

// Keeps this library in memory when Orthanc unloads its plugins: Python threads and objects go on
// pointing to its code.
void keepOwnLibraryLoaded();

}  // namespace platform
