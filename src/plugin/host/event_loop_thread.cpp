// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/event_loop_thread.hpp"

#include <atomic>

#include "host/context.hpp"
#include "host/rest_waits.hpp"

namespace host {

namespace {

thread_local bool runsEventLoop = false;
std::atomic<bool> exists{false};

bool waits(_OrthancPluginService service) {
  switch (service) {
    case _OrthancPluginService_AdoptDicomInstance:
    case _OrthancPluginService_CallHttpClient:
    case _OrthancPluginService_CallHttpClient2:
    case _OrthancPluginService_ChunkedHttpClient:
    case _OrthancPluginService_CallPeerApi:
      return true;
    default:
      return isRestCall(service);
  }
}

}  // namespace

void markEventLoopThread() {
  runsEventLoop = true;
  exists = true;
  if (!(version() < Version{1, 12, 2})) {
    invoke(_OrthancPluginService_SetCurrentThreadName, "PY-ASYNCIO");
  }
}

bool hasEventLoop() {
  return exists;
}

bool blocksEventLoop(_OrthancPluginService service) {
  return runsEventLoop && waits(service);
}

}  // namespace host
