// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The program's own pthread_create() is the one that the plugin and Python call. Sanitizers have
// another one, which is left alone.
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

#ifndef ORTHANC_HOST_SANITIZED
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) noexcept {
  static const auto original =
      reinterpret_cast<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
          dlsym(RTLD_NEXT, "pthread_create"));
  return failing ? EAGAIN : original(thread, attributes, start, argument);
}
#endif
