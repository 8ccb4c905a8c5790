// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The program's header sets the stack size of each thread (CMakeLists.txt), here and in Orthanc.
#include <thread>
#include <vector>

#include "small_threads.hpp"

void small_threads::run(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back(body, i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}
