// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/callback_subject.hpp"

#include <cstring>

#include "binding/tables.hpp"
#include "callbacks/rest.hpp"
#include "host/context.hpp"
#include "host/log_text.hpp"

namespace orthanc::subject {

namespace {

bool isEmpty(const char* text) {
  return text == nullptr || *text == '\0';
}

std::string nameOf(OrthancPluginChangeType type) {
  for (std::size_t i = 0; i < enumerationCount; ++i) {
    if (std::strcmp(enumerations[i].name, "ChangeType") != 0) {
      continue;
    }
    for (std::size_t k = 0; k < enumerations[i].memberCount; ++k) {
      if (enumerations[i].members[k].value == type) {
        return enumerations[i].members[k].name;
      }
    }
  }
  return "change " + std::to_string(type);
}

}  // namespace

std::string Request::text() const {
  return isEmpty(uri) ? "" : std::string(" for ") + methodName(method) + " " + host::oneLine(uri);
}

std::string Named::text() const {
  return isEmpty(identifier) ? "" : std::string(" for ") + kind + " " + host::oneLine(identifier);
}

std::string Modality::text() const {
  return isEmpty(aet) ? "" : " from the modality " + host::oneLine(aet);
}

std::string Connection::text() const {
  const char* aet = nullptr;
  _OrthancPluginAccessDicomConnection parameters{};
  parameters.resultString = &aet;
  parameters.connection = connection;
  host::invoke(_OrthancPluginService_GetConnectionRemoteAet, &parameters);
  return Modality{aet}.text();
}

std::string Sender::text() const {
  const char* aet = nullptr;
  _OrthancPluginAccessDicomInstance parameters{};
  parameters.resultString = &aet;
  parameters.instance = instance;
  host::invoke(_OrthancPluginService_GetInstanceRemoteAet, &parameters);
  return Modality{aet}.text();
}

std::string Change::text() const {
  return " for " + nameOf(type) + (isEmpty(resource) ? "" : " of " + host::oneLine(resource));
}

}  // namespace orthanc::subject
