// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <pthread.h>

#include "host/context.hpp"

namespace host {

void leaveOrthancInForkedChildren() {
  static const int result = pthread_atfork(nullptr, nullptr, enterForkedChild);
  static_cast<void>(result);
}

}  // namespace host
