// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <string>

namespace shared_library {

// nullptr on failure; `error` then has the reason. The path is UTF-8.
void* open(const std::string& path, std::string& error);
void* symbol(void* library, const char* name);
void close(void* library);

// A function of a library whose symbols are global in this process; nullptr if there is none.
void* loadedSymbol(const char* name);

}  // namespace shared_library
