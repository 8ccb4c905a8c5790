// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <system_error>
#include <thread>

#include "host/context.hpp"

namespace host::signals {

namespace {

constexpr std::array<int, 2> kWatched = {SIGTERM, SIGINT};
constexpr std::chrono::seconds kLongestStart{600};

using Handler = void (*)(int);

std::atomic<int> deferred{0};   // arrived while Orthanc did not handle it
std::atomic<int> forwarded{0};  // to Orthanc
std::array<std::atomic<Handler>, kWatched.size()> ofOrthanc{};

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<Handler>::is_always_lock_free,
              "for use in signal handlers");

Handler handlerOf(int number) {
  struct sigaction action{};
  sigaction(number, nullptr, &action);
  const bool plain = (static_cast<unsigned int>(action.sa_flags) & SA_SIGINFO) == 0U;
  return plain ? action.sa_handler : nullptr;
}

void setHandler(int number, Handler handler) {
  struct sigaction action{};
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}

void onSignal(int number) {
  if (deferred != 0) {
    setHandler(number, SIG_DFL);
    raise(number);
    return;
  }
  deferred = number;
}

void forward(int number) {
  forwarded = number;
  for (std::size_t i = 0; i < kWatched.size(); ++i) {
    if (const Handler handler = ofOrthanc[i]; kWatched[i] == number && handler != nullptr) {
      handler(number);
    }
  }
}

bool orthancHandlesSignals() {
  return std::none_of(kWatched.begin(), kWatched.end(),
                      [](int number) { return handlerOf(number) == onSignal; });
}

void forwardToOrthanc() {
  for (std::size_t i = 0; i < kWatched.size(); ++i) {
    const Handler handler = handlerOf(kWatched[i]);
    if (handler != SIG_DFL && handler != SIG_IGN && handler != onSignal && handler != forward) {
      ofOrthanc[i] = handler;
      setHandler(kWatched[i], forward);
    }
  }
}

void sendWhenOrthancHandlesSignals() {
  const auto end = std::chrono::steady_clock::now() + kLongestStart;
  while (!orthancHandlesSignals() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  // Orthanc loses a signal that arrives during its first steps
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  forwardToOrthanc();
  if (const int number = deferred.exchange(0); number != 0) {
    kill(getpid(), number);
  }
}

}  // namespace

void defer() {
  for (const int number : kWatched) {
    const Handler handler = handlerOf(number);
    // Orthanc handles SIGTERM even if its parent process ignored it
    if (handler == SIG_DFL || handler == forward || (handler == SIG_IGN && number == SIGTERM)) {
      setHandler(number, onSignal);
    }
  }
}

void replay() {
  // Orthanc starts again, so it has lost the signal that it received
  if (const int forgotten = forwarded.exchange(0); forgotten != 0) {
    deferred = forgotten;
  }
  try {
    std::thread(sendWhenOrthancHandlesSignals).detach();
  } catch (const std::system_error&) {
    logWarning(
        "Cannot start a thread: Orthanc does not get the signal that arrived while it started");
  }
}

}  // namespace host::signals
