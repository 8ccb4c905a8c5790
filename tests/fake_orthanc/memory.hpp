// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Memory that goes from Orthanc to the plugin or back; the fake Orthanc counts the blocks.
#pragma once

#include <cstddef>
#include <string>

namespace memory {

// A copy followed by a NUL; zeros if there is no data. Throws std::bad_alloc.
void* allocate(const void* data, std::size_t size);
void release(void* block);

// The number of blocks that are not released.
int alive();

template <class Buffer>
void fill(Buffer* target, const std::string& content) {
  target->data = allocate(content.data(), content.size());
  target->size = static_cast<decltype(target->size)>(content.size());
}

// The content that the plugin has put into a buffer. Releases the buffer.
template <class Buffer>
std::string take(Buffer& buffer) {
  // each byte is read, so that a sanitizer sees a size that is wrong
  std::string content(static_cast<const char*>(buffer.data), buffer.size);
  release(buffer.data);
  buffer = {};
  return content;
}

inline void retrieve(char** target, const std::string& text) {
  *target = static_cast<char*>(allocate(text.data(), text.size()));
}

}  // namespace memory
