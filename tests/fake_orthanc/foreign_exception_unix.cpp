// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <unwind.h>

#include <cstdlib>

#include "faults.hpp"

namespace faults {

void throwForeign() {
  static thread_local _Unwind_Exception exception;
  exception = {};
  exception.exception_class = 0x6F72746874657374;  // of no language
  _Unwind_RaiseException(&exception);
  std::abort();  // no handler caught it
}

}  // namespace faults
