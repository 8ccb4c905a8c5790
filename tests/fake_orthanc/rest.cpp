// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "rest.hpp"

#include <algorithm>
#include <mutex>
#include <regex>
#include <shared_mutex>
#include <vector>

#include "enumerators.hpp"
#include "strings.hpp"

namespace rest {

namespace {

struct Route {
  std::regex expression;
  OrthancPluginRestCallback callback;
};

// Held shared during each callback and exclusively by a registration, as in Orthanc
std::shared_mutex routesMutex;
std::vector<Route> routes;
struct Collector {
  std::regex expression;
  _OrthancPluginChunkedRestCallback callback;
};
std::vector<Collector> collectors;
std::mutex filtersMutex;
std::vector<OrthancPluginIncomingHttpRequestFilter2> filters;

OrthancPluginHttpMethod methodOf(const std::string& name) {
  if (name == "POST") {
    return OrthancPluginHttpMethod_Post;
  }
  if (name == "PUT") {
    return OrthancPluginHttpMethod_Put;
  }
  if (name == "NEWER") {
    return static_cast<OrthancPluginHttpMethod>(newerEnumerator.load());
  }
  return name == "DELETE" ? OrthancPluginHttpMethod_Delete : OrthancPluginHttpMethod_Get;
}

void split(const std::string& query, Strings& keys, Strings& values) {
  for (std::size_t start = 0; start < query.size();) {
    const std::size_t end = std::min(query.find('&', start), query.size());
    const std::string pair = query.substr(start, end - start);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    keys.add(pair.substr(0, equals));
    values.add(equals < pair.size() ? pair.substr(equals + 1) : "");
    start = end + 1;
  }
}

bool allowed(const OrthancPluginHttpRequest& request, const std::string& path) {
  std::vector<OrthancPluginIncomingHttpRequestFilter2> all;
  {
    const std::lock_guard<std::mutex> lock(filtersMutex);
    all = filters;
  }
  return std::all_of(all.begin(), all.end(), [&](auto filter) {
    return filter(request.method, path.c_str(), "127.0.0.1", request.headersCount,
                  request.headersKeys, request.headersValues, request.getCount, request.getKeys,
                  request.getValues) == 1;
  });
}

constexpr int firstErrorOfPlugins = 1000000;
std::mutex errorsMutex;
std::vector<int> statuses;  // of the errors that the plugin has registered

int statusOf(OrthancPluginErrorCode code) {
  constexpr int kNotFound = 404, kInternalError = 500;
  if (code >= firstErrorOfPlugins) {
    const std::lock_guard<std::mutex> lock(errorsMutex);
    const auto index = static_cast<std::size_t>(code - firstErrorOfPlugins);
    return index < statuses.size() ? statuses[index]
                                   : kInternalError;  // a code of the script's own
  }
  return code == OrthancPluginErrorCode_UnknownResource ? kNotFound : kInternalError;
}

Answer& answerOf(OrthancPluginRestOutput* output) {
  return *reinterpret_cast<Answer*>(output);
}

std::string bytes(const void* data, std::uint32_t size) {
  return data == nullptr ? "" : std::string(static_cast<const char*>(data), size);
}

}  // namespace

void addRoute(const std::string& expression, OrthancPluginRestCallback callback) {
  std::regex compiled(expression);
  const std::unique_lock<std::shared_mutex> lock(routesMutex);
  routes.push_back({std::move(compiled), callback});
}

void addCollector(const _OrthancPluginChunkedRestCallback& callback) {
  const std::unique_lock<std::shared_mutex> lock(routesMutex);
  collectors.push_back({std::regex(callback.pathRegularExpression), callback});
}

void addFilter(OrthancPluginIncomingHttpRequestFilter2 callback) {
  const std::lock_guard<std::mutex> lock(filtersMutex);
  filters.push_back(callback);
}

void forget() {
  const std::unique_lock<std::shared_mutex> lock(routesMutex);
  routes.clear();
  collectors.clear();
  const std::lock_guard<std::mutex> filtersLock(filtersMutex);
  filters.clear();
  const std::lock_guard<std::mutex> errorsLock(errorsMutex);
  statuses.clear();
}

std::vector<std::string> parts(const std::string& data) {
  std::vector<std::string> result;
  for (std::size_t start = 0; start <= data.size();) {
    const std::size_t end = std::min(data.find('\0', start), data.size());
    result.push_back(data.substr(start, end - start));
    start = end + 1;
  }
  return result;
}

Answer call(Request& from) {
  Answer answer;
  const std::size_t question = std::min(from.uri.find('?'), from.uri.size());
  const std::string path = from.uri.substr(0, question);
  Strings keys, values, groups;
  split(question < from.uri.size() ? from.uri.substr(question + 1) : "", keys, values);
  OrthancPluginHttpRequest request{};
  request.method = methodOf(from.method);
  request.body = from.body.data();
  request.bodySize = static_cast<std::uint32_t>(from.body.size());
  request.headersCount = from.headerKeys.size();
  request.headersKeys = from.headerKeys.pointers();
  request.headersValues = from.headerValues.pointers();
  request.getCount = keys.size();
  request.getKeys = keys.pointers();
  request.getValues = values.pointers();
  if (!from.internal && !allowed(request, path)) {
    constexpr int kForbidden = 403;
    answer.status = kForbidden;
    return answer;
  }

  const std::shared_lock<std::shared_mutex> lock(routesMutex);
  for (const Route& route : routes) {
    std::smatch match;
    if (!std::regex_match(path, match, route.expression)) {
      continue;
    }
    for (std::size_t i = 1; i < match.size(); ++i) {
      groups.add(match[i].str());
    }
    request.groupsCount = groups.size();
    request.groups = groups.pointers();
    answer.code =
        route.callback(reinterpret_cast<OrthancPluginRestOutput*>(&answer), path.c_str(), &request);
    if (answer.code != OrthancPluginErrorCode_Success) {
      answer.status = statusOf(answer.code);
    }
    return answer;
  }
  answer.code = OrthancPluginErrorCode_UnknownResource;
  answer.status = statusOf(answer.code);
  return answer;
}

Answer callInChunks(Request& from, std::uint32_t claimed) {
  Answer answer;
  OrthancPluginHttpRequest request{};
  request.method = methodOf(from.method);
  request.headersCount = from.headerKeys.size();
  request.headersKeys = from.headerKeys.pointers();
  request.headersValues = from.headerValues.pointers();
  const auto found = std::find_if(collectors.begin(), collectors.end(), [&](const Collector& c) {
    return std::regex_match(from.uri, c.expression);
  });
  if (found == collectors.end()) {
    return answer;
  }
  const _OrthancPluginChunkedRestCallback& callback = found->callback;
  OrthancPluginServerChunkedRequestReader* reader = nullptr;
  answer.code = callback.postHandler(&reader, from.uri.c_str(), &request);
  if (reader != nullptr) {
    callback.addChunk(reader, from.body.data(), static_cast<std::uint32_t>(from.body.size()));
    if (claimed != 0) {
      callback.addChunk(reader, nullptr, claimed);
    }
    answer.code = callback.execute(reader, reinterpret_cast<OrthancPluginRestOutput*>(&answer));
    callback.finalize(reader);
  }
  if (answer.code != OrthancPluginErrorCode_Success) {
    answer.status = statusOf(answer.code);
  }
  return answer;
}

bool serve(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_RegisterErrorCode: {
      const auto& p = *static_cast<const _OrthancPluginRegisterErrorCode*>(parameters);
      const std::lock_guard<std::mutex> lock(errorsMutex);
      *p.target = static_cast<OrthancPluginErrorCode>(firstErrorOfPlugins + statuses.size());
      statuses.push_back(p.httpStatus);
      return true;
    }
    case _OrthancPluginService_AnswerBuffer: {
      const auto& p = *static_cast<const _OrthancPluginAnswerBuffer*>(parameters);
      answerOf(p.output).body = bytes(p.answer, p.answerSize);
      answerOf(p.output).mime = p.mimeType;
      return true;
    }
    case _OrthancPluginService_StartStreamAnswer: {
      const auto& p = *static_cast<const _OrthancPluginStartStreamAnswer*>(parameters);
      answerOf(p.output).mime = p.contentType;
      return true;
    }
    case _OrthancPluginService_SendStreamChunk: {
      const auto& p = *static_cast<const _OrthancPluginAnswerBuffer*>(parameters);
      answerOf(p.output).body += bytes(p.answer, p.answerSize);
      return true;
    }
    case _OrthancPluginService_SetHttpHeader: {
      const auto& p = *static_cast<const _OrthancPluginSetHttpHeader*>(parameters);
      answerOf(p.output).headers[p.key] = p.value;
      return true;
    }
    case _OrthancPluginService_SendHttpStatus: {
      const auto& p = *static_cast<const _OrthancPluginSendHttpStatus*>(parameters);
      answerOf(p.output).status = p.status;
      answerOf(p.output).body = bytes(p.body, p.bodySize);
      return true;
    }
    case _OrthancPluginService_SendHttpStatusCode: {
      const auto& p = *static_cast<const _OrthancPluginSendHttpStatusCode*>(parameters);
      answerOf(p.output).status = p.status;
      return true;
    }
    case _OrthancPluginService_SendMethodNotAllowed: {
      constexpr int kMethodNotAllowed = 405;
      const auto& p = *static_cast<const _OrthancPluginOutputPlusArgument*>(parameters);
      answerOf(p.output).status = kMethodNotAllowed;
      answerOf(p.output).headers["Allow"] = p.argument;
      return true;
    }
    default:
      return false;
  }
}

}  // namespace rest
