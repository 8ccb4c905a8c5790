// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <windows.h>

#include <cstdlib>

#include "faults.hpp"

namespace faults {

// As the runtime of Visual C++ does; the type of the exception does not matter
void throwForeign() {
  constexpr DWORD visualCpp = 0xE06D7363;
  constexpr ULONG_PTR magic = 0x19930520;
  const ULONG_PTR arguments[] = {magic, 0, 0, 0};
  RaiseException(visualCpp, EXCEPTION_NONCONTINUABLE, 4, arguments);
  std::abort();  // not reached
}

}  // namespace faults
