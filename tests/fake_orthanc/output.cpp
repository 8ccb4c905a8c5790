// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "output.hpp"

#include <cstdio>
#include <mutex>

void say(const json::Object& object) {
  static std::mutex mutex;
  const std::string line = object.text() + "\n";
  const std::lock_guard<std::mutex> lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}
