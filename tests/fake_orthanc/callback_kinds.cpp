// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callback_kinds.hpp"

#include <utility>

#include "registered.hpp"
#include "rest.hpp"

Registered registered;

namespace callback_kinds {

namespace {

using Kind = std::string (*)(const std::string&);

constexpr std::pair<const char*, Kind> table[] = {
    {"request", request},       {"authentication", authentication},
    {"upload", upload},         {"webdav", webDav},
    {"audit", audit},           {"metrics", metrics},
    {"storage", storage},       {"stored", stored},
    {"received", received},     {"filter", filterAny},
    {"cstore", filterStore},    {"find", find},
    {"worklist", worklist},     {"move", move},
    {"commitment", commitment}, {"decode", decode},
    {"transcode", transcode},   {"job", job},
};

template <class Parameters>
bool copy(Parameters& target, const void* parameters) {
  target = *static_cast<const Parameters*>(parameters);
  return true;
}

}  // namespace

bool keep(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_RegisterOnStoredInstanceCallback:
      return copy(registered.stored, parameters);
    case _OrthancPluginService_RegisterReceivedInstanceCallback:
      return copy(registered.received, parameters);
    case _OrthancPluginService_RegisterIncomingDicomInstanceFilter:
      return copy(registered.anyFilter, parameters);
    case _OrthancPluginService_RegisterIncomingCStoreInstanceFilter:
      return copy(registered.storeFilter, parameters);
    case _OrthancPluginService_RegisterStorageArea:
      return copy(registered.storage, parameters);
    case _OrthancPluginService_RegisterStorageArea2:
      return copy(registered.storage2, parameters);
    case _OrthancPluginService_RegisterStorageArea3:
      return copy(registered.storage3, parameters);
    case _OrthancPluginService_RegisterFindCallback:
      return copy(registered.find, parameters);
    case _OrthancPluginService_RegisterFindCallback2:
      return copy(registered.find2, parameters);
    case _OrthancPluginService_RegisterWorklistCallback:
      return copy(registered.worklist, parameters);
    case _OrthancPluginService_RegisterWorklistCallback2:
      return copy(registered.worklist2, parameters);
    case _OrthancPluginService_RegisterMoveCallback:
      return copy(registered.move, parameters);
    case _OrthancPluginService_RegisterMoveCallback2:
      return copy(registered.move2, parameters);
    case _OrthancPluginService_RegisterStorageCommitmentScpCallback:
      return copy(registered.commitment, parameters);
    case _OrthancPluginService_RegisterStorageCommitmentScpCallback2:
      return copy(registered.commitment2, parameters);
    case _OrthancPluginService_RegisterDecodeImageCallback:
      return copy(registered.decode, parameters);
    case _OrthancPluginService_RegisterTranscoderCallback:
      return copy(registered.transcode, parameters);
    case _OrthancPluginService_RegisterHttpAuthentication:
      return copy(registered.authentication, parameters);
    case _OrthancPluginService_RegisterAuditLogHandler:
      return copy(registered.audit, parameters);
    case _OrthancPluginService_RegisterChunkedRestCallback:
      if (const auto& p = *static_cast<const _OrthancPluginChunkedRestCallback*>(parameters);
          p.getHandler == nullptr) {  // for a route that gets the body in one piece
        rest::addCollector(p);
        return true;
      }
      return copy(registered.chunked, parameters);
    case _OrthancPluginService_RegisterWebDavCollection:
      return copy(registered.webDav, parameters);
    case _OrthancPluginService_RegisterRefreshMetricsCallback:
      return copy(registered.metrics, parameters);
    case _OrthancPluginService_RegisterJobsUnserializer:
      return copy(registered.unserializer, parameters);
    default:
      return false;
  }
}

void forget() {
  registered = {};
}

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> result;
    for (const auto& [name, kind] : table) {
      result.emplace_back(name);
    }
    return result;
  }();
  return all;
}

std::string call(const std::string& name, const std::string& data) {
  for (const auto& [known, kind] : table) {
    if (name == known) {
      return kind(data);
    }
  }
  return "";
}

std::string hex(const std::string& data) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (const unsigned char byte : data) {
    result += {digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

}  // namespace callback_kinds
