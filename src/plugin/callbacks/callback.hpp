// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Calls a Python callable from a C callback of Orthanc, for all kinds of callbacks.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "binding/enter_python.hpp"
#include "binding/values.hpp"
#include "binding/wrappers.hpp"
#include "callbacks/call_metrics.hpp"
#include "callbacks/callback_subject.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"
#include "interpreter/active_calls.hpp"
#include "interpreter/threads.hpp"

namespace orthanc {

// A callable that a script has registered. Each kind of callback has one slot.
class Slot {
 public:
  // `details` completes "Can only register one ...". `combination` names the class in
  // combined_callbacks.py that calls several callables in turn; nullptr if there can be only one.
  explicit Slot(const char* details, const char* combination = nullptr);
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  void take(PyObject* callable);  // raises RuntimeError if the slot is taken
  // Adds to the callables of a taken slot, if Orthanc knows them by the same service. False if the
  // slot is free, or if there can be only one.
  bool combine(PyObject* callable, _OrthancPluginService service);
  void setService(_OrthancPluginService service) { service_ = service; }
  void setCombination(const char* combination) { combination_ = combination; }
  void clear();
  PyObject* get() const { return callable_; }  // borrowed
  bool taken() const { return callable_ != nullptr; }

  static void clearAll();
  // The purpose of each taken slot ("callback to listen to changes"), and the file and line of its
  // first registration
  static std::vector<std::pair<std::string, std::string>> allTaken();

 private:
  std::string firstPlace() const;

  const char* details_;
  const char* combination_;
  // A combination replaces the first callable and keeps it alive, as other threads may call it.
  std::atomic<PyObject*> callable_{nullptr};
  std::atomic<_OrthancPluginService> service_{};
  mutable std::mutex placeMutex_;
  std::string place_;  // file and line of the first registration
  Slot* next_;
};

// Clears slots unless it is released.
class SlotRollback {
 public:
  explicit SlotRollback(std::size_t most) { slots_.reserve(most); }
  ~SlotRollback() {
    for (Slot* slot : slots_) {
      slot->clear();
    }
  }
  SlotRollback(const SlotRollback&) = delete;
  SlotRollback& operator=(const SlotRollback&) = delete;
  void add(Slot& slot) { slots_.push_back(&slot); }
  void release() { slots_.clear(); }

 private:
  std::vector<Slot*> slots_;
};

// Fills slots, then tells Orthanc; if Orthanc refuses, the slots are free again. False if Orthanc
// knows an earlier callback of this kind already.
template <std::size_t N>
bool registerCallbacks(const std::pair<Slot*, Argument> (&callbacks)[N],
                       _OrthancPluginService service, const void* parameters) {
  for (const auto& [slot, argument] : callbacks) {
    callable(argument);
  }
  if (N == 1 && callbacks[0].first->combine(callbacks[0].second.value, service)) {
    return false;
  }
  SlotRollback rollback(N);
  for (const auto& [slot, argument] : callbacks) {
    slot->take(argument.value);
    rollback.add(*slot);
    slot->setService(service);
  }
  check(call(service, parameters));
  rollback.release();
  return true;
}

// Runs the body of a C callback in Python. The log shows an exception below `headline`, which
// `subject` completes. The body returns an error code or nothing.
template <class Subject, class Body>
OrthancPluginErrorCode runCallback(const char* headline, const Subject& subject, Body&& body) {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Success;
  const interpreter::ActiveCallScope scope(headline);  // includes the wait for the GIL
  metrics::CallTimer timer(headline);
  const bool entered = enterPython([&] {
    timer.enterPython();
    const ForkCheck fork;
    bool raised = false;
    try {
      if constexpr (std::is_void_v<decltype(body())>) {
        body();
      } else {
        code = body();
      }
    } catch (const PythonError&) {
      raised = true;
    } catch (const std::bad_alloc&) {
      code = OrthancPluginErrorCode_NotEnoughMemory;
      timer.fail();
    } catch (...) {
      translateException();
      raised = true;
    }
    if (fork.isNewChild()) {
      endForkedChild(headline);
    }
    // Not inside a handler: there, a C++ exception of Orthanc's runtime would end the process
    if (raised) {
      timer.fail();
      code = reportException(headline + subject.text());
    }
  });
  if (!entered) {
    host::logError(std::string(headline) +
                   ": callbacks are nested too deeply, or there is no memory for a stack");
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  return code;
}

template <class Body>
OrthancPluginErrorCode runCallback(const char* headline, Body&& body) {
  return runCallback(headline, subject::None{}, std::forward<Body>(body));
}

// The bytes of a result of the script: bytes, another object with the buffer protocol, or a
// pydicom.Dataset.
class ResultBytes {
 public:
  // `what` completes "... must be bytes, not str"
  ResultBytes(PyObject* object, const char* what);
  ~ResultBytes() { py::Buffer_Release(&view_); }
  ResultBytes(const ResultBytes&) = delete;
  ResultBytes& operator=(const ResultBytes&) = delete;
  const void* data() const { return view_.buf; }
  std::size_t size() const { return static_cast<std::size_t>(view_.len); }

 private:
  Ref encoded_;
  Py_buffer view_{};
};

// On Windows, raises ValueError for a regular expression that is invalid in Python. Orthanc throws
// a C++ exception for an invalid one, which this library cannot catch on x86 if another compiler
// has built Orthanc.
void requireRegularExpression(const Argument& argument);

// A copy for Orthanc, in memory that Orthanc frees.
void copyTo(OrthancPluginMemoryBuffer* target, const void* data, std::size_t size);
void copyTo(OrthancPluginMemoryBuffer* target, const ResultBytes& source);
void copyTo(OrthancPluginMemoryBuffer64* target, const ResultBytes& source);

}  // namespace orthanc
