// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Strings, and pointers to them as C needs them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

class Strings {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(texts_.size()); }
  const char* const* pointers() {
    pointers_.clear();
    for (const std::string& text : texts_) {
      pointers_.push_back(text.c_str());
    }
    return pointers_.data();
  }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};
