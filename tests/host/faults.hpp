// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the plugin needs fails on purpose, on the calling thread only.
#pragma once

#include "generated/sdk.hpp"

namespace faults {

// The `number`-th service from now on answers with an error; with `andAfter`, those after it, too.
void failService(long number, bool andAfter);

// The same with a C++ exception, which is derived from no class of the standard library.
void throwFromService(long number, bool andAfter);

// The same with an exception that is not of this compiler: of Visual C++ on Windows, and of no
// known language elsewhere.
void throwForeignFromService(long number, bool andAfter);
[[noreturn]] void throwForeign();

// Whether it is this one. Services that cannot fail in Orthanc, and logging, are not counted.
// Throws an exception if that is the way to fail.
bool serviceFails(_OrthancPluginService service);

// Ends that, and tells how far it came: the number of failService(), or less.
long servicesReached();

// The same for Python's allocations of memory. Does nothing before Python is loaded.
void failAllocation(long number, bool andAfter);
long allocationsReached();

// From now on, or no longer, the system refuses to start threads for the calling thread.
void failThreads(bool fail);

}  // namespace faults
