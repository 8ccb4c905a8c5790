// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/http_headers.hpp"

#include <algorithm>
#include <cstring>

namespace orthanc {

namespace {

bool isControl(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte < 0x20 && byte != '\t') || byte == 0x7F;
}

bool isValue(const char* text) {
  return std::none_of(text, text + std::strlen(text), isControl);
}

bool isTokenCharacter(char character) {
  const bool letter =
      (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
  const bool digit = character >= '0' && character <= '9';
  return letter || digit || std::strchr("!#$%&'*+-.^_`|~", character) != nullptr;
}

bool isToken(const char* text) {
  return *text != '\0' && std::all_of(text, text + std::strlen(text), isTokenCharacter);
}

[[noreturn]] void refuse(const Argument& argument, const char* reason) {
  raise(builtins.valueError, "%s(): argument '%s' %s: %R", argument.signature->name,
        argument.name(), reason, argument.value);
}

}  // namespace

void requireHeaderValue(const Utf8& value, PyObject* object, const char* what) {
  if (value.hasNul() || !isValue(value.data())) {
    raise(builtins.valueError, "%s must not contain line breaks or other control characters: %R",
          what, object);
  }
}

HeaderText::HeaderText(const Argument& argument) : Text(argument) {
  if (!isValue(*this)) {
    refuse(argument,
           "becomes a header and must not contain line breaks or other control characters");
  }
}

HeaderName::HeaderName(const Argument& argument) : Text(argument) {
  if (!isToken(*this)) {
    refuse(argument, "must be a token, without spaces, separators or line breaks");
  }
}

QuotedHeaderText::QuotedHeaderText(const Argument& argument) : HeaderText(argument) {
  if (std::strpbrk(*this, "\"\\") != nullptr) {
    refuse(argument, "is put between quotes and must not contain \" or \\");
  }
}

}  // namespace orthanc
