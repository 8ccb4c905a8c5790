// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The subject of a callback, which completes the headline of its exception: "for GET /system". The
// text is built only after an exception.
#pragma once

#include <string>

#include "generated/sdk.hpp"

namespace orthanc::subject {

struct None {
  std::string text() const { return {}; }
};

// " for GET /system"
struct Request {
  OrthancPluginHttpMethod method;
  const char* uri;
  std::string text() const;
};

// " for the attachment 1234-..."
struct Named {
  const char* kind;
  const char* identifier;
  std::string text() const;
};

// " from the modality STORESCU"; "" if Orthanc does not name it
struct Modality {
  const char* aet;
  std::string text() const;
};
struct Connection {
  const OrthancPluginDicomConnection* connection;
  std::string text() const;
};
struct Sender {
  const OrthancPluginDicomInstance* instance;
  std::string text() const;
};

// " for STABLE_STUDY of 1234-..."
struct Change {
  OrthancPluginChangeType type;
  const char* resource;
  std::string text() const;
};

}  // namespace orthanc::subject
