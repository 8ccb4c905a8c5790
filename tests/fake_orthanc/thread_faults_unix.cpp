// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The plugin and Python call this pthread_create() of the program. Sanitizers have their own, which
// stays as it is.
#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>

#include "faults.hpp"

namespace {

thread_local bool failing = false;

}  // namespace

void faults::failThreads(bool fail) {
  failing = fail;
}

#ifndef FAKE_ORTHANC_SANITIZED
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) noexcept {
  static const auto original =
      reinterpret_cast<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
          dlsym(RTLD_NEXT, "pthread_create"));
  return failing ? EAGAIN : original(thread, attributes, start, argument);
}
#endif
