// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/api.hpp"

#include <type_traits>

#include "platform/shared_library.hpp"

#if ORTHANC_PYTHON_HEADERS
#define PY_CHECK(prefix, name, result, parameters)                               \
  static_assert(std::is_same_v<decltype(&::prefix##name), result(*) parameters>, \
                #prefix #name " is declared differently in Python.h");
PYTHON_FUNCTIONS(PY_CHECK)
#if PY_VERSION_HEX >= 0x030c0000
PYTHON_FUNCTIONS_SINCE_312(PY_CHECK)
#endif
#if PY_VERSION_HEX >= 0x030e0000
PYTHON_FUNCTIONS_SINCE_314(PY_CHECK)
#endif
#endif

namespace py {

std::string bind(void* library) {
  struct Entry {
    const char* name;
    void* pointer;
    bool required;
  };
  const Entry entries[] = {
#define PY_REQUIRED(prefix, name, result, parameters) \
  {#prefix #name, static_cast<void*>(&name), true},
#define PY_OPTIONAL(prefix, name, result, parameters) \
  {#prefix #name, static_cast<void*>(&name), false},
#if !ORTHANC_PYTHON_LINKED
      PYTHON_FUNCTIONS(PY_REQUIRED)
#endif
          PYTHON_FUNCTIONS_OPTIONAL(PY_OPTIONAL)};
  std::string missing;
  for (const Entry& entry : entries) {
    void* address = platform::symbol(library, entry.name);
    if (address == nullptr && entry.required) {
      missing += std::string(missing.empty() ? "" : ", ") + entry.name;
    }
    *static_cast<void**>(entry.pointer) = address;
  }
  return missing;
}

}  // namespace py
