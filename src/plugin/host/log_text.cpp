// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/log_text.hpp"

#include <algorithm>
#include <cstdint>

namespace host {

namespace {

// Also the controls of ISO 8859-1 and the separators of lines and paragraphs, in UTF-8
bool isControl(const std::string& text, std::size_t position) {
  const auto byte = static_cast<unsigned char>(text[position]);
  const std::string two = text.substr(position, 2);
  const std::string three = text.substr(position, 3);
  return byte < 0x20 || byte == 0x7F || (two >= "\xC2\x80" && two <= "\xC2\x9F") ||
         three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9";
}

struct Form {
  std::size_t length;  // of the sequence; 0: no sequence begins with this byte
  std::uint32_t bits;  // of the code point in the first byte
  std::uint32_t smallest;
};

Form formOf(unsigned char first) {
  if (first < 0x80) {
    return {1, first, 0};
  }
  if (first >= 0xC2 && first < 0xE0) {
    return {2, first & 0x1FU, 0x80};
  }
  if (first >= 0xE0 && first < 0xF0) {
    return {3, first & 0x0FU, 0x800};
  }
  if (first >= 0xF0 && first < 0xF5) {
    return {4, first & 0x07U, 0x10000};
  }
  return {};
}

// The length of the UTF-8 sequence at `position`, 0 if there is none
std::size_t sequenceAt(const std::string& text, std::size_t position) {
  const Form form = formOf(static_cast<unsigned char>(text[position]));
  if (position + form.length > text.size()) {
    return 0;
  }
  std::uint32_t point = form.bits;
  for (std::size_t i = 1; i < form.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[position + i]);
    if ((byte & 0xC0U) != 0x80) {
      return 0;
    }
    point = point << 6 | (byte & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < form.smallest || point > 0x10FFFF || surrogate ? 0 : form.length;
}

void appendEscaped(std::string& target, unsigned char byte) {
  constexpr const char* kDigits = "0123456789abcdef";
  target += "\\x";
  target += kDigits[byte >> 4];
  target += kDigits[byte & 0x0F];
}

template <class MustEscape>
std::string escape(const std::string& text, MustEscape mustEscape) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = mustEscape(text, i) ? 0 : sequenceAt(text, i);
    if (length == 0) {
      appendEscaped(result, byte);
      ++i;
    } else {
      result.append(text, i, length);
      i += length;
    }
  }
  return result;
}

}  // namespace

std::string validUtf8(const std::string& text) {
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ? text : escape(text, [](const std::string&, std::size_t) { return false; });
}

std::string oneLine(const std::string& text) {
  return escape(text, isControl);
}

}  // namespace host
