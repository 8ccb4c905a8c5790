// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Orthanc Explorer is made with an old jQuery Mobile, hence "live" and "pagebeforecreate".
$('#study').live('pagebeforecreate', function () {
  var button = $('<a>')
    .attr('id', 'count-instances-button')
    .attr('data-role', 'button')
    .attr('data-icon', 'info')
    .attr('href', '#')
    .text('Count the instances');

  button.insertBefore($('#study-delete').parent().parent());

  button.click(function () {
    if ($.mobile.pageData) {
      $.getJSON('../studies/' + $.mobile.pageData.uuid + '/count-instances', function (answer) {
        alert(answer.instances + ' instances in ' + answer.series + ' series');
      });
    }
  });
});
