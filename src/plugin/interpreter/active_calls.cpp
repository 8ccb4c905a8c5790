// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/active_calls.hpp"

#include <algorithm>
#include <mutex>

#include "interpreter/api.hpp"
#include "interpreter/per_thread.hpp"

namespace interpreter {

namespace {

struct Record;

// Never destroyed: threads end after static destructors have run.
struct Records {
  std::mutex mutex;
  std::vector<Record*> all;
};

Records& records() {
  static auto* instance = new Records;
  return *instance;
}

struct Record {
  std::atomic<unsigned long> number{0};  // odd while a call is in progress
  std::atomic<const char*> purpose{nullptr};
  std::atomic<bool> awaited{true};
  int depth = 0;
  const unsigned long thread = py::Thread_get_thread_ident();

  Record() {
    const std::lock_guard<std::mutex> lock(records().mutex);
    records().all.push_back(this);
  }
  ~Record() {
    const std::lock_guard<std::mutex> lock(records().mutex);
    auto& all = records().all;
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  // Only this thread writes: no need for an atomic addition
  void count() { number.store(number.load(std::memory_order_relaxed) + 1); }
};

PerThread<Record> threads;

}  // namespace

std::vector<ActiveCall> activeCalls() {
  std::vector<ActiveCall> result;
  const std::lock_guard<std::mutex> lock(records().mutex);
  for (const Record* record : records().all) {
    const unsigned long number = record->number;
    if (number % 2 != 0) {
      result.push_back({record->thread, number, record->purpose, record->awaited});
    }
  }
  return result;
}

bool isInProgress(const ActiveCall& call) {
  const std::lock_guard<std::mutex> lock(records().mutex);
  return std::any_of(records().all.begin(), records().all.end(), [&](const Record* record) {
    return record->thread == call.thread && record->number == call.number;
  });
}

int awaitedDepth() {
  const Record& record = threads.get();
  return record.awaited.load(std::memory_order_relaxed) ? record.depth : 0;
}

bool inAwaitedCall() {
  return awaitedDepth() != 0;
}

void thisThreadIsNotAwaited() {
  threads.get().awaited = false;
}

ActiveCallScope::ActiveCallScope(const char* purpose) {
  Record& record = threads.get();
  if (record.depth++ == 0) {
    record.purpose = purpose;
    record.count();
  }
}

ActiveCallScope::~ActiveCallScope() {
  Record& record = threads.get();
  if (--record.depth == 0) {
    record.count();
  }
}

}  // namespace interpreter
