// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Texts of a script that become part of the head of an HTTP message. A control character could end
// the header and inject another one: it raises ValueError.
#pragma once

#include "binding/arguments.hpp"

namespace orthanc {

// Raises ValueError unless the text can be the value of a header; `what` names the text.
void requireHeaderValue(const Utf8& value, PyObject* object, const char* what);

// The value of a header, or a part of one: a MIME type, a path to redirect to, the URL of a request
class HeaderText : public Text {
 public:
  explicit HeaderText(const Argument& argument);
};

// The name of a header or of a cookie: a token of RFC 7230
class HeaderName : public Text {
 public:
  explicit HeaderName(const Argument& argument);
};

// A text that Orthanc puts between quotes
class QuotedHeaderText : public HeaderText {
 public:
  explicit QuotedHeaderText(const Argument& argument);
};

}  // namespace orthanc
