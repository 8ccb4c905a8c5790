// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Arguments that HTTP requests share.
#pragma once

#include <vector>

#include "module/layer.hpp"
#include "module/wrappers.hpp"

namespace orthanc {

// HTTP headers as the SDK wants them. The strings live as long as this object.
class Headers {
 public:
  explicit Headers(const Argument& argument) {
    if (!argument.given() || argument.isNone()) {
      return;
    }
    pairs_ =
        steal(py::Object_CallFunctionObjArgs(layer.flattenHeaders.get(), argument.value, nullptr));
    const Py_ssize_t size = py::Tuple_Size(pairs_.get());
    for (Py_ssize_t i = 0; i + 1 < size; i += 2) {
      keys_.push_back(textAt(i));
      values_.push_back(textAt(i + 1));
    }
  }

  // Sets the three fields of a structure of the SDK.
  void fill(uint32_t& count, const char* const*& keys, const char* const*& values) const {
    count = static_cast<uint32_t>(keys_.size());
    keys = keys_.data();
    values = values_.data();
  }

 private:
  const char* textAt(Py_ssize_t index) const {
    const char* text = py::Unicode_AsUTF8AndSize(py::Tuple_GetItem(pairs_.get(), index), nullptr);
    if (text == nullptr) {
      throw PythonError{};
    }
    return text;
  }

  Ref pairs_;
  std::vector<const char*> keys_;
  std::vector<const char*> values_;
};

// A str, or nullptr if the argument is absent or None
class OptionalText {
 public:
  explicit OptionalText(const Argument& argument)
      : text_(argument.given() && !argument.isNone() ? static_cast<const char*>(Text(argument))
                                                     : nullptr) {}
  operator const char*() const { return text_; }

 private:
  const char* text_;
};

template <class T>
T integerOr(const Argument& argument, T absent) {
  return argument.given() ? integer<T>(argument) : absent;
}

inline OrthancPluginHttpMethod methodOf(const Argument& argument) {
  const auto method = enumeration<OrthancPluginHttpMethod>(argument);
  if (method < OrthancPluginHttpMethod_Get || method > OrthancPluginHttpMethod_Delete) {
    argument.refuse(builtins.valueError, "is not a value of orthanc.HttpMethod");
  }
  return method;
}

// The arguments of both HTTP clients that begin with `username`
template <class Parameters, int N>
void fillClient(Parameters& parameters, const Arguments<N>& arguments, int first) {
  parameters.username = OptionalText(arguments[first]);
  parameters.password = OptionalText(arguments[first + 1]);
  parameters.timeout = integerOr<uint32_t>(arguments[first + 2], 0);
  parameters.certificateFile = OptionalText(arguments[first + 3]);
  parameters.certificateKeyFile = OptionalText(arguments[first + 4]);
  parameters.certificateKeyPassword = OptionalText(arguments[first + 5]);
  parameters.pkcs11 = truth(arguments[first + 6]) ? 1 : 0;
}

}  // namespace orthanc
