// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/context.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <thread>
#include <tuple>

namespace host {

namespace {

std::atomic<OrthancPluginContext*> context{nullptr};
Version running;

// Counts the calls inside; closing is a flag beside it. Both are sequentially consistent, so that
// a thread either sees the flag or is seen in the count.
std::atomic<int> inside{0};
std::atomic<bool> gateOpen{false};

void log(_OrthancPluginService service, const std::string& text) {
  if (OrthancPluginContext* orthanc = context) {
    orthanc->InvokeService(orthanc, service, text.c_str());
  }
}

}  // namespace

bool Version::operator<(const Version& other) const {
  return std::tie(major, minor, revision) < std::tie(other.major, other.minor, other.revision);
}

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(revision);
}

Version parseVersion(const char* text) {
  Version version;
  if (std::sscanf(text, "%4d.%4d.%4d", &version.major, &version.minor, &version.revision) < 2) {
    return {INT_MAX, 0, 0};
  }
  return version;
}

void open(OrthancPluginContext* orthanc) {
  running = parseVersion(orthanc->orthancVersion);
  context = orthanc;
  gateOpen = true;
}

const Version& version() {
  return running;
}

OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters) {
  OrthancPluginContext* orthanc = context;
  return orthanc == nullptr ? OrthancPluginErrorCode_BadSequenceOfCalls
                            : orthanc->InvokeService(orthanc, service, parameters);
}

void release(void* memory) {
  OrthancPluginContext* orthanc = context;
  if (memory != nullptr && orthanc != nullptr) {
    orthanc->Free(memory);
  }
}

const char* describe(OrthancPluginErrorCode code) {
  const char* text = nullptr;
  _OrthancPluginGetErrorDescription parameters{};
  parameters.target = &text;
  parameters.error = code;
  if (invoke(_OrthancPluginService_GetErrorDescription, &parameters) !=
          OrthancPluginErrorCode_Success ||
      text == nullptr) {
    return "Unknown error";
  }
  return text;
}

Passage::Passage() {
  ++inside;
  open_ = gateOpen;
}

Passage::~Passage() {
  --inside;
}

int closeGate(double seconds) {
  gateOpen = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (inside != 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return inside;
}

void close() {
  context = nullptr;
}

void logError(const std::string& text) {
  log(_OrthancPluginService_LogError, text);
}
void logWarning(const std::string& text) {
  log(_OrthancPluginService_LogWarning, text);
}
void logInfo(const std::string& text) {
  log(_OrthancPluginService_LogInfo, text);
}

}  // namespace host
