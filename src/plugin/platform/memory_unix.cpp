// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/memory.hpp"

#ifdef __APPLE__
#include <mach/mach.h>
#else
#include <unistd.h>

#include <cstdio>
#endif

namespace platform {

#ifdef __APPLE__

std::uint64_t residentMemory() {
  mach_task_basic_info info{};
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  const kern_return_t result = task_info(mach_task_self(), MACH_TASK_BASIC_INFO,
                                         reinterpret_cast<task_info_t>(&info), &count);
  return result == KERN_SUCCESS ? info.resident_size : 0;
}

#else

std::uint64_t residentMemory() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) {
    return 0;
  }
  unsigned long long pages = 0;
  const bool found = std::fscanf(file, "%*s %llu", &pages) == 1;
  std::fclose(file);
  return found ? pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

#endif

}  // namespace platform
