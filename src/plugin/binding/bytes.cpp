// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <cstring>

#include "binding/wrappers.hpp"
#include "interpreter/threads.hpp"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace orthanc {

namespace {

// From here on, copying takes longer than it takes to come back to the interpreter
constexpr std::uint64_t large = std::uint64_t{1} << 20;

// The first touch of each page is half of the work for a copy that is new memory: fewer pages, less
// work. Only from the size on for which malloc() always takes memory from the system, and gives it
// back afterwards.
void useHugePages([[maybe_unused]] char* memory, [[maybe_unused]] std::uint64_t size) {
#ifdef MADV_HUGEPAGE
  constexpr std::uint64_t huge = std::uint64_t{32} << 20;
  if (size >= huge) {
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
  if (size < large && handles.empty()) {
    return py::Bytes_FromStringAndSize(static_cast<const char*>(data), length);
  }
  Ref result = steal(py::Bytes_FromStringAndSize(nullptr, length));
  char* memory = nullptr;
  Py_ssize_t ignored = 0;
  succeed(py::Bytes_AsStringAndSize(result.get(), &memory, &ignored));
  if (size < large) {
    runQuickly(handles, [&] { std::memcpy(memory, data, size); });
  } else {
    // nobody else knows of the object yet
    const interpreter::GilRelease release;
    const HandleLock lock(handles);
    useHugePages(memory, size);
    std::memcpy(memory, data, size);
  }
  return result.release();
}

}  // namespace orthanc
