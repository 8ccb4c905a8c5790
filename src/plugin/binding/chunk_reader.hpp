// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A body that the script supplies in chunks: an iterable, a file, or bytes.
#pragma once

#include <memory>

#include "binding/python_runtime.hpp"
#include "binding/wrappers.hpp"

namespace orthanc {

// Begins at the first chunk. Skips empty chunks: they would end a chunked body.
class ChunkReader {
 public:
  explicit ChunkReader(const Argument& source)
      : source_(source),
        iterator_(steal(py::Object_CallFunctionObjArgs(
            pythonRuntime.chunks.get(), source.given() ? source.value : builtins.none, nullptr))) {
    advance();
  }

  bool atEnd() const { return !buffer_; }
  const void* data() const { return buffer_->data(); }
  uint32_t size() const { return buffer_->size<uint32_t>(); }

  void advance() {
    do {
      buffer_.reset();
      chunk_ = next(iterator_);
      if (!chunk_) {
        return;
      }
      buffer_ = std::make_unique<Buffer>(Argument{chunk_.get(), source_.signature, source_.index});
      size();  // raises OverflowError now, where an exception can still be raised
    } while (buffer_->bytes() == 0);
  }

 private:
  Argument source_;
  Ref iterator_;
  Ref chunk_;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace orthanc
