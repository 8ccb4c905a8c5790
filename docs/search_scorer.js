// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scores of the search, better than Sphinx's own for questions of several words: a heading with
// all of them comes first, pages for contributors come last.
"use strict";

var Scorer = {
  score: ([page, , , , score, , kind]) => {
    const heading = kind === "title" ? 20 : 0;
    const internal = /^(contributing|explanation\/decisions)\//.test(page) ? 10 : 0;
    return score + heading - internal;
  },

  // Sphinx's own values
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
