// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <pthread.h>

#include <stdexcept>
#include <vector>

#include "small_threads.hpp"

namespace small_threads {

namespace {

// Orthanc's have 100 KB; sanitizers and std::regex need more
constexpr std::size_t stackBytes = std::size_t{512} << 10;

struct Work {
  const std::function<void(int)>* body;
  int number;
};

void* perform(void* p) {
  const Work& work = *static_cast<Work*>(p);
  (*work.body)(work.number);
  return nullptr;
}

}  // namespace

void run(int count, const std::function<void(int)>& body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackBytes);
  std::vector<Work> work;
  for (int i = 0; i < count; ++i) {
    work.push_back({&body, i});
  }
  std::vector<pthread_t> threads(work.size());
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (pthread_create(&threads[i], &attributes, perform, &work[i]) != 0) {
      throw std::runtime_error("The system refuses another thread");
    }
  }
  pthread_attr_destroy(&attributes);
  for (const pthread_t thread : threads) {
    pthread_join(thread, nullptr);
  }
}

}  // namespace small_threads
