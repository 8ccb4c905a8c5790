// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Simulates Orthanc, with the parts of tests/fake_orthanc: calls the callbacks of callbacks.py with
// any bytes, from which the script makes its result or exception. The first byte chooses the
// callback.
//
// Environment: FUZZ_SCRIPT is the path of callbacks.py, FUZZ_PYTHON the path of a Python. The log
// goes to the standard output.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "callback_kinds.hpp"
#include "services.hpp"

extern "C" std::int32_t OrthancPluginInitialize(OrthancPluginContext* context);

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    std::fprintf(stderr, "%s is not set\n", name);
    std::abort();
  }
  return value;
}

bool start() {
  const std::string configuration = R"({"PythonScript": ")" + environment("FUZZ_SCRIPT") +
                                    R"(", "Python": {"Executable": ")" +
                                    environment("FUZZ_PYTHON") + R"("}})";
  if (OrthancPluginInitialize(services::open("1.13.0", configuration)) != 0) {
    std::fprintf(stderr, "The plugin does not start: the standard output says why\n");
    std::abort();
  }
  for (const std::string& name : callback_kinds::names()) {
    if (callback_kinds::call(name, "").empty()) {
      std::fprintf(stderr, "The script has no callback for %s\n", name.c_str());
      std::abort();
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const bool started = start();
  if (started && size != 0) {
    const std::string data(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    callback_kinds::call(callback_kinds::names()[bytes[0] % callback_kinds::names().size()], data);
  }
  return 0;
}
