// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/libpython.hpp"

#include <filesystem>
#include <vector>

#include "discovery/machine.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

// python313.dll; not python3.dll, which lacks functions that the plugin uses
std::string fileName(const InterpreterInfo& info) {
  return "python3" + std::to_string(info.abi.minor) + (info.abi.freeThreaded ? "t" : "") +
         (info.abi.debug ? "_d" : "") + ".dll";
}

std::string folderOf(const std::string& file) {
  return std::filesystem::u8path(file).parent_path().u8string();
}

}  // namespace

Library libraryOf(const InterpreterInfo& info) {
  const std::string name = fileName(info);
  std::string looked;
  for (const std::string& folder :
       {folderOf(info.baseExecutable), info.basePrefix, folderOf(info.executable)}) {
    const std::string path = platform::join(folder, name);
    if (!platform::isFile(path)) {
      looked.append(looked.empty() ? "" : ", ").append(folder);
      continue;
    }
    const std::string reason = whyNotLoadable(path);
    if (reason.empty()) {
      return {platform::absolute(path), {}};
    }
    return {{}, "is Python " + info.version + ", whose library " + path + ' ' + reason};
  }
  return {{},
          "is Python " + info.version + ", whose library " + name + " is missing (not in " +
              looked + ")"};
}

}  // namespace discovery
