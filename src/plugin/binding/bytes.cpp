// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/bytes.hpp"

#include <cstring>

#include "binding/errors.hpp"
#include "interpreter/gil_release.hpp"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace orthanc {

namespace {

// From this size on, copying takes longer than acquiring the GIL again
constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;

// Page faults are half of the cost of a copy to new memory: huge pages cause fewer. Only for sizes
// for which malloc() always requests memory from the system, and returns it afterwards.
void useHugePages([[maybe_unused]] char* memory, [[maybe_unused]] std::uint64_t size) {
#ifdef MADV_HUGEPAGE
  constexpr std::uint64_t kHuge = std::uint64_t{32} << 20;
  if (size >= kHuge) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const std::uintptr_t begin =
        (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
    const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(memory) + size) / page * page;
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  }
#endif
}

}  // namespace

PyObject* bytes(const void* data, std::uint64_t size, const Handles& handles) {
  const auto length = static_cast<Py_ssize_t>(size);
  if (size < kLarge && handles.empty()) {
    return py::Bytes_FromStringAndSize(static_cast<const char*>(data), length);
  }
  Ref result = steal(py::Bytes_FromStringAndSize(nullptr, length));
  char* memory = nullptr;
  Py_ssize_t ignored = 0;
  succeed(py::Bytes_AsStringAndSize(result.get(), &memory, &ignored));
  if (size < kLarge) {
    runQuickly(handles, [&] { std::memcpy(memory, data, size); });
  } else {
    // no other thread has a reference to the object yet
    const interpreter::GilRelease release;
    const HandleLock lock(handles);
    useHugePages(memory, size);
    std::memcpy(memory, data, size);
  }
  return result.release();
}

}  // namespace orthanc
