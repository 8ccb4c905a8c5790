// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/arguments.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

#include "binding/python_runtime.hpp"
#include "host/log.hpp"

namespace orthanc {

bool logCalls = false;

void logCall(const Signature& signature) {
  host::logInfo(std::string("Calling Python function: orthanc.") + signature.name +
                "() = " + signature.sdkFunction + "()");
}

void Argument::refuse(PyObject* exception, const char* what) const {
  raise(exception, "%s(): argument '%s' %s", signature->name, name(), what);
}

void Argument::refuseType(const char* expected) const {
  const Ref type = steal(py::Object_Type(value));
  const Ref typeName = steal(py::Object_GetAttrString(type.get(), "__name__"));
  raise(builtins.typeError, "%s(): argument '%s' must be %s, not %U", signature->name, name(),
        expected, typeName.get());
}

void bindArguments(const Signature& signature, PyObject* const* values, Py_ssize_t count,
                   PyObject* keywords, PyObject** out) {
  const Py_ssize_t size = signature.count;
  if (count > size) {
    raise(builtins.typeError, "%s() takes %s%d argument%s but %zd were given", signature.name,
          signature.required < signature.count ? "at most " : "", signature.count,
          signature.count == 1 ? "" : "s", count);
  }
  for (Py_ssize_t i = 0; i < size; ++i) {
    out[i] = i < count ? values[i] : nullptr;
  }
  const Py_ssize_t keywordCount = keywords == nullptr ? 0 : py::Tuple_Size(keywords);
  for (Py_ssize_t k = 0; k < keywordCount; ++k) {
    PyObject* key = py::Tuple_GetItem(keywords, k);
    Py_ssize_t i = 0;
    while (i < size && py::Unicode_CompareWithASCIIString(key, signature.parameters[i]) != 0) {
      ++i;
    }
    if (i == size) {
      raise(builtins.typeError, "%s() got an unexpected keyword argument '%U'", signature.name,
            key);
    }
    if (out[i] != nullptr) {
      raise(builtins.typeError, "%s() got multiple values for argument '%U'", signature.name, key);
    }
    out[i] = values[count + k];
  }
  for (Py_ssize_t i = 0; i < signature.required; ++i) {
    if (out[i] == nullptr) {
      raise(builtins.typeError, "%s() missing required argument '%s' (%d argument%s expected)",
            signature.name, signature.parameters[i], signature.count,
            signature.count == 1 ? "" : "s");
    }
  }
}

namespace {

PyObject* strOf(const Argument& argument) {
  if (py::Object_IsInstance(argument.value, builtins.str) != 1) {
    argument.refuseType("str");
  }
  return argument.value;
}

}  // namespace

Text::Text(const Argument& argument, const char* errors) : utf8_(strOf(argument), errors) {
  if (utf8_.hasNul()) {
    argument.refuse(builtins.valueError, "contains a NUL character");
  }
}

Buffer::Buffer(const Argument& argument) : argument_(argument) {
  PyObject* value = argument.value;
  if (argument.isNone() || value == nullptr) {
    return;
  }
  if (py::Object_CheckBuffer(value) == 0 && py::Object_IsInstance(value, builtins.str) != 1) {
    encoded_ =
        steal(py::Object_CallFunctionObjArgs(pythonRuntime.encodeIfDataset.get(), value, nullptr));
    value = encoded_.get();
  }
  if (py::Object_CheckBuffer(value) != 0) {
    succeed(py::Object_GetBuffer(value, &view_, PyBUF_SIMPLE));
    viewed_ = true;
    data_ = view_.buf;
    size_ = static_cast<std::size_t>(view_.len);
  } else if (py::Object_IsInstance(value, builtins.str) == 1) {
    text_ = Utf8(value);
    data_ = text_.data();
    size_ = text_.size();
  } else {
    argument.refuseType("bytes, str, an object with the buffer protocol, pydicom.Dataset, or None");
  }
  if (size_ == 0) {
    data_ = nullptr;
  }
}

Buffer::~Buffer() {
  if (viewed_) {
    py::Buffer_Release(&view_);
  }
}

namespace {

Ref indexOf(const Argument& argument) {
  Ref index = stealOrNull(py::Number_Index(argument.value));
  if (!index) {
    py::Err_Clear();
    argument.refuseType("int");
  }
  return index;
}

}  // namespace

long long signedInteger(const Argument& argument, long long minimum, long long maximum) {
  const Ref index = indexOf(argument);
  const long long value = py::Long_AsLongLong(index.get());
  if ((value == -1 && py::Err_Occurred() != nullptr) || value < minimum || value > maximum) {
    py::Err_Clear();
    raise(builtins.overflowError, "%s(): argument '%s' is out of range: %lld to %lld expected",
          argument.signature->name, argument.name(), minimum, maximum);
  }
  return value;
}

unsigned long long unsignedInteger(const Argument& argument, unsigned long long maximum) {
  const Ref index = indexOf(argument);
  const unsigned long long value = py::Long_AsUnsignedLongLong(index.get());
  if ((value == static_cast<unsigned long long>(-1) && py::Err_Occurred() != nullptr) ||
      value > maximum) {
    py::Err_Clear();
    raise(builtins.overflowError, "%s(): argument '%s' is out of range: 0 to %llu expected",
          argument.signature->name, argument.name(), maximum);
  }
  return value;
}

bool truth(const Argument& argument) {
  if (!argument.given()) {
    return false;
  }
  if (py::Object_IsInstance(argument.value, builtins.boolean) != 1) {
    argument.refuseType("bool");
  }
  return py::Object_IsTrue(argument.value) == 1;
}

namespace {

// HttpStatus in Orthanc's Enumerations.h
bool isKnownStatus(int status) {
  static constexpr int kNown[][2] = {// first and last of each run of numbers
                                     {100, 102}, {200, 208}, {226, 226}, {300, 305}, {307, 307},
                                     {400, 417}, {422, 424}, {426, 426}, {500, 507}, {509, 510}};
  return std::any_of(std::begin(kNown), std::end(kNown),
                     [&](const auto& run) { return status >= run[0] && status <= run[1]; });
}

}  // namespace

std::uint16_t sendableStatus(const Argument& argument) {
  const auto status = integer<std::uint16_t>(argument);
  const char* problem = nullptr;
  if (!isKnownStatus(status)) {
    problem = "Unknown HTTP status: ";
  } else if (status == 301) {
    problem = "Orthanc does not send this HTTP status, use Redirect() or 307: ";
  } else if (status == 405) {
    problem = "Orthanc does not send this HTTP status, use SendMethodNotAllowed(): ";
  }
  if (problem != nullptr) {
    // Orthanc's own error code, ParameterOutOfRange, would become the status 400
    raiseOrthanc(OrthancPluginErrorCode_BadHttpStatusInRest,
                 (problem + std::to_string(status)).c_str());
  }
  return status;
}

std::uint32_t commandLinePosition(const Argument& argument) {
  const auto position = integer<std::uint32_t>(argument);
  if (position >= host::commandLineLength()) {
    raiseOrthanc(OrthancPluginErrorCode_ParameterOutOfRange);
  }
  return position;
}

std::uint32_t lengthLimit(const Argument& argument) {
  const auto limit = signedInteger(argument, std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::uint32_t>::max());
  return limit < 0 ? 0 : static_cast<std::uint32_t>(limit);
}

PyObject* callable(const Argument& argument) {
  if (py::Callable_Check(argument.value) == 0) {
    argument.refuseType("callable");
  }
  const std::string words =
      std::string(argument.signature->name) + "(): argument '" + argument.name() + "'";
  const Ref description = text(words.c_str());
  steal(py::Object_CallFunctionObjArgs(pythonRuntime.refuseCoroutine.get(), argument.value,
                                       description.get(), nullptr));
  return argument.value;
}

Ref callableOrCoroutine(const Argument& argument, bool alone) {
  const Ref flag = steal(py::Bool_FromLong(alone ? 1 : 0));
  Ref accepted = steal(py::Object_CallFunctionObjArgs(pythonRuntime.acceptCoroutine.get(),
                                                      argument.value, flag.get(), nullptr));
  callable(argument.with(accepted.get()));
  return accepted;
}

void requireSize(const Buffer& buffer, std::uint64_t bytes, const Argument& argument) {
  if (buffer.bytes() < bytes) {
    raise(builtins.valueError, "%s(): argument '%s' has %zu bytes, but %llu are needed",
          argument.signature->name, argument.name(), buffer.bytes(),
          static_cast<unsigned long long>(bytes));
  }
}

}  // namespace orthanc
