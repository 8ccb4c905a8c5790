// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The callbacks that the plugin has registered, except REST routes and change events: the last one
// of each kind, or none.
#pragma once

#include "generated/sdk.hpp"

struct Registered {
  _OrthancPluginOnStoredInstanceCallback stored{};
  _OrthancPluginReceivedInstanceCallback received{};
  _OrthancPluginIncomingDicomInstanceFilter anyFilter{};
  _OrthancPluginIncomingCStoreInstanceFilter storeFilter{};
  _OrthancPluginRegisterStorageArea storage{};
  _OrthancPluginRegisterStorageArea2 storage2{};
  _OrthancPluginRegisterStorageArea3 storage3{};
  _OrthancPluginFindCallback find{};
  _OrthancPluginFindCallback2 find2{};
  _OrthancPluginWorklistCallback worklist{};
  _OrthancPluginWorklistCallback2 worklist2{};
  _OrthancPluginMoveCallback move{};
  _OrthancPluginMoveCallback2 move2{};
  _OrthancPluginRegisterStorageCommitmentScpCallback commitment{};
  _OrthancPluginRegisterStorageCommitmentScpCallback2 commitment2{};
  _OrthancPluginDecodeImageCallback decode{};
  _OrthancPluginTranscoderCallback transcode{};
  _OrthancPluginHttpAuthentication authentication{};
  _OrthancPluginAuditLogHandler audit{};
  _OrthancPluginChunkedRestCallback chunked{};
  _OrthancPluginRegisterWebDavCollection webDav{};
  _OrthancPluginRegisterRefreshMetricsCallback metrics{};
  _OrthancPluginJobsUnserializer unserializer{};
};

extern Registered registered;
