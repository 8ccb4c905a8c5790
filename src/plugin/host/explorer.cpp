// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/explorer.hpp"

#include <mutex>

namespace host::explorer {

namespace {

std::mutex mutex;
std::string script;
std::string button;

// The script's part may end with a comment, or without a semicolon.
std::string combined() {
  return button.empty() ? script : script + "\n;\n" + button;
}

}  // namespace

std::string withScript(const std::string& javascript) {
  const std::lock_guard<std::mutex> lock(mutex);
  script = javascript;
  return combined();
}

std::string withButton(const std::string& javascript) {
  const std::lock_guard<std::mutex> lock(mutex);
  button = javascript;
  return combined();
}

void clear() {
  const std::lock_guard<std::mutex> lock(mutex);
  script.clear();
  button.clear();
}

}  // namespace host::explorer
