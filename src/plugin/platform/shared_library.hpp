// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Shared libraries: loading another one, and facts about the one that contains this code.
#pragma once

#include <functional>
#include <string>

namespace platform {

// Loads a library by its full path and makes its symbols visible to libraries that are loaded later
// without being linked to it, such as C extensions. Returns nullptr and sets `error` to the
// loader's message on failure.
void* openLibrary(const std::string& path, std::string& error);

// The loaded library that contains `function`; makes its symbols visible in the same way. The
// symbols of a library that a plugin is linked to are hidden, because Orthanc opens plugins with
// RTLD_LOCAL.
void* openLibraryOf(const void* function);

void* symbol(void* library, const char* name);

// The path of the first other library in this process for which `matches` is true, "" if there is
// none. `matches` receives a library as symbol() takes it.
std::string findOtherLibrary(const std::function<bool(void*)>& matches);

// Absolute path of this shared library, "" if unknown.
std::string ownLibraryPath();

// The file header of this library as it was mapped into memory.
const char* ownHeader();

// Keeps this library in memory after its unloading: threads may still run its code.
void keepOwnLibraryLoaded();

}  // namespace platform
