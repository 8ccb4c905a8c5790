// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <csignal>
#include <initializer_list>

#include "interpreter/ignored_signals.hpp"

namespace interpreter {

void ignoreSignalsLikePython() {
  for (const int number : {SIGPIPE, SIGXFSZ}) {
    struct sigaction action{};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
      std::signal(number, SIG_IGN);
    }
  }
}

}  // namespace interpreter
