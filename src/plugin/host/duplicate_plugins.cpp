// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/duplicate_plugins.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "platform/files.hpp"
#include "platform/shared_library.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;

// In the names of all releases of both plugins: libOrthancPython.so,
// OrthancPython-Python3.13-7.1.dll
constexpr const char* kFileName = "OrthancPython";

bool isPythonPlugin(const fs::path& path) {
  const std::string extension = path.extension().u8string();
  const bool library = extension == ".so" || extension == ".dll" || extension == ".dylib";
  return library && path.filename().u8string().find(kFileName) != std::string::npos;
}

}  // namespace

std::string loadedDuplicate(const char* name) {
  return platform::findOtherLibrary([name](void* library) {
    using GetName = const char* (*)();
    const auto getName =
        reinterpret_cast<GetName>(platform::symbol(library, "OrthancPluginGetName"));
    return getName != nullptr && std::strcmp(getName(), name) == 0;
  });
}

std::vector<std::string> pythonPlugins(const std::vector<std::string>& entries) {
  std::vector<std::string> found;
  for (const std::string& entry : entries) {
    if (platform::isFile(entry) && isPythonPlugin(fs::u8path(entry))) {
      found.push_back(entry);
    }
    std::error_code error;
    for (fs::directory_iterator at(fs::u8path(entry), error), end; !error && at != end;
         at.increment(error)) {
      if (isPythonPlugin(at->path())) {
        found.push_back(at->path().u8string());
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace host
