// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <iterator>
#include <system_error>
#include <thread>

namespace host::signals {

namespace {

constexpr int watched[] = {SIGTERM, SIGINT};
constexpr std::chrono::seconds longestStart{600};

volatile std::sig_atomic_t remembered = 0;
std::atomic<bool> delivering{false};

using Handler = void (*)(int);

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
  if (remembered != 0) {
    setHandler(number, SIG_DFL);
    raise(number);
    return;
  }
  remembered = number;
}

bool orthancListens() {
  return std::none_of(std::begin(watched), std::end(watched),
                      [](int number) { return handlerOf(number) == onSignal; });
}

void sendWhenOrthancListens() {
  const auto end = std::chrono::steady_clock::now() + longestStart;
  while (!orthancListens() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  // Orthanc forgets a signal that comes between its first steps
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  delivering = false;
  if (const int number = remembered; number != 0) {
    remembered = 0;
    kill(getpid(), number);
  }
}

}  // namespace

void remember() {
  for (const int number : watched) {
    if (handlerOf(number) == SIG_DFL) {
      setHandler(number, onSignal);
    }
  }
}

void deliver() {
  // Orthanc may tell of its start after it has begun to listen: what came before is still to be
  // sent
  if ((orthancListens() && remembered == 0) || delivering.exchange(true)) {
    return;
  }
  try {
    std::thread(sendWhenOrthancListens).detach();
  } catch (const std::system_error&) {
    delivering = false;
  }
}

}  // namespace host::signals
