// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A button on the first page of Orthanc Explorer that opens the status page.
$("#lookup").live("pagebeforecreate", function () {
  $("#lookup [data-role='content']").last().append(
    $("<a>")
      .attr("id", "python-status")
      .attr("href", "../python/")
      .attr("data-role", "button")
      .attr("data-icon", "gear")
      .attr("data-ajax", "false")
      .text("Python scripts")
  );
});
