// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "output.hpp"

#include <cstdio>
#include <mutex>

namespace {

// Bytes that are not ASCII pass as they are: Orthanc's texts are UTF-8.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      result += '\\';
      result += letter;
    } else if (static_cast<unsigned char>(letter) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(letter));
      result += escaped;
    } else {
      result += letter;
    }
  }
  return result + '"';
}

}  // namespace

JsonObject& JsonObject::member(const char* name, const std::string& json) {
  members_ += (members_.empty() ? "" : ", ") + quoted(name) + ": " + json;
  return *this;
}

JsonObject& JsonObject::add(const char* name, const std::string& text) {
  return member(name, quoted(text));
}

JsonObject& JsonObject::add(const char* name, std::int64_t number) {
  return member(name, std::to_string(number));
}

JsonObject& JsonObject::addObject(const char* name, const JsonObject& object) {
  return member(name, object.text());
}

void say(const JsonObject& object) {
  static std::mutex mutex;
  const std::string line = object.text() + "\n";
  const std::lock_guard<std::mutex> lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}
