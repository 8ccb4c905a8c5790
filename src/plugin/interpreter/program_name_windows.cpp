// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/program_name.hpp"

#include <windows.h>

#include "interpreter/api.hpp"
#include "platform/utf16_windows.hpp"

namespace interpreter {
namespace {

constexpr const wchar_t* kLauncher = L"__PYVENV_LAUNCHER__";

// Python reads the environment through its C runtime, which copied it when the process started:
// SetEnvironmentVariable comes too late, and so does the C runtime of this library.
void setInCrtOfPython(const wchar_t* name, const wchar_t* value) {
  for (const wchar_t* runtime : {L"ucrtbase.dll", L"ucrtbased.dll"}) {
    if (HMODULE module = GetModuleHandleW(runtime)) {
      void* function = reinterpret_cast<void*>(GetProcAddress(module, "_wputenv_s"));
      if (function != nullptr) {
        reinterpret_cast<int (*)(const wchar_t*, const wchar_t*)>(function)(name, value);
      }
    }
  }
}

}  // namespace

ProgramName::ProgramName(const std::string& executable, int minor) {
  static std::wstring name;  // Python keeps the pointer
  name = platform::wide(executable);
  py::SetProgramName(&name[0]);
  if (minor < 11) {
    // these versions would take the running program, Orthanc, for the interpreter
    setInCrtOfPython(kLauncher, name.c_str());
  }
}

ProgramName::~ProgramName() {
  // child processes inherit the variable: an interpreter there would take this name for its own
  setInCrtOfPython(kLauncher, L"");
}

}  // namespace interpreter
