/* view_compare_findings.js - what became of the advice: fixed, new, worse, better. A part of view_compare.js. */
"use strict";
(function (heapcoach) {
  const { el, name, prose, replace, empty } = heapcoach.dom;
  const { units, diff: model } = heapcoach;
  const { place } = heapcoach.compare;

  function findingRow(app, pair) {
    const f = pair.new || pair.old;
    const calls = (side) => (side && side.saving ? units.count(side.saving.calls) : "0");
    return el(
      "div",
      { class: "also" },
      el(
        "div",
        { class: "detail-marks" },
        el("span", { class: `severity severity-${f.severity}` }, f.severity),
        el("span", { class: "tag" }, f.rule),
        el("b", {}, prose(units.sentence(f.title))),
      ),
      el(
        "div",
        { class: "detail-place" },
        name(f.function, "strong"),
        name(place(f, pair.new ? app.base : app.old().base), "place"),
      ),
      el("p", {}, prose(f.what)),
      el(
        "p",
        { class: "quiet" },
        `Calls that it would save: ${calls(pair.old)} before, ${calls(pair.new)} now.`,
      ),
    );
  }

  function createFindings(app) {
    const root = el("div", { class: "page", tabindex: "0" });
    let drawn = false;
    return {
      root,
      focus: () => root.focus(),
      update() {
        if (drawn) return;
        drawn = true;
        const all = (app.diff && app.diff.findings) || {};
        const groups = model.FATES.map(([key2, title]) => [title, all[key2] || [], key2]).filter(
          (g) => g[1].length,
        );
        replace(
          root,
          groups.length
            ? el(
                "div",
                { class: "fates" },
                groups.map(([title, list, fate]) =>
                  el(
                    "section",
                    { class: `panel fate-${fate}` },
                    el("h2", {}, `${title} `, el("span", { class: "badge" }, list.length)),
                    list.map((pair) => findingRow(app, pair)),
                  ),
                ),
              )
            : empty("No findings on either side"),
        );
      },
    };
  }

  heapcoach.compare.createFindings = createFindings;
})((globalThis.heapcoach = globalThis.heapcoach || {}));
