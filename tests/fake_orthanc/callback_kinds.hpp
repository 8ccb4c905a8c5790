// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Simulates the events for which Orthanc calls the plugin: each kind of callback, with any
// bytes. Where the SDK has strings, the bytes are written in hexadecimal.
#pragma once

#include <string>
#include <vector>

#include "generated/sdk.hpp"

namespace callback_kinds {

// Keeps a registration; false if `service` is none of these kinds.
bool keep(_OrthancPluginService service, const void* parameters);
void forget();

const std::vector<std::string>& names();

// The plugin's answer as text; "" if it has registered no such callback, or if there is no such
// kind. Any thread may call it.
std::string call(const std::string& name, const std::string& data);

std::string hex(const std::string& data);

// The kinds of callback_kinds_*.cpp
std::string stored(const std::string& data);
std::string received(const std::string& data);
std::string filterAny(const std::string& data);
std::string filterStore(const std::string& data);
std::string find(const std::string& data);
std::string worklist(const std::string& data);
std::string move(const std::string& data);
std::string commitment(const std::string& data);
std::string decode(const std::string& data);
std::string transcode(const std::string& data);
std::string storage(const std::string& data);
std::string request(const std::string& data);
std::string authentication(const std::string& data);
std::string audit(const std::string& data);
std::string upload(const std::string& data);
std::string webDav(const std::string& data);
std::string metrics(const std::string& data);
std::string job(const std::string& data);

}  // namespace callback_kinds
