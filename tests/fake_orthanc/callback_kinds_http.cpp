// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The callbacks for HTTP.
#include <algorithm>

#include "callback_kinds.hpp"
#include "enumerators.hpp"
#include "memory.hpp"
#include "registered.hpp"
#include "rest.hpp"
#include "strings.hpp"

namespace callback_kinds {

namespace {

std::string code(int number) {
  return std::to_string(number) + " ";
}

}  // namespace

// The bytes, separated by NUL, are the method, the URI, and alternating names and values of
// headers; all of them are the body, too.
std::string request(const std::string& data) {
  std::vector<std::string> parts = rest::parts(data);
  static const char* const methods[] = {"GET", "POST", "PUT", "DELETE"};
  rest::Request request;
  request.method = methods[parts[0].size() % 4];
  request.uri = "/" + (parts.size() > 1 ? parts[1] : "");
  for (std::size_t i = 3; i < parts.size(); i += 2) {
    request.headerKeys.add(parts[i - 1]);
    request.headerValues.add(parts[i]);
  }
  request.body = data;
  const Answer answer = rest::call(request);
  return code(answer.code) + code(answer.status) + answer.body;
}

std::string authentication(const std::string& data) {
  if (registered.authentication.callback == nullptr) {
    return "";
  }
  const std::string uri = "/" + hex(data);
  const char* keys[] = {"authorization", uri.c_str()};
  OrthancPluginHttpAuthenticationStatus status{};
  OrthancPluginMemoryBuffer payload{};
  OrthancPluginMemoryBuffer redirection{};
  const OrthancPluginErrorCode result = registered.authentication.callback(
      &status, &payload, &redirection, uri.c_str(), "127.0.0.1", 2, keys, keys, 2, keys, keys);
  return code(result) + code(status) + memory::take(payload) + memory::take(redirection);
}

std::string audit(const std::string& data) {
  if (registered.audit.handler == nullptr) {
    return "";
  }
  const std::string text = hex(data);
  return code(registered.audit.handler(
      "plugin", text.c_str(), enumerator(OrthancPluginResourceType_Study), text.c_str(), "action",
      data.data(), static_cast<std::uint32_t>(data.size())));
}

std::string metrics(const std::string&) {
  if (registered.metrics.callback == nullptr) {
    return "";
  }
  registered.metrics.callback();
  return "done";
}

std::string upload(const std::string& data) {
  const auto& handlers = registered.chunked;
  if (handlers.postHandler == nullptr) {
    return "";
  }
  const std::string uri = "/" + hex(data);
  Answer answer;
  auto* output = reinterpret_cast<OrthancPluginRestOutput*>(&answer);
  OrthancPluginHttpRequest request{};
  request.method = OrthancPluginHttpMethod_Get;
  std::string result = code(handlers.getHandler(output, uri.c_str(), &request));
  request.method = enumerator(OrthancPluginHttpMethod_Post);
  OrthancPluginServerChunkedRequestReader* reader = nullptr;
  const OrthancPluginErrorCode begun = handlers.postHandler(&reader, uri.c_str(), &request);
  result += code(begun);
  if (begun == OrthancPluginErrorCode_Success) {
    const std::size_t piece = data.size() / 3 + 1;
    for (std::size_t start = 0; start < data.size(); start += piece) {
      const std::string chunk = data.substr(start, piece);
      result +=
          code(handlers.addChunk(reader, chunk.data(), static_cast<std::uint32_t>(chunk.size())));
    }
    result += code(handlers.execute(reader, output));
    handlers.finalize(reader);
  }
  return result + answer.body;
}

namespace {

OrthancPluginErrorCode addFile(OrthancPluginWebDavCollection* collection, const char* name,
                               std::uint64_t, const char* mime, const char* time) {
  *reinterpret_cast<std::string*>(collection) += std::string(name) + mime + time + " ";
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode addFolder(OrthancPluginWebDavCollection* collection, const char* name,
                                 const char* time) {
  return addFile(collection, name, 0, "", time);
}

OrthancPluginErrorCode retrieve(OrthancPluginWebDavCollection* collection, const void* data,
                                std::uint64_t size, const char* mime, const char* time) {
  *reinterpret_cast<std::string*>(collection) += std::string(static_cast<const char*>(data), size);
  return addFile(collection, "", 0, mime, time);
}

}  // namespace

std::string webDav(const std::string& data) {
  const auto& folder = registered.webDav;
  if (folder.listFolder == nullptr) {
    return "";
  }
  const std::string text = hex(data);
  const char* path[] = {"folder", text.c_str()};
  std::string seen;
  auto* collection = reinterpret_cast<OrthancPluginWebDavCollection*>(&seen);
  std::uint8_t flag = 0;
  const auto add = [&](OrthancPluginErrorCode result) { seen += code(result) + code(flag); };
  add(folder.isExistingFolder(&flag, 2, path, folder.payload));
  add(folder.listFolder(&flag, collection, addFile, addFolder, 2, path, folder.payload));
  add(folder.createFolder(&flag, 2, path, folder.payload));
  add(folder.storeFile(&flag, 2, path, data.data(), data.size(), folder.payload));
  add(folder.retrieveFile(collection, retrieve, 2, path, folder.payload));
  add(folder.deleteItem(&flag, 2, path, folder.payload));
  return seen;
}

}  // namespace callback_kinds
