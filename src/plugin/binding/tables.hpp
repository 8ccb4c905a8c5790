// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The shapes of the generated tables that describe the module.
#pragma once

#include <cstddef>

#include "generated/class_ids.hpp"
#include "host/context.hpp"
#include "interpreter/api.hpp"

namespace orthanc {

// METH_FASTCALL | METH_KEYWORDS
using Wrapper = PyObject* (*)(PyObject* self, PyObject* const* values, Py_ssize_t count,
                              PyObject* keywords);

// The release of Orthanc that introduced an item
struct Version {
  int major;
  int minor;
  int revision;
};

inline host::Version toHost(const Version& version) {
  return {version.major, version.minor, version.revision};
}

template <class Entry>
bool available(const Entry& entry) {
  return !(host::version() < toHost(entry.since));
}

struct Function {
  const char* name;
  Wrapper wrapper;
  const char* documentation;
  Version since;
};
using Method = Function;

struct Class {
  const char* name;
  const char* documentation;
  Version since;
  const Function* methods;
  std::size_t methodCount;
  void (*destroy)(void* handle);  // nullptr: the SDK has no destructor
  ClassId id;
};

struct Member {
  const char* name;
  long value;
  Version since;
};

struct Enumeration {
  const char* name;
  const char* documentation;
  Version since;
  const Member* members;
  std::size_t memberCount;
};

// A function of the SDK, and a description of its replacement in Python
struct SdkName {
  const char* name;  // without "OrthancPlugin"
  const char* python;
};

extern const Function functions[];
extern const std::size_t functionCount;
extern const Class classes[];
extern const std::size_t classCount;
extern const Enumeration enumerations[];
extern const std::size_t enumerationCount;
extern const SdkName sdkNames[];
extern const std::size_t sdkNameCount;

const Class& classOf(ClassId id);

// The SDK's function that calls a service, for messages
const char* sdkFunctionOf(_OrthancPluginService service);

PyMethodDef definitionOf(const Function& function);

// Py_TPFLAGS_DEFAULT of the running CPython
unsigned long defaultTypeFlags();

}  // namespace orthanc
