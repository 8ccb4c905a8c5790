// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps the status page up to date while it is visible, and draws what it has seen meanwhile.
// Without this file, the page shows the state at the time when it was loaded.
"use strict";

(() => {
  const PERIOD = 2000; // milliseconds between two requests
  const LIMIT = 5000; // milliseconds for a response
  const KEPT = 150; // samples for the plots
  const SVG = "http://www.w3.org/2000/svg";
  const history = new Map(); // name of a plot -> its values
  let previous = null; // the last sample: when, and the totals by row
  let paused = false;
  let figures = null;
  let notice = null; // of the updates
  let outcome = null; // of the button that reloads the scripts

  function keep(name, value) {
    const values = history.get(name) || [];
    values.push(value);
    values.splice(0, values.length - KEPT);
    history.set(name, values);
    return values;
  }

  function draw(svg, samples) {
    const values = samples.length === 1 ? [samples[0], samples[0]] : samples; // a level line
    const width = svg.width.baseVal.value;
    const height = svg.height.baseVal.value;
    const most = Math.max(...values, 1e-9);
    const step = (width - 2) / (values.length - 1);
    const points = values.map((value, index) => {
      const x = (1 + index * step).toFixed(1);
      return `${x} ${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`;
    });
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", points.length > 0 ? `M${points.join("L")}` : "");
    svg.replaceChildren(path);
    svg.removeAttribute("hidden");
  }

  function figure(name, values, format) {
    let element = figures.querySelector(`[data-name="${name}"]`);
    if (element === null) {
      element = document.createElement("figure");
      element.dataset.name = name;
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("class", "history");
      svg.setAttribute("role", "img");
      svg.setAttribute("width", "220");
      svg.setAttribute("height", "60");
      element.append(svg, document.createElement("figcaption"));
      figures.append(element);
    }
    const last = values[values.length - 1];
    const text = values.length === 0 ? `${name}: known after the next update` :
      `${name}: ${format(last)} (most: ${format(Math.max(...values))})`;
    element.lastChild.textContent = text;
    element.firstChild.setAttribute("aria-label", text);
    draw(element.firstChild, values);
  }

  function rows() {
    return [...document.querySelectorAll("#routes tbody tr, #callbacks tbody tr")].filter(
      (row) => row.querySelector(".calls") !== null);
  }

  function nameOf(row) {
    return `${row.closest("section").id} ${row.firstChild.textContent}`;
  }

  // A count that decreases is from after a reset of Orthanc.
  function rate(calls, before, seconds) {
    return Math.max(0, calls - before) / seconds;
  }

  function sample() {
    const now = performance.now() / 1000;
    const totals = new Map(rows().map(
      (row) => [nameOf(row), Number(row.querySelector(".calls").textContent)]));
    const isFirst = previous === null;
    let all = 0;
    for (const row of rows()) {
      const name = nameOf(row);
      const calls = totals.get(name);
      if (!isFirst) {
        const perSecond = rate(calls, previous.totals.get(name) ?? 0, now - previous.now);
        draw(row.querySelector(".history"), keep(name, perSecond));
        all += name.startsWith("callbacks ") ? perSecond : 0;
      }
    }
    previous = { now, totals };
    const { memory, queued } = document.querySelector("#overview dl").dataset;
    figure("Calls per second", isFirst ? [] : keep("Calls per second", all),
      (value) => value.toFixed(1));
    figure("Change events that wait", keep("Events", Number(queued)), String);
    figure("Memory of the process", keep("Memory", Number(memory) / 1e6),
      (value) => `${value.toFixed(0)} MB`);
  }

  function focusable(section) {
    return [...section.querySelectorAll("a, button, summary, [tabindex]")];
  }

  // The server escapes all texts. A parsed document runs no scripts.
  function replaceSections(fresh) {
    for (const section of document.querySelectorAll("main > section")) {
      const other = fresh.getElementById(section.id);
      for (const open of section.querySelectorAll("details[open]")) {
        const same = fresh.getElementById(open.id);
        if (same !== null) {
          same.open = true;
        }
      }
      const focused = focusable(section).indexOf(document.activeElement);
      section.replaceWith(document.adoptNode(other));
      focusable(other)[focused]?.focus({ preventScroll: true });
    }
  }

  async function update() {
    try {
      const response = await fetch("../python/", {
        headers: { Accept: "text/html" },
        signal: AbortSignal.timeout(LIMIT),
      });
      if (!response.ok) {
        throw new Error(`HTTP status ${response.status}`);
      }
      replaceSections(parsed(await response.text()));
      sample();
      notice.textContent = "";
    } catch (error) {
      notice.textContent = `Orthanc does not send the status: ${error.message}`;
    }
  }

  async function keepUpdating() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, PERIOD));
      if (!paused && !document.hidden) {
        await update();
      }
    }
  }

  function statusText() {
    const element = document.createElement("p");
    element.setAttribute("role", "status");
    return element;
  }

  function addControls() {
    const button = document.createElement("button");
    button.id = "pause";
    button.type = "button";
    button.textContent = "Pause updates";
    button.addEventListener("click", () => {
      paused = !paused;
      button.textContent = paused ? "Resume updates" : "Pause updates";
    });
    [notice, outcome] = [statusText(), statusText()];
    figures = document.createElement("div");
    figures.className = "figures";
    figures.id = "since-open";
    document.querySelector("header").append(button, outcome, notice, figures);
  }

  async function isReloaded(before) {
    try {
      const response = await fetch("../python/status", { signal: AbortSignal.timeout(LIMIT) });
      return response.ok && (await response.json()).Loaded !== before;
    } catch {
      return false; // Orthanc restarts its HTTP server
    }
  }

  function parsed(text) {
    return new DOMParser().parseFromString(text, "text/html");
  }

  // Not by the form itself: Orthanc stops before the browser could load a page with its files.
  async function reload(event) {
    event.preventDefault();
    paused = true;
    outcome.textContent = "";
    const before = document.querySelector("#overview dl").dataset.loaded;
    try {
      const response = await fetch(event.target.action, { method: "POST" });
      const message = parsed(await response.text()).querySelector("main");
      outcome.textContent = message.textContent.trim();
      paused = response.status === 202;
    } catch {
      outcome.textContent = "Orthanc has ended the connection, perhaps for the restart.";
    }
    if (!paused) {
      return;
    }
    while (!(await isReloaded(before))) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    location.reload();
  }

  if (document.getElementById("overview") !== null) {
    addControls();
    document.addEventListener("submit", reload);
    sample();
    keepUpdating();
  }
})();
