// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "module/answers.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "host/context.hpp"
#include "interpreter/per_thread.hpp"
#include "interpreter/threads.hpp"

namespace orthanc::answers {

// More would take longer to copy than it takes to come back to the interpreter, and might not fit
// into what the system sends without waiting for the client.
constexpr std::size_t largest = std::size_t{16} << 10;

// The answer of a thread that waits, if there is one. The mutex is held while it is sent.
struct ThreadAnswer {
  std::mutex mutex;
  std::atomic<OrthancPluginRestOutput*> output{nullptr};  // null: nothing waits
  Request* request = nullptr;
  std::string body;
  std::string mimeType;
  int looks = 0;               // at this answer
  Request* current = nullptr;  // only its own thread looks at it

  bool mayWait(OrthancPluginRestOutput* wanted, std::size_t size) const {
    return size <= largest && current != nullptr && current->output_ == wanted && output == nullptr;
  }

  void take(const void* data, std::size_t size, const char* mime) {
    const std::lock_guard<std::mutex> lock(mutex);
    body.assign(static_cast<const char*>(data), size);
    mimeType = mime;
    looks = 0;
    request = current;
    request->postponed_ = true;
    output = request->output_;
  }

  // With the mutex held; another thread may have been faster.
  void send() {
    if (output == nullptr) {
      return;
    }
    _OrthancPluginAnswerBuffer parameters{};
    parameters.output = output;
    parameters.answer = body.data();
    parameters.answerSize = static_cast<uint32_t>(body.size());
    parameters.mimeType = mimeType.c_str();
    request->code_ = host::invoke(_OrthancPluginService_AnswerBuffer, &parameters);
    request = nullptr;
    output = nullptr;
  }
};

namespace {

constexpr std::chrono::milliseconds moment{1};
constexpr int restlessMoments = 20;  // without an answer that waits, until the courier falls asleep

// The thread that sends what has waited for long.
class Courier {
 public:
  void start() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::thread([this, run = ++run_] { work(run); }).detach();
  }

  void end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++run_;
    changed_.notify_all();
  }

  // To be called once an answer waits. Costs nothing while the courier is awake.
  void wake() {
    if (!awake_) {
      const std::lock_guard<std::mutex> lock(mutex_);
      awake_ = true;
      changed_.notify_all();
    }
  }

  void add(const std::shared_ptr<ThreadAnswer>& thread) {
    const std::lock_guard<std::mutex> lock(threadsMutex_);
    threads_.push_back(thread);
  }

  void remove(const std::shared_ptr<ThreadAnswer>& thread) {
    const std::lock_guard<std::mutex> lock(threadsMutex_);
    threads_.erase(std::remove(threads_.begin(), threads_.end(), thread), threads_.end());
  }

  // A copy: a thread begins and ends without waiting for an answer of another one. Empty if there
  // is no memory for it.
  std::vector<std::shared_ptr<ThreadAnswer>> threads() noexcept {
    const std::lock_guard<std::mutex> lock(threadsMutex_);
    try {
      return threads_;
    } catch (const std::bad_alloc&) {
      return {};
    }
  }

 private:
  void work(unsigned long run) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (run == run_) {
      changed_.wait(lock, [&] { return awake_ || run != run_; });
      for (int idle = 0; idle < restlessMoments && run == run_; ++idle) {
        changed_.wait_for(lock, moment, [&] { return run != run_; });
        lock.unlock();
        if (lookAround()) {
          idle = 0;
        }
        lock.lock();
      }
      // Whoever comes after this finds it asleep; whoever came before is seen.
      awake_ = false;
      if (anyWaits()) {
        awake_ = true;
      }
    }
  }

  // Sends what it finds for the second time. Returns whether there was anything.
  bool lookAround() {
    bool any = false;
    for (const auto& thread : threads()) {
      if (thread->output == nullptr) {
        continue;
      }
      any = true;
      const std::unique_lock<std::mutex> lock(thread->mutex, std::try_to_lock);
      if (lock && ++thread->looks > 1) {
        thread->send();
      }
    }
    return any;
  }

  bool anyWaits() {
    const auto all = threads();
    return std::any_of(all.begin(), all.end(),
                       [](const auto& thread) { return thread->output != nullptr; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned long run_ = 0;
  std::atomic<bool> awake_{false};
  std::mutex threadsMutex_;
  std::vector<std::shared_ptr<ThreadAnswer>> threads_;
};

// Never destroyed: threads end after static destructors have run.
Courier& courier() {
  static auto* instance = new Courier;
  return *instance;
}

struct Registered {
  const std::shared_ptr<ThreadAnswer> thread = std::make_shared<ThreadAnswer>();
  Registered() { courier().add(thread); }
  ~Registered() { courier().remove(thread); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
};

interpreter::PerThread<Registered> registered;

std::atomic<int> inProgress{0};  // requests; without another one, nobody would be kept waiting

// Null if there is no memory for it
ThreadAnswer* ofThisThread() noexcept {
  try {
    return registered.get().thread.get();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

void start() {
  courier().start();
}

void end() {
  courier().end();
}

Request::Request(OrthancPluginRestOutput* output) noexcept
    : output_(output),
      thread_(ofThisThread()),
      outer_(thread_ == nullptr ? nullptr : thread_->current) {
  ++inProgress;
  if (thread_ != nullptr) {
    thread_->current = this;
  }
}

Request::~Request() {
  if (thread_ != nullptr) {
    thread_->current = outer_;
  }
  --inProgress;
}

OrthancPluginErrorCode Request::finish() {
  if (postponed_) {
    const std::lock_guard<std::mutex> lock(thread_->mutex);
    if (thread_->request == this) {
      thread_->send();
    }
  }
  return code_;
}

bool postpone(OrthancPluginRestOutput* output, const void* data, std::size_t size,
              const char* mimeType) {
  if (inProgress < 2) {
    return false;
  }
  ThreadAnswer* thread = ofThisThread();
  if (thread == nullptr || !thread->mayWait(output, size)) {
    return false;
  }
  const host::Passage passage;
  if (!passage) {
    return false;
  }
  thread->take(data, size, mimeType);
  courier().wake();
  return true;
}

void settle(OrthancPluginRestOutput* output) {
  const interpreter::NoGil nogil;
  for (const auto& thread : courier().threads()) {
    if (thread->output == output) {
      const std::lock_guard<std::mutex> lock(thread->mutex);
      if (thread->output == output) {
        thread->send();
      }
    }
  }
}

}  // namespace orthanc::answers
