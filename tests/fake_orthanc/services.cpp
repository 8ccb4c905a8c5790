// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "services.hpp"

#include <mutex>
#include <new>
#include <regex>
#include <vector>

#include "callback_kinds.hpp"
#include "dicom_objects.hpp"
#include "echo.hpp"
#include "faults.hpp"
#include "images.hpp"
#include "jobs.hpp"
#include "memory.hpp"
#include "output.hpp"
#include "rest.hpp"

namespace services {

namespace {

std::string orthancVersion, configurationText;
OrthancPluginContext context;
std::mutex changeMutex;
std::vector<OrthancPluginOnChangeCallback> changeCallbacks;

void log(const char* level, const void* text) {
  say(json::Object().add("log", level).add("text", static_cast<const char*>(text)));
}

OrthancPluginErrorCode answerRest(const char* method, OrthancPluginMemoryBuffer* target,
                                  const char* uri, const std::string& body) {
  constexpr int kFirstError = 400;
  rest::Request request{method, uri, body, {}, {}, true};
  const Answer answer = rest::call(request);
  if (answer.code != OrthancPluginErrorCode_Success) {
    return answer.code;
  }
  if (answer.status >= kFirstError) {
    return OrthancPluginErrorCode_UnknownResource;
  }
  if (target != nullptr) {
    memory::fill(target, answer.body);
  }
  return OrthancPluginErrorCode_Success;
}

bool serveRestApi(_OrthancPluginService service, const void* parameters,
                  OrthancPluginErrorCode& code) {
  const auto withBody = [&](const char* method) {
    const auto& p = *static_cast<const _OrthancPluginRestApiPostPut*>(parameters);
    code = answerRest(method, p.target, p.uri,
                      {static_cast<const char*>(p.body), std::size_t{p.bodySize}});
    return true;
  };
  switch (service) {
    case _OrthancPluginService_RestApiGet:
    case _OrthancPluginService_RestApiGetAfterPlugins: {
      const auto& p = *static_cast<const _OrthancPluginRestApiGet*>(parameters);
      code = answerRest("GET", p.target, p.uri, "");
      return true;
    }
    case _OrthancPluginService_RestApiPost:
    case _OrthancPluginService_RestApiPostAfterPlugins:
      return withBody("POST");
    case _OrthancPluginService_RestApiPut:
    case _OrthancPluginService_RestApiPutAfterPlugins:
      return withBody("PUT");
    case _OrthancPluginService_RestApiDelete:
    case _OrthancPluginService_RestApiDeleteAfterPlugins:
      code = answerRest("DELETE", nullptr, static_cast<const char*>(parameters), "");
      return true;
    default:
      return false;
  }
}

OrthancPluginErrorCode registerRoute(const void* parameters) {
  const auto& p = *static_cast<const _OrthancPluginRestCallback*>(parameters);
  try {
    rest::addRoute(p.pathRegularExpression, p.callback);
  } catch (const std::regex_error&) {
    return OrthancPluginErrorCode_InternalError;
  }
  return OrthancPluginErrorCode_Success;
}

// A server that sends each chunk of a request back
OrthancPluginErrorCode echo(const _OrthancPluginChunkedHttpClient& p) {
  constexpr std::uint16_t ok = 200;
  *p.httpStatus = ok;
  OrthancPluginErrorCode code = p.answerAddHeader(p.answer, "X-Echo", "yes");
  while (code == OrthancPluginErrorCode_Success && p.requestIsDone(p.request) == 0) {
    code = p.answerAddChunk(p.answer, p.requestChunkData(p.request), p.requestChunkSize(p.request));
    if (code == OrthancPluginErrorCode_Success) {
      code = p.requestNext(p.request);
    }
  }
  return code;
}

OrthancPluginErrorCode serveOthers(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_LogInfo:
      log("info", parameters);
      break;
    case _OrthancPluginService_LogWarning:
      log("warning", parameters);
      break;
    case _OrthancPluginService_LogError:
      log("error", parameters);
      break;
    case _OrthancPluginService_SetPluginProperty:
    case _OrthancPluginService_SetCurrentThreadName:
      break;
    case _OrthancPluginService_GetConfiguration:
      memory::retrieve(static_cast<const _OrthancPluginRetrieveDynamicString*>(parameters)->result,
                       configurationText);
      break;
    case _OrthancPluginService_GetErrorDescription: {
      const auto& p = *static_cast<const _OrthancPluginGetErrorDescription*>(parameters);
      *p.target = "An error of the fake Orthanc";
      break;
    }
    case _OrthancPluginService_CreateMemoryBuffer: {
      const auto& p = *static_cast<const _OrthancPluginCreateMemoryBuffer*>(parameters);
      memory::fill(p.target, std::string(p.size, '\0'));
      break;
    }
    case _OrthancPluginService_CreateMemoryBuffer64: {
      const auto& p = *static_cast<const _OrthancPluginCreateMemoryBuffer64*>(parameters);
      memory::fill(p.target, std::string(p.size, '\0'));
      break;
    }
    case _OrthancPluginService_ChunkedHttpClient:
      return echo(*static_cast<const _OrthancPluginChunkedHttpClient*>(parameters));
    case _OrthancPluginService_RegisterRestCallback:
    case _OrthancPluginService_RegisterRestCallbackNoLock:
      return registerRoute(parameters);
    case _OrthancPluginService_RegisterIncomingHttpRequestFilter2:
      rest::addFilter(
          static_cast<const _OrthancPluginIncomingHttpRequestFilter2*>(parameters)->callback);
      break;
    case _OrthancPluginService_RegisterOnChangeCallback: {
      const std::lock_guard<std::mutex> lock(changeMutex);
      changeCallbacks.push_back(
          static_cast<const _OrthancPluginOnChangeCallback*>(parameters)->callback);
      break;
    }
    default:
      log("error", ("The fake Orthanc has no service " + std::to_string(service)).c_str());
      return OrthancPluginErrorCode_NotImplemented;
  }
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode invoke(OrthancPluginContext*, _OrthancPluginService service,
                              const void* parameters) {
  try {
    OrthancPluginErrorCode code = OrthancPluginErrorCode_Success;
    if (faults::serviceFails(service)) {
      if (service == _OrthancPluginService_SubmitJob) {
        // the engine owns it, even after an error or an exception
        jobs::destroy(static_cast<const _OrthancPluginSubmitJob*>(parameters)->job);
      }
      return faults::fail();
    }
    if (callback_kinds::keep(service, parameters) || jobs::serve(service, parameters) ||
        echo::serve(service, parameters) || dicom::serve(service, parameters, code) ||
        rest::serve(service, parameters) || images::serve(service, parameters, code) ||
        serveRestApi(service, parameters, code)) {
      return code;
    }
    return serveOthers(service, parameters);
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
}

}  // namespace

OrthancPluginContext* open(std::string version, std::string configuration) {
  orthancVersion = std::move(version);
  configurationText = std::move(configuration);
  context.orthancVersion = orthancVersion.c_str();
  context.Free = memory::release;
  context.InvokeService = invoke;
  return &context;
}

void signalChange(OrthancPluginChangeType type, OrthancPluginResourceType level,
                  const std::string& resource) {
  std::vector<OrthancPluginOnChangeCallback> callbacks;
  {
    const std::lock_guard<std::mutex> lock(changeMutex);
    callbacks = changeCallbacks;
  }
  for (OrthancPluginOnChangeCallback callback : callbacks) {
    callback(type, level, resource.c_str());
  }
}

void forget() {
  rest::forget();
  callback_kinds::forget();
  const std::lock_guard<std::mutex> lock(changeMutex);
  changeCallbacks.clear();
}

}  // namespace services
