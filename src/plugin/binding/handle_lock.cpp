// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/handle_lock.hpp"

#include <functional>

namespace orthanc {

namespace {

// The handles of the call in progress on this thread; nullptr while Python code runs
thread_local const Handles* held = nullptr;

}  // namespace

Handles::Handles(const Use& one, const Use& other) : first_(one.mutex()), second_(other.mutex()) {
  if (std::less<>()(second_, first_)) {
    std::swap(first_, second_);
  }
  if (first_ == second_) {
    second_ = nullptr;
  }
}

void Handles::lock() const {
  for (std::mutex* mutex : {first_, second_}) {
    if (mutex != nullptr) {
      mutex->lock();
    }
  }
}

bool Handles::try_lock() const {
  if (first_ != nullptr && !first_->try_lock()) {
    return false;
  }
  if (second_ != nullptr && !second_->try_lock()) {
    if (first_ != nullptr) {
      first_->unlock();
    }
    return false;
  }
  return true;
}

void Handles::unlock() const {
  for (std::mutex* mutex : {second_, first_}) {
    if (mutex != nullptr) {
      mutex->unlock();
    }
  }
}

HandleLock::HandleLock(const Handles& handles) : handles_(handles) {
  if (!handles_.empty()) {
    handles_.lock();
    held = &handles_;
  }
}

HandleLock::~HandleLock() {
  if (!handles_.empty()) {
    held = nullptr;
    handles_.unlock();
  }
}

HandleUnlock::HandleUnlock() : handles_(held) {
  if (handles_ != nullptr) {
    held = nullptr;
    handles_->unlock();
  }
}

HandleUnlock::~HandleUnlock() {
  if (handles_ != nullptr) {
    handles_->lock();
    held = handles_;
  }
}

}  // namespace orthanc
