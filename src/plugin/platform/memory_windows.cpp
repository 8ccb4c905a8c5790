// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#define PSAPI_VERSION 2  // the function is in kernel32.dll
#include "platform/memory.hpp"

#include <windows.h>
// after windows.h
#include <psapi.h>

namespace platform {

std::uint64_t residentMemory() {
  PROCESS_MEMORY_COUNTERS counters{};
  const BOOL found = GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
  return found != 0 ? counters.WorkingSetSize : 0;
}

}  // namespace platform
