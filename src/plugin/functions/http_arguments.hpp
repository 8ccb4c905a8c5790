// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Arguments that HTTP requests share.
#pragma once

#include <vector>

#include "binding/http_headers.hpp"
#include "binding/python_runtime.hpp"
#include "binding/wrappers.hpp"

namespace orthanc {

// HTTP headers in the form of the SDK, checked by the Python runtime. The strings live as long as
// this object.
class Headers {
 public:
  explicit Headers(const Argument& argument) {
    if (!argument.given() || argument.isNone()) {
      return;
    }
    pairs_ = steal(py::Object_CallFunctionObjArgs(pythonRuntime.flattenHeaders.get(),
                                                  argument.value, nullptr));
    const Py_ssize_t size = py::Tuple_Size(pairs_.get());
    for (Py_ssize_t i = 0; i < size; ++i) {
      texts_.emplace_back(py::Tuple_GetItem(pairs_.get(), i));
      (i % 2 == 0 ? keys_ : values_).push_back(texts_.back().data());
    }
  }

  // Sets the three fields of a structure of the SDK.
  void fill(uint32_t& count, const char* const*& keys, const char* const*& values) const {
    count = static_cast<uint32_t>(keys_.size());
    keys = keys_.data();
    values = values_.data();
  }

 private:
  Ref pairs_;
  std::vector<Utf8> texts_;
  std::vector<const char*> keys_;
  std::vector<const char*> values_;
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
class ClientOptions {
 public:
  template <int N>
  ClientOptions(const Arguments<N>& arguments, int first)
      : username_(arguments[first]),
        password_(arguments[first + 1]),
        timeout_(integerOr<uint32_t>(arguments[first + 2], 0)),
        certificateFile_(arguments[first + 3]),
        certificateKeyFile_(arguments[first + 4]),
        certificateKeyPassword_(arguments[first + 5]),
        pkcs11_(truth(arguments[first + 6])) {}

  template <class Parameters>
  void fill(Parameters& parameters) const {
    parameters.username = username_;
    parameters.password = password_;
    parameters.timeout = timeout_;
    parameters.certificateFile = certificateFile_;
    parameters.certificateKeyFile = certificateKeyFile_;
    parameters.certificateKeyPassword = certificateKeyPassword_;
    parameters.pkcs11 = pkcs11_ ? 1 : 0;
  }

 private:
  OptionalText username_;
  OptionalText password_;
  uint32_t timeout_;
  OptionalText certificateFile_;
  OptionalText certificateKeyFile_;
  OptionalText certificateKeyPassword_;
  bool pkcs11_;
};

}  // namespace orthanc
