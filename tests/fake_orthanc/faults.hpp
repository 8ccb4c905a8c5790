// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Services, allocations and new threads fail on purpose, on the calling thread only.
#pragma once

#include "generated/sdk.hpp"

namespace faults {

// The `number`-th service from now on returns an error; with `andAfter`, those after it, too.
void failService(long number, bool andAfter);

// The same with a C++ exception that is derived from no class of the standard library.
void throwFromService(long number, bool andAfter);

// The same with an exception of another compiler: Visual C++ on Windows, no known language
// elsewhere.
void throwForeignFromService(long number, bool andAfter);
[[noreturn]] void throwForeign();

// Whether the current service shall fail. Services that cannot fail in Orthanc, and logging, are
// not counted.
bool serviceFails(_OrthancPluginService service);

// Returns the error of the current service, or throws its exception.
OrthancPluginErrorCode fail();

// Ends the failures. Returns the number of counted calls, at most the number of failService().
long servicesReached();

// The same for Python's allocations of memory. Does nothing before Python is loaded.
void failAllocation(long number, bool andAfter);
long allocationsReached();

// Whether the system refuses, from now on, to start threads for the calling thread.
void failThreads(bool fail);

}  // namespace faults
