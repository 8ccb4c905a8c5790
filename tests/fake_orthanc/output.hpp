// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The host's output: one JSON object in each line of the standard output. Python's output appears
// unchanged in between.
#pragma once

#include <cstdint>
#include <string>

class JsonObject {
 public:
  JsonObject& add(const char* name, const std::string& text);
  JsonObject& add(const char* name, std::int64_t number);
  JsonObject& addObject(const char* name, const JsonObject& object);
  std::string text() const { return "{" + members_ + "}"; }

 private:
  JsonObject& member(const char* name, const std::string& json);

  std::string members_;
};

// Writes the whole line at once. Any thread may call it.
void say(const JsonObject& object);
