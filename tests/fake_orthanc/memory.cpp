// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "memory.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace memory {

namespace {

std::atomic<int> count{0};

}  // namespace

void* allocate(const void* data, std::size_t size) {
  void* block = std::calloc(1, size + 1);
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  if (data != nullptr && size != 0) {
    std::memcpy(block, data, size);
  }
  ++count;
  return block;
}

void release(void* block) {
  if (block != nullptr) {
    --count;
    std::free(block);
  }
}

int alive() {
  return count;
}

}  // namespace memory
