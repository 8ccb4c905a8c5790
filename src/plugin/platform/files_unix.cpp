// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/files.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace platform {
namespace {

namespace fs = std::filesystem;

fs::path pathOf(const std::string& text) {
  return fs::u8path(text);
}

}  // namespace

std::string join(const std::string& folder, const std::string& name) {
  return (pathOf(folder) / pathOf(name)).u8string();
}

bool isFile(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(pathOf(path), error);
}

bool isFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(pathOf(path), error);
}

bool isPresent(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(pathOf(path), error);
  return status.type() != fs::file_type::not_found && status.type() != fs::file_type::none;
}

std::string resolved(const std::string& path) {
  std::error_code error;
  const fs::path result = fs::weakly_canonical(pathOf(path), error);
  return error ? absolute(path) : result.u8string();
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path result = fs::absolute(pathOf(path), error);
  return error ? path : result.lexically_normal().u8string();
}

std::string whyNotExecutable(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(pathOf(path), error);
  if (status.type() == fs::file_type::none) {
    return "cannot be reached: " + error.message();
  }
  if (status.type() == fs::file_type::not_found) {
    const fs::path target = fs::read_symlink(pathOf(path), error);
    if (error) {
      return "does not exist";
    }
    return "is a link to " + target.u8string() + ", which does not exist";
  }
  if (status.type() == fs::file_type::directory) {
    return "is a folder, not a program";
  }
  if (status.type() != fs::file_type::regular) {
    return "is not a file";
  }
  if (access(path.c_str(), X_OK) != 0) {
    return "is not executable for the user of this process";
  }
  return {};
}

std::string environmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace platform
