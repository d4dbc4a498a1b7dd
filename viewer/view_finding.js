/* view_finding.js - one finding: its line, what happens there, what to write instead, what that saves;
 * and what stands there if there is none. A part of view_findings.js. */
"use strict";
(function (heapcoach) {
  const { el, name, prose, button, copyText, empty } = heapcoach.dom;
  const { findings: model, units } = heapcoach;

  const SEVERITIES = { high: "High", medium: "Medium", low: "Low", info: "Info" };

  function severity(f) {
    return el(
      "span",
      { class: `severity severity-${f.severity}` },
      SEVERITIES[f.severity] || f.severity,
    );
  }

  function heading(app, f) {
    const saved = model.headline(f);
    return el(
      "div",
      { class: "detail-head" },
      el(
        "div",
        { class: "detail-title" },
        el(
          "div",
          { class: "detail-marks" },
          severity(f),
          el("span", { class: "tag" }, f.rule),
          f.scope !== "own" && f.scope !== "program" && el("span", { class: "tag" }, f.scope),
        ),
        el("h2", {}, prose(units.sentence(f.title))),
        el(
          "div",
          { class: "detail-place" },
          name((model.editedPlace(f) || {}).function || "", "strong"),
          name(model.place(f, app.base), "place"),
        ),
      ),
      saved.figure &&
        el(
          "div",
          { class: "saving" },
          el("span", {}, "saves about"),
          el("b", {}, saved.figure),
          saved.note && el("span", {}, saved.note),
        ),
    );
  }

  function callee(app, f) {
    if (f.scope !== "dependency" || !f.caller) return null;
    return el(
      "p",
      { class: "quiet" },
      "It happens in ",
      name(f.location.function, "strong"),
      " of ",
      name(f.crate),
      ", called from this line.",
    );
  }

  function savingLine(f) {
    const parts = model.savingParts(f.saving);
    return el(
      "div",
      { class: "facts" },
      parts.map(([figure, what]) =>
        el("div", { class: "fact" }, el("b", {}, figure), el("span", {}, what)),
      ),
      el(
        "div",
        { class: "fact" },
        el("b", {}, f.confidence),
        el("span", {}, ["confidence", f.condition && [", ", prose(f.condition)]]),
      ),
    );
  }

  function disclosure(title, ...content) {
    return el(
      "details",
      { class: "disclosure" },
      el("summary", {}, title),
      el("div", { class: "disclosure-body" }, content),
    );
  }

  function evidenceTable(f) {
    return el(
      "table",
      { class: "pairs" },
      el(
        "tbody",
        {},
        model
          .evidence(f)
          .map(([key, value]) =>
            el("tr", {}, el("th", { scope: "row" }, units.visible(key)), el("td", {}, name(value))),
          ),
      ),
    );
  }

  /* Where in the crate; a finding of the user's own is at the line that leads. */
  function placeInCrate(app, f) {
    const saved = model.headline(f);
    if (f.scope !== "dependency") return null;
    return el(
      "p",
      { class: "quiet" },
      name(f.location.function, "strong"),
      " ",
      name(model.placeText(f.location, app.base), "place"),
      saved.figure && `, saves about ${saved.figure}`,
    );
  }

  function alsoTitle(f) {
    return f.scope === "dependency"
      ? `What crate ${units.visible(f.crate)} does more in this call (${f.also.length})`
      : `Also at this line (${f.also.length})`;
  }

  function alsoList(app, f) {
    return (f.also || []).map((a) =>
      el(
        "div",
        { class: "also" },
        el(
          "div",
          { class: "detail-marks" },
          severity(a),
          el("span", { class: "tag" }, a.rule),
          el("b", {}, prose(units.sentence(a.title))),
        ),
        placeInCrate(app, a),
        el("p", {}, prose(a.what)),
        el("p", {}, prose(a.advice)),
        a.code ? heapcoach.code.snippet(a.code) : null,
      ),
    );
  }

  function actions(app, f) {
    const point = Number.isInteger(f.point) && f.point < app.profile.count ? f.point : -1;
    return el(
      "div",
      { class: "actions" },
      button("Copy as Markdown", () => copyText(model.markdown(f, app.base)), {
        id: "copy-markdown",
      }),
      point >= 0 && button("Site detail", () => app.openSite(point)),
      point >= 0 && button("In the flame graph", () => app.openFlame(point)),
    );
  }

  function more(app, f) {
    const p = app.profile,
      hasStack = Number.isInteger(f.point) && f.point < p.count;
    return [
      f.also && f.also.length
        ? disclosure(alsoTitle(f), alsoList(app, f))
        : null,
      hasStack && disclosure("Stack, where it happens most", heapcoach.stack.ofPoint(p, f.point)),
      Object.keys(f.evidence || {}).length
        ? disclosure("What was counted", evidenceTable(f))
        : null,
      f.how && disclosure("How the saving was reckoned", el("p", {}, prose(f.how))),
      el(
        "p",
        { class: "quiet" },
        `More: heapcoach explain ${f.rule}`,
        f.reference && `; The Rust Performance Book, ${f.reference}`,
      ),
    ];
  }

  function detail(app, f) {
    const { line } = model.editedPlace(f) || {};
    const source = f.source || app.source(model.editedPlace(f)) || null;
    return [
      heading(app, f),
      source && Array.isArray(source.lines) && heapcoach.code.excerpt(source, line),
      el(
        "section",
        { class: "block" },
        el("h3", {}, "What happens"),
        el("p", {}, prose(f.what)),
        callee(app, f),
      ),
      el(
        "section",
        { class: "block" },
        el("h3", {}, "Do this instead"),
        el("p", {}, prose(f.advice)),
        f.code ? heapcoach.code.snippet(f.code) : null,
      ),
      el("section", { class: "block" }, el("h3", {}, "Saving"), savingLine(f)),
      actions(app, f),
      more(app, f),
    ];
  }

  /* ---- nothing to show ---- */

  const MOST_LINES = 6;

  /* Where there is no advice, the lines that take most are what to look at. */
  function largestLines(app) {
    const rows = app.lines(),
      p = app.profile;
    const order = heapcoach.sites.order(p, rows, "tb", false).subarray(0, MOST_LINES);
    return el(
      "div",
      { class: "misses" },
      el("h3", {}, "Where memory goes"),
      Array.from(order, (r) =>
        el(
          "button",
          {
            type: "button",
            class: "line",
            onclick: () => app.set({ view: "sites", rows: "line", site: "l" + r, sq: "" }),
          },
          el(
            "span",
            { class: "holder-name" },
            name(rows.fn[r]),
            name(heapcoach.stack.placeText(p, rows.frame[r]), "place"),
          ),
          el(
            "span",
            {},
            el("b", {}, units.bytes(rows.columns.tb[r])),
            ` in ${units.plural(rows.columns.tbk[r], "block")}`,
          ),
          el("span", { class: "quiet" }, units.share(rows.columns.tb[r], p.totals.bytes)),
        ),
      ),
    );
  }

  function noFindings(app, all) {
    const report = app.report;
    if (!report)
      return [
        empty(
          "No advice for a file that was dropped here",
          "The rules are in the command: heapcoach view FILE makes this page with findings.",
        ),
        largestLines(app),
      ];
    if (model.filter(all, {}).length)
      return empty("No finding passes the filter", "Choose less to see more.");
    const misses = report.nearest_misses || [];
    return [
      el(
        "div",
        { class: "empty" },
        el("h2", {}, "Nothing here is worth changing"),
        el("p", {}, "No rule found a line whose change would be felt."),
        all.length
          ? el(
              "div",
              { class: "actions" },
              button(`Show ${all.length} of little weight`, () => app.set({ fsev: "all" }), {
                id: "show-all",
              }),
            )
          : null,
      ),
      misses.length
        ? el(
            "div",
            { class: "misses" },
            el("h3", {}, "What came nearest"),
            misses.map((m) =>
              el(
                "div",
                { class: "also" },
                el(
                  "div",
                  { class: "detail-marks" },
                  el("span", { class: "tag" }, m.rule),
                  name(m.location.function, "strong"),
                ),
                el("p", {}, prose(m.what)),
                el("p", { class: "quiet" }, prose(units.sentence(m.lacks))),
              ),
            ),
          )
        : null,
      largestLines(app),
    ];
  }

  heapcoach.finding = { severity, detail, noFindings };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
