// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The native plugin of the benchmarks: the speed of C++ with Orthanc's SDK is the limit for the
// Python plugin. It runs in the same Orthanc, and offers the routes of scripts/routes.py under
// /native.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "generated/sdk.hpp"

namespace {

using Request = OrthancPluginHttpRequest;

OrthancPluginContext* orthanc = nullptr;
std::string folder;  // of the storage area

OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters) {
  return orthanc->InvokeService(orthanc, service, parameters);
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string argument(const Request& request, const char* key, const char* absent) {
  for (uint32_t i = 0; i < request.getCount; ++i) {
    if (std::strcmp(request.getKeys[i], key) == 0) {
      return request.getValues[i];
    }
  }
  return absent;
}

OrthancPluginErrorCode answer(OrthancPluginRestOutput* output, const std::string& text) {
  _OrthancPluginAnswerBuffer parameters{};
  parameters.output = output;
  parameters.answer = text.c_str();
  parameters.answerSize = static_cast<uint32_t>(text.size());
  parameters.mimeType = "text/plain";
  return invoke(_OrthancPluginService_AnswerBuffer, &parameters);
}

OrthancPluginErrorCode hello(OrthancPluginRestOutput* output, const char*, const Request*) {
  return answer(output, "hello");
}

OrthancPluginErrorCode sink(OrthancPluginRestOutput* output, const char*, const Request* request) {
  return answer(output, std::to_string(request->bodySize));
}

OrthancPluginErrorCode zeros(OrthancPluginRestOutput* output, const char*, const Request* request) {
  static const std::string data(
      std::strtoul(argument(*request, "mb", "100").c_str(), nullptr, 10) << 20, '\0');
  return answer(output, data);
}

// A slow route: a script that calls it makes a long call of the SDK.
OrthancPluginErrorCode wait(OrthancPluginRestOutput* output, const char*, const Request* request) {
  std::this_thread::sleep_for(
      std::chrono::duration<double>(std::stod(argument(*request, "seconds", "1"))));
  return answer(output, "waited");
}

bool restApiGetAfterPlugins(const std::string& uri) {
  OrthancPluginMemoryBuffer buffer{};
  _OrthancPluginRestApiGet parameters{};
  parameters.target = &buffer;
  parameters.uri = uri.c_str();
  const bool good = invoke(_OrthancPluginService_RestApiGetAfterPlugins, &parameters) ==
                    OrthancPluginErrorCode_Success;
  orthanc->Free(buffer.data);
  return good;
}

bool getFontsCount() {
  uint32_t count = 0;
  _OrthancPluginReturnSingleValue parameters{};
  parameters.resultUint32 = &count;
  return invoke(_OrthancPluginService_GetFontsCount, &parameters) == OrthancPluginErrorCode_Success;
}

bool logInfo() {
  return invoke(_OrthancPluginService_LogInfo, "hello") == OrthancPluginErrorCode_Success;
}

bool createImage() {
  OrthancPluginImage* image = nullptr;
  _OrthancPluginCreateImage create{};
  create.target = &image;
  create.format = OrthancPluginPixelFormat_Grayscale8;
  create.width = 16;
  create.height = 16;
  if (invoke(_OrthancPluginService_CreateImage, &create) != OrthancPluginErrorCode_Success) {
    return false;
  }
  _OrthancPluginFreeImage release{};
  release.image = image;
  return invoke(_OrthancPluginService_FreeImage, &release) == OrthancPluginErrorCode_Success;
}

// The seconds per call of the function that `fn` names
OrthancPluginErrorCode calls(OrthancPluginRestOutput* output, const char*, const Request* request) {
  const std::string name = argument(*request, "fn", "GetFontsCount");
  const std::string uri = argument(*request, "uri", "/native/hello");
  const long count = std::stol(argument(*request, "n", "1000"));
  bool good = true;
  const double start = now();
  for (long i = 0; i < count && good; ++i) {
    if (name == "GetFontsCount") {
      good = getFontsCount();
    } else if (name == "LogInfo") {
      good = logInfo();
    } else if (name == "CreateImage") {
      good = createImage();
    } else {
      good = restApiGetAfterPlugins(uri);
    }
  }
  const double seconds = (now() - start) / static_cast<double>(count);
  char text[64];
  std::snprintf(text, sizeof text, "%.12f", seconds);
  return good ? answer(output, text) : OrthancPluginErrorCode_Plugin;
}

std::string fileOf(const char* uuid) {
  return folder + "/" + uuid;
}

OrthancPluginErrorCode storageCreate(const char* uuid, const void* content, int64_t size,
                                     OrthancPluginContentType) {
  std::ofstream file(fileOf(uuid), std::ios::binary);
  file.write(static_cast<const char*>(content), size);
  return file ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_StorageAreaPlugin;
}

OrthancPluginErrorCode storageRead(void** content, int64_t* size, const char* uuid,
                                   OrthancPluginContentType) {
  std::ifstream file(fileOf(uuid), std::ios::binary | std::ios::ate);
  *size = file.tellg();
  *content = std::malloc(static_cast<std::size_t>(*size));
  file.seekg(0);
  file.read(static_cast<char*>(*content), *size);
  return file ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_StorageAreaPlugin;
}

OrthancPluginErrorCode storageRemove(const char* uuid, OrthancPluginContentType) {
  return std::remove(fileOf(uuid).c_str()) == 0 ? OrthancPluginErrorCode_Success
                                                : OrthancPluginErrorCode_StorageAreaPlugin;
}

void registerRoute(const char* expression, OrthancPluginRestCallback callback) {
  _OrthancPluginRestCallback parameters{};
  parameters.pathRegularExpression = expression;
  parameters.callback = callback;
  invoke(_OrthancPluginService_RegisterRestCallbackNoLock, &parameters);
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  orthanc = context;
  registerRoute("/native/sink", sink);
  registerRoute("/native/zeros", zeros);
  registerRoute("/native/wait", wait);
  registerRoute("/native/calls", calls);
  // Orthanc tries the expressions in order. As the last one here, this route has as many before it
  // as the first route of the script, whose plugin comes next.
  registerRoute("/native/hello", hello);
  if (const char* chosen = std::getenv("BENCHMARK_NATIVE_STORAGE")) {
    folder = chosen;
    _OrthancPluginRegisterStorageArea parameters{};
    parameters.create = storageCreate;
    parameters.read = storageRead;
    parameters.remove = storageRemove;
    parameters.free = std::free;
    invoke(_OrthancPluginService_RegisterStorageArea, &parameters);
  }
  return 0;
}

EXPORT void OrthancPluginFinalize() {}

EXPORT const char* OrthancPluginGetName() {
  return "native";
}

EXPORT const char* OrthancPluginGetVersion() {
  return "1";
}
