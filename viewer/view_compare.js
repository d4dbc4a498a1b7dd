/* view_compare.js - this profile against an older one: what changed in all, and the parts that say
 * where: view_compare_tree.js, _lines.js, _findings.js. */
"use strict";
(function (heapcoach) {
  const { el, name, replace, segmented, select, searchBox, empty } = heapcoach.dom;
  const { units, diff: model } = heapcoach;
  const { format, commonMetrics, metricOf, relative, sense } = heapcoach.compare;

  /* ---- the whole ---- */

  function short(metric, n) {
    return metric.unit === "count" ? units.countShort(n) : format(metric, n);
  }

  function totals(app, onpick) {
    const old = app.old().totals,
      now = app.profile.totals,
      chosen = metricOf(app);
    return el(
      "div",
      { class: "totals", role: "radiogroup", "aria-label": "Metric" },
      commonMetrics(app).map((m) => {
        const stated = model.total(app.diff, m.id),
          a = stated ? stated.old : old[m.id],
          b = stated ? stated.new : now[m.id];
        return el(
          "button",
          {
            type: "button",
            role: "radio",
            "aria-checked": String(m === chosen),
            class: "total",
            onclick: () => onpick(m.id),
            title: `${m.title}: ${units.exact(a)} → ${units.exact(b)}`,
          },
          el("span", { class: "total-name" }, m.short),
          el("span", { class: "total-now" }, [
            el("b", {}, short(m, b)),
            b === a ? null : el("span", { class: `total-change ${sense(b - a)}` }, relative(a, b)),
          ]),
          el("span", { class: "total-change" }, b === a ? "no change" : `was ${short(m, a)}`),
        );
      }),
    );
  }

  function warnings(app) {
    const list = (app.diff && app.diff.warnings) || [];
    return list.length
      ? el(
          "div",
          { class: "warnings" },
          list.map((w) => el("p", {}, heapcoach.dom.prose(w))),
        )
      : null;
  }

  /* ---- the view ---- */

  const PARTS = {
    flame: heapcoach.compare.createTree,
    lines: heapcoach.compare.createLines,
    findings: heapcoach.compare.createFindings,
  };

  function partsToChoose(app) {
    const count = (list) => (list || []).length;
    const all = (app.diff && app.diff.findings) || {};
    const told = count(all.fixed) + count(all.new) + count(all.better) + count(all.worse);
    return app.diff
      ? [
          ["flame", "Flame graph"],
          ["lines", `Changed lines ${count(app.diff.sites) || ""}`],
          ["findings", `Findings ${told || ""}`],
        ]
      : [["flame", "Flame graph"]];
  }

  function create(app, root) {
    try {
      app.old();
    } catch (e) {
      root.append(empty("The older profile cannot be shown", units.visible(e.message)));
      return { update: () => {}, focus: () => {} };
    }
    const head = el("div"),
      bar = el("div", { class: "bar" }),
      body = el("div", { class: "part" }),
      made = {};
    const search = searchBox("Search frames", app.state.cq, (v) => app.set({ cq: v }));
    root.append(head, bar, body);
    let headKey = "",
      barKey = "";
    function current() {
      const part =
        PARTS[app.state.cpart] && (app.diff || app.state.cpart === "flame")
          ? app.state.cpart
          : "flame";
      if (!made[part]) {
        made[part] = PARTS[part](app);
        body.appendChild(made[part].root);
      }
      for (const [id, p] of Object.entries(made)) p.root.hidden = id !== part;
      return part;
    }
    function update() {
      const s = app.state,
        part = current();
      if (headKey !== s.cmetric)
        replace(
          head,
          warnings(app),
          totals(app, (id) => app.set({ cmetric: id })),
        );
      headKey = s.cmetric;
      const now = [part, s.cway, s.cwidth].join(" ");
      if (barKey !== now)
        replace(
          bar,
          segmented("Part", partsToChoose(app), part, (v) => app.set({ cpart: v })),
          part === "flame"
            ? [
                segmented(
                  "Direction",
                  [
                    ["down", "Top-down"],
                    ["up", "Callers of"],
                  ],
                  s.cway,
                  (v) => app.set({ cway: v, czoom: "" }),
                ),
                select(
                  "Width",
                  [
                    ["both", "before and now"],
                    ["old", "before"],
                    ["new", "now"],
                  ],
                  s.cwidth,
                  (v) => app.set({ cwidth: v }),
                ),
                search,
              ]
            : null,
          el("span", { class: "spring" }),
          el(
            "span",
            { class: "bar-note" },
            "against ",
            name(app.about.old || "the older profile", "strong"),
          ),
        );
      barKey = now;
      made[part].update();
    }
    return {
      update,
      search: () => (search.isConnected ? search.focus() : null),
      focus: () => made[current()].focus(),
    };
  }

  heapcoach.views = heapcoach.views || {};
  heapcoach.views.compare = {
    title: "Compare",
    available: (app) => Boolean(app.oldText || app.oldProfile),
    create,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
