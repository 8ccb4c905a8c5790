// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <filesystem>

#include "discovery/libpython.hpp"
#include "platform/binary_format.hpp"
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
  const std::string python = "is Python " + info.version + ", whose library ";
  std::string searched;
  for (const std::string& folder :
       {folderOf(info.baseExecutable), info.basePrefix, folderOf(info.executable)}) {
    const std::string path = platform::join(folder, name);
    if (!platform::isFile(path)) {
      searched.append(searched.empty() ? "" : ", ").append(folder);
      continue;
    }
    const std::string reason = platform::whyNotLoadable(path);
    if (reason.empty()) {
      return {platform::absolute(path), {}};
    }
    return {{}, python + path + ' ' + reason};
  }
  return {{}, python + name + " is missing (not in " + searched + ")"};
}

}  // namespace discovery
