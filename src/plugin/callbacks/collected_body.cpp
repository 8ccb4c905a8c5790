// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/collected_body.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "callbacks/body_limit.hpp"
#include "host/context.hpp"

namespace orthanc {

namespace {

constexpr std::uint64_t kLimitOfSdk = std::numeric_limits<uint32_t>::max();
std::atomic<std::uint64_t> limit{kLimitOfSdk};

// Copies of strings of Orthanc, and pointers to them
class Strings {
 public:
  Strings(const char* const* texts, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      texts_.emplace_back(texts[i] == nullptr ? "" : texts[i]);
    }
    for (const std::string& text : texts_) {
      pointers_.push_back(text.c_str());
    }
  }
  const char* const* pointers() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

class Collector {
 public:
  Collector(OrthancPluginRestCallback callback, const char* uri,
            const OrthancPluginHttpRequest& request)
      : callback_(callback),
        uri_(uri),
        request_(copyOf(request)),
        groups_(request.groups, request.groupsCount),
        keys_(request.headersKeys, request.headersCount),
        values_(request.headersValues, request.headersCount),
        payload_(payloadOf(request)) {
    request_.groups = groups_.pointers();
    request_.headersKeys = keys_.pointers();
    request_.headersValues = values_.pointers();
    if (hasPayload()) {
      request_.authenticationPayload = payload_.data();
    }
  }

  void add(const void* data, uint32_t size) {
    if (tooLarge_ || size > limit - body_.size()) {
      tooLarge_ = true;
      std::string().swap(body_);
    } else {
      body_.append(static_cast<const char*>(data), size);
    }
  }

  void fail() { failed_ = true; }

  OrthancPluginErrorCode execute(OrthancPluginRestOutput* output) {
    if (tooLarge_) {
      return bodyTooLarge(uri_.c_str());
    }
    if (failed_) {
      return OrthancPluginErrorCode_NotEnoughMemory;
    }
    request_.body = body_.data();
    request_.bodySize = static_cast<uint32_t>(body_.size());
    return callback_(output, uri_.c_str(), &request_);
  }

 private:
  // Older Orthancs have a shorter structure
  static bool hasPayload() { return !(host::version() < host::Version{1, 12, 9}); }

  static OrthancPluginHttpRequest copyOf(const OrthancPluginHttpRequest& request) {
    OrthancPluginHttpRequest copy{};
    std::memcpy(
        &copy, &request,
        hasPayload() ? sizeof(copy) : offsetof(OrthancPluginHttpRequest, authenticationPayload));
    return copy;
  }

  static std::string payloadOf(const OrthancPluginHttpRequest& request) {
    return hasPayload() && request.authenticationPayload != nullptr
               ? std::string(static_cast<const char*>(request.authenticationPayload),
                             request.authenticationPayloadSize)
               : std::string();
  }

  const OrthancPluginRestCallback callback_;
  const std::string uri_;
  OrthancPluginHttpRequest request_;
  const Strings groups_, keys_, values_;
  const std::string payload_;
  std::string body_;
  bool tooLarge_ = false;
  bool failed_ = false;
};

Collector* collectorOf(OrthancPluginServerChunkedRequestReader* reader) {
  return reinterpret_cast<Collector*>(reader);
}

// Orthanc does not look at the result
OrthancPluginErrorCode addChunk(OrthancPluginServerChunkedRequestReader* reader, const void* data,
                                uint32_t size) {
  try {
    collectorOf(reader)->add(data, size);
  } catch (const std::bad_alloc&) {
    collectorOf(reader)->fail();
  }
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode execute(OrthancPluginServerChunkedRequestReader* reader,
                               OrthancPluginRestOutput* output) {
  return collectorOf(reader)->execute(output);
}

void finalize(OrthancPluginServerChunkedRequestReader* reader) {
  delete collectorOf(reader);
}

}  // namespace

OrthancPluginErrorCode beginCollecting(OrthancPluginRestCallback callback,
                                       OrthancPluginServerChunkedRequestReader** reader,
                                       const char* uri, const OrthancPluginHttpRequest* request) {
  *reader = nullptr;  // Orthanc collects the body
  if (exceedsLimit(*request)) {
    return bodyTooLarge(uri);
  }
  if (!isChunked(*request)) {
    return OrthancPluginErrorCode_Success;
  }
  try {
    *reader = reinterpret_cast<OrthancPluginServerChunkedRequestReader*>(
        std::make_unique<Collector>(callback, uri, *request).release());
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  return OrthancPluginErrorCode_Success;
}

void registerCollector(const char* expression,
                       OrthancPluginServerChunkedRequestReaderFactory factory) {
  _OrthancPluginChunkedRestCallback parameters{};
  parameters.pathRegularExpression = expression;
  parameters.postHandler = parameters.putHandler = factory;
  parameters.addChunk = addChunk;
  parameters.execute = execute;
  parameters.finalize = finalize;
  if (host::invoke(_OrthancPluginService_RegisterChunkedRestCallback, &parameters) !=
      OrthancPluginErrorCode_Success) {
    host::logWarning(std::string("Bodies of more than 4 GiB that are sent in chunks to ") +
                     expression + " cannot be refused");
  }
}

void limitCollectedBodies(std::uint64_t megabytes) {
  constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
  limit =
      megabytes == 0 || megabytes > kLimitOfSdk / kMegabyte ? kLimitOfSdk : megabytes * kMegabyte;
}

}  // namespace orthanc
