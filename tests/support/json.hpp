// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Just enough JSON for the host programs of these tests.
#pragma once

#include <cstdio>
#include <string>

namespace json {

inline std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\' || (letter >= 0 && letter < 0x20)) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(letter));
      result += escaped;
    } else {
      result += letter;
    }
  }
  return result + "\"";
}

inline std::string member(const char* name, const std::string& text) {
  return quoted(name) + ": " + quoted(text);
}

inline std::string member(const char* name, int number) {
  return quoted(name) + ": " + std::to_string(number);
}

inline std::string member(const char* name, bool value) {
  return quoted(name) + (value ? ": true" : ": false");
}

}  // namespace json
