// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "faults.hpp"

#include <algorithm>
#include <cstddef>

#include "shared_library.hpp"

namespace faults {

namespace {

struct Countdown {
  long number = 0;  // 0: nothing fails
  long seen = 0;
  bool andAfter = false;

  void start(long first, bool more) {
    seen = 0;
    andAfter = more;
    number = first;
  }
  bool hit() {
    if (number == 0) {
      return false;
    }
    ++seen;
    return seen == number || (andAfter && seen > number);
  }
  long stop() {
    const long reached = std::min(seen, number);
    number = 0;
    return reached;
  }
};

thread_local Countdown services;
enum class Way { code, exception, foreignException };
thread_local Way way = Way::code;

struct Exception {
  int number = 0;
};
thread_local Countdown allocations;

// As CPython declares it
struct Allocator {
  void* context;
  void* (*malloc)(void* context, std::size_t size);
  void* (*calloc)(void* context, std::size_t count, std::size_t size);
  void* (*realloc)(void* context, void* block, std::size_t size);
  void (*free)(void* context, void* block);
};
enum Domain { mem = 1, object = 2, domains = 3 };
Allocator original[domains];

Allocator& originalOf(void* context) {
  return *static_cast<Allocator*>(context);
}

void* hookedMalloc(void* context, std::size_t size) {
  Allocator& python = originalOf(context);
  return allocations.hit() ? nullptr : python.malloc(python.context, size);
}

void* hookedCalloc(void* context, std::size_t count, std::size_t size) {
  Allocator& python = originalOf(context);
  return allocations.hit() ? nullptr : python.calloc(python.context, count, size);
}

void* hookedRealloc(void* context, void* block, std::size_t size) {
  Allocator& python = originalOf(context);
  return allocations.hit() ? nullptr : python.realloc(python.context, block, size);
}

void hookedFree(void* context, void* block) {
  Allocator& python = originalOf(context);
  python.free(python.context, block);
}

bool hook() {
  auto* get = reinterpret_cast<void (*)(int, Allocator*)>(
      shared_library::loadedSymbol("PyMem_GetAllocator"));
  auto* set = reinterpret_cast<void (*)(int, Allocator*)>(
      shared_library::loadedSymbol("PyMem_SetAllocator"));
  if (get == nullptr || set == nullptr) {
    return false;
  }
  for (const int domain : {mem, object}) {
    get(domain, &original[domain]);
    Allocator hooked{&original[domain], hookedMalloc, hookedCalloc, hookedRealloc, hookedFree};
    set(domain, &hooked);
  }
  return true;
}

}  // namespace

void failService(long number, bool andAfter) {
  way = Way::code;
  services.start(number, andAfter);
}

void throwFromService(long number, bool andAfter) {
  way = Way::exception;
  services.start(number, andAfter);
}

void throwForeignFromService(long number, bool andAfter) {
  way = Way::foreignException;
  services.start(number, andAfter);
}

bool serviceFails(_OrthancPluginService service) {
  switch (service) {
    case _OrthancPluginService_LogInfo:
    case _OrthancPluginService_LogWarning:
    case _OrthancPluginService_LogError:
    case _OrthancPluginService_SetCurrentThreadName:
    case _OrthancPluginService_GetErrorDescription:
    case _OrthancPluginService_FreeImage:
    case _OrthancPluginService_FreeJob:
    case _OrthancPluginService_FreeDicomInstance:
      return false;
    default:
      break;
  }
  return services.hit();
}

OrthancPluginErrorCode fail() {
  if (way == Way::exception) {
    throw Exception{};
  }
  if (way == Way::foreignException) {
    throwForeign();
  }
  return OrthancPluginErrorCode_Database;
}

long servicesReached() {
  return services.stop();
}

void failAllocation(long number, bool andAfter) {
  static const bool hooked = hook();
  if (hooked) {
    allocations.start(number, andAfter);
  }
}

long allocationsReached() {
  return allocations.stop();
}

}  // namespace faults
