// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/stack.hpp"

#if defined(_WIN32) || !(defined(__x86_64__) || defined(__aarch64__))

// Threads have 1 MB on Windows, which is enough.
namespace interpreter {

LargeStack::~LargeStack() = default;
std::size_t LargeStack::size() {
  return 0;
}
void LargeStack::disable() {}
bool LargeStack::isDisabled() {
  return false;
}
bool LargeStack::run(void (*function)(void*), void* argument) {
  function(argument);
  return true;
}

}  // namespace interpreter

#else

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <vector>

#ifdef __SANITIZE_ADDRESS__  // GCC
#define ORTHANC_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ORTHANC_ADDRESS_SANITIZER 1
#endif
#endif
#if ORTHANC_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

// callOnStack(top, function, argument). The name __morestack makes gdb accept that the frame below
// lies at a higher address, so that backtraces go through the switch.
#if defined(__APPLE__)
#define ORTHANC_SYMBOL "___orthancPythonMoreStack"
#else
#define ORTHANC_SYMBOL "__morestack"
#endif

#if defined(__x86_64__)
asm(".text\n.p2align 4\n"
#if !defined(__APPLE__)
    ".local " ORTHANC_SYMBOL "\n.type " ORTHANC_SYMBOL ",@function\n"
#endif
    ORTHANC_SYMBOL
    ":\n"
    ".cfi_startproc\n"
    "endbr64\n"
    "pushq %rbp\n"
    ".cfi_def_cfa_offset 16\n"
    ".cfi_offset %rbp, -16\n"
    "movq %rsp, %rbp\n"
    ".cfi_def_cfa_register %rbp\n"
    "movq %rdi, %rsp\n"
    "movq %rdx, %rdi\n"
    "call *%rsi\n"
    "leave\n"
    ".cfi_def_cfa %rsp, 8\n"
    "ret\n"
    ".cfi_endproc\n");
#else
asm(".text\n.p2align 4\n"
#if !defined(__APPLE__)
    ".local " ORTHANC_SYMBOL "\n.type " ORTHANC_SYMBOL ",%function\n"
#endif
    ORTHANC_SYMBOL
    ":\n"
    ".cfi_startproc\n"
    "hint #25\n"  // paciasp
    "stp x29, x30, [sp, #-16]!\n"
    ".cfi_def_cfa_offset 16\n"
    ".cfi_offset 29, -16\n"
    ".cfi_offset 30, -8\n"
    "mov x29, sp\n"
    ".cfi_def_cfa_register 29\n"
    "mov sp, x0\n"
    "mov x0, x2\n"
    "blr x1\n"
    "mov sp, x29\n"
    "ldp x29, x30, [sp], #16\n"
    ".cfi_def_cfa 31, 0\n"
    "hint #29\n"  // autiasp
    "ret\n"
    ".cfi_endproc\n");
#endif

extern "C" void orthancCallOnStack(void* top, void (*function)(void*),
                                   void* argument) asm(ORTHANC_SYMBOL);

namespace interpreter {

namespace {

constexpr std::size_t kStackBytes = std::size_t{16} << 20;
constexpr std::size_t kGuardBytes = std::size_t{64} << 10;
// Enough for Python and the libraries that it calls; the main thread of a process has 8 MB
constexpr std::size_t kEnoughBytes = std::size_t{2} << 20;
// With less space left, no call begins on the large stack: Python or Orthanc could overflow it
constexpr std::size_t kReserveBytes = std::size_t{512} << 10;

std::atomic<bool> disabled{false};

// Never destroyed: threads end after static destructors have run.
struct Pool {
  std::mutex mutex;
  std::vector<char*> free;
};

Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

char* takeStack() {
  {
    std::lock_guard<std::mutex> lock(pool().mutex);
    if (!pool().free.empty()) {
      char* stack = pool().free.back();
      pool().free.pop_back();
      return stack;
    }
  }
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
  flags |= MAP_NORESERVE;
#endif
#ifdef MAP_STACK
  flags |= MAP_STACK;
#endif
  void* memory = mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) {
    return nullptr;
  }
  mprotect(memory, kGuardBytes, PROT_NONE);
#ifdef MADV_NOHUGEPAGE
  // one huge page would make 2 MB resident for a thread that uses 20 KB
  madvise(static_cast<char*>(memory) + kGuardBytes, kStackBytes, MADV_NOHUGEPAGE);
#endif
  return static_cast<char*>(memory) + kGuardBytes;
}

void returnToPool(char* stack) {
  std::lock_guard<std::mutex> lock(pool().mutex);
  pool().free.push_back(stack);
}

char* lowestOfThread() {
#if defined(__APPLE__)
  return static_cast<char*>(pthread_get_stackaddr_np(pthread_self())) -
         pthread_get_stacksize_np(pthread_self());
#else
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
    return nullptr;
  }
  void* lowest = nullptr;
  std::size_t bytes = 0;
  pthread_attr_getstack(&attributes, &lowest, &bytes);
  pthread_attr_destroy(&attributes);
  return static_cast<char*>(lowest);
#endif
}

#if ORTHANC_ADDRESS_SANITIZER
struct Fiber {
  void (*function)(void*);
  void* argument;
  const void* callerLowest;
  std::size_t callerBytes;
};

void enterFiber(void* p) {
  Fiber& fiber = *static_cast<Fiber*>(p);
  __sanitizer_finish_switch_fiber(nullptr, &fiber.callerLowest, &fiber.callerBytes);
  fiber.function(fiber.argument);
  __sanitizer_start_switch_fiber(nullptr, fiber.callerLowest, fiber.callerBytes);
}
#endif

void callOnStack(char* lowest, void (*function)(void*), void* argument) {
  char* top = lowest + kStackBytes - 64;
#if ORTHANC_ADDRESS_SANITIZER
  Fiber fiber{function, argument, nullptr, 0};
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, lowest, kStackBytes);
  orthancCallOnStack(top, enterFiber, &fiber);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
  orthancCallOnStack(top, function, argument);
#endif
}

}  // namespace

LargeStack::~LargeStack() {
  if (lowest_ != nullptr) {
    returnToPool(lowest_);
  }
}

std::size_t LargeStack::size() {
  return kStackBytes;
}

void LargeStack::disable() {
  disabled = true;
}

bool LargeStack::isDisabled() {
  return disabled;
}

bool LargeStack::run(void (*function)(void*), void* argument) {
  const char* here = static_cast<const char*>(__builtin_frame_address(0));
  if (running_) {
    if (static_cast<std::size_t>(here - lowest_) < kReserveBytes) {
      return false;
    }
    function(argument);
    return true;
  }
  if (own_ == nullptr) {
    own_ = lowestOfThread();
  }
  if (disabled || own_ == nullptr || static_cast<std::size_t>(here - own_) >= kEnoughBytes) {
    function(argument);
    return true;
  }
  if (lowest_ == nullptr) {
    lowest_ = takeStack();
    if (lowest_ == nullptr) {
      return false;
    }
  }
  running_ = true;
  callOnStack(lowest_, function, argument);
  running_ = false;
  return true;
}

}  // namespace interpreter

#endif
