// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/jobs_engine.hpp"

#include <memory>

#include "host/context.hpp"
#include "yyjson.h"

namespace host {

namespace {

class Answer {
 public:
  Answer() = default;
  ~Answer() { release(buffer_.data); }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  bool get(const std::string& uri) {
    const _OrthancPluginRestApiGet parameters{&buffer_, uri.c_str()};
    return perform(_OrthancPluginService_RestApiGet, &parameters);
  }

  bool post(const std::string& uri) {
    const _OrthancPluginRestApiPostPut parameters{&buffer_, uri.c_str(), "{}", 2};
    return perform(_OrthancPluginService_RestApiPost, &parameters);
  }

  std::unique_ptr<yyjson_doc, decltype(&yyjson_doc_free)> json() const {
    return {yyjson_read(static_cast<const char*>(buffer_.data), buffer_.size, YYJSON_READ_NOFLAG),
            yyjson_doc_free};
  }

 private:
  static bool perform(_OrthancPluginService service, const void* parameters) {
    return invoke(service, parameters) == OrthancPluginErrorCode_Success;
  }

  OrthancPluginMemoryBuffer buffer_{};
};

std::string stateOf(yyjson_val* job) {
  const char* state = yyjson_get_str(yyjson_obj_get(job, "State"));
  return state == nullptr ? "" : state;
}

}  // namespace

std::string jobState(const std::string& id) {
  Answer answer;
  if (!answer.get("/jobs/" + id)) {
    return {};
  }
  const auto json = answer.json();
  return stateOf(yyjson_doc_get_root(json.get()));
}

bool isAnyJobPending() {
  Answer answer;
  if (!answer.get("/jobs?expand")) {
    return false;
  }
  const auto json = answer.json();
  yyjson_val* job = nullptr;
  std::size_t index = 0;
  std::size_t count = 0;
  yyjson_arr_foreach(yyjson_doc_get_root(json.get()), index, count, job) {
    if (stateOf(job) == "Pending") {
      return true;
    }
  }
  return false;
}

bool pauseJob(const std::string& id) {
  return Answer().post("/jobs/" + id + "/pause");
}

bool resumeJob(const std::string& id) {
  return Answer().post("/jobs/" + id + "/resume");
}

}  // namespace host
