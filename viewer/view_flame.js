/* view_flame.js - the flame graph, from main downwards (an icicle) or turned over: who calls what
 * allocates. Beside it, in text, the lines and functions below the zoom (view_flame_side.js). */
"use strict";
(function (heapcoach) {
  const { el, name, button, replace, segmented, select, searchBox } = heapcoach.dom;
  const { units, tree: model, profile: profiles, state: states } = heapcoach;
  const { GROUPS } = heapcoach.names;
  const MOST_CRUMBS = 5; /* of a longer path the first and the last ones */
  const KIND_WORDS = { unknown: "no name", user: "yours", dep: "a dependency", std: "std" };

  /* ---- trees and their sums, made once for each choice ---- */

  function treeOf(app, s) {
    const key = `tree ${s.way} ${s.group} ${s.std}`;
    if (!app.cache[key])
      app.cache[key] = model.build(app.profile, {
        folded: s.std === "folded",
        inverted: s.way === "up",
        group: s.group,
        lines: s.group === "crate" ? app.lines() : null,
      });
    return app.cache[key];
  }

  function valuesOf(app, s, tree, metric) {
    const key = `sums ${s.way} ${s.group} ${s.std} ${metric.id}`;
    return (
      app.cache[key] ||
      (app.cache[key] = model.sums(tree, app.profile.columns[metric.column], metric.unit))
    );
  }

  function metricOf(app) {
    const list = profiles.metrics(app.profile, true);
    return list.find((m) => m.id === app.state.metric) || list[0];
  }

  /* The path to the innermost of the user's frames on a point's way, for links from elsewhere. */
  function pathOfPoint(app, point) {
    const tree = treeOf(app, { way: "down", group: "", std: app.state.std });
    const path = model.pathTo(tree, model.nodeOfEntry(tree, point));
    let end = path.length;
    while (end > 1 && tree.names.kind[tree.name[path[end - 1]]] !== 1) end--;
    return states.joinPath(
      path.slice(0, end || path.length).map((n) => tree.names.text[tree.name[n]]),
    );
  }

  function textOf(tree, node) {
    return tree.names.text[tree.name[node]];
  }

  /* ---- the view ---- */

  function controls(app, metric) {
    const s = app.state,
      p = app.profile;
    const hasThreads = Boolean(p.own && Array.isArray(p.own.threads) && p.own.threads.length > 1);
    const groups = [
      ["", "Whole"],
      ["crate", "By crate", "By the crate of the line that allocates"],
    ];
    if (hasThreads)
      groups.push(["thread", "By thread", "By who allocated; what was live is shared out by that"]);
    const at = (patch) => app.set(Object.assign({ zoom: "" }, patch));
    return [
      select(
        "Metric",
        profiles.metrics(p, true).map((m) => [m.id, m.title]),
        metric.id,
        (v) => app.set({ metric: v }),
      ),
      segmented(
        "Direction",
        [
          ["down", "Top-down", "From main to what allocates"],
          ["up", "Callers of", "From what allocates to who called it"],
        ],
        s.way,
        (v) => at({ way: v }),
      ),
      segmented("Grouping", groups, s.group, (v) => at({ group: v })),
      el(
        "label",
        { class: "check", title: "Runs of frames of std, libc and the runtime as one frame" },
        el("input", {
          type: "checkbox",
          id: "fold-std",
          checked: s.std === "folded",
          onchange: (e) => at({ std: e.target.checked ? "folded" : "shown" }),
        }),
        "fold std",
      ),
    ];
  }

  function legend() {
    return el(
      "span",
      { class: "kinds", "aria-hidden": "true" },
      ["user", "dep", "std", "unknown"].map((g) =>
        el("span", { class: `kind-${g}` }, el("i", { class: "swatch" }), KIND_WORDS[g]),
      ),
    );
  }

  function breadcrumb(tree, path, onzoom) {
    const parts = [button("all", () => onzoom(0), { class: "crumb" })];
    const skipped = path.length - MOST_CRUMBS;
    path.forEach((node, i) => {
      if (skipped > 0 && i > 0 && i <= skipped) {
        if (i === 1)
          parts.push(el("span", { class: "crumb-gap", title: `${skipped} frames` }, "…"));
        return;
      }
      parts.push(
        el("span", { class: "crumb-gap", "aria-hidden": "true" }, "›"),
        button(
          name(heapcoach.flameCanvas.fit(units.visible(textOf(tree, node)), 36)),
          () => onzoom(node),
          {
            class: i === path.length - 1 ? "crumb here" : "crumb",
            title: units.visible(textOf(tree, node)),
          },
        ),
      );
    });
    return el("nav", { class: "crumbs", "aria-label": "Zoom" }, parts);
  }

  function tipFor(v, node, more) {
    const { tree, values, metric } = v,
      format = (n) => profiles.formatMetric(metric, n);
    if (more)
      return [
        el("b", {}, `${units.exact(more)} more, too narrow to draw`),
        el("div", {}, "Click their caller to zoom in."),
      ];
    const parent = tree.parent[node],
      group = GROUPS[tree.names.kind[tree.name[node]]];
    const self = model.selfValue(tree, values, node);
    return [
      el("div", { class: "tip-name" }, node ? name(textOf(tree, node)) : "All of the program"),
      node
        ? el(
            "div",
            { class: `tip-kind kind-${group}` },
            el("i", { class: "swatch" }),
            KIND_WORDS[group],
          )
        : null,
      el(
        "div",
        { class: "tip-value" },
        el("b", {}, format(values.at(node))),
        ` ${metric.title.toLowerCase()}`,
      ),
      el(
        "div",
        {},
        `${units.share(values.at(node), values.at(0)) || "0 %"} of all`,
        node && parent
          ? `, ${units.share(values.at(node), values.at(parent))} of its ${v.way === "up" ? "callee" : "caller"}`
          : "",
      ),
      self > 0 && self !== values.at(node)
        ? el("div", { class: "quiet" }, `${format(self)} ends here`)
        : null,
    ];
  }

  function create(app, root) {
    const bar = el("div", { class: "bar" }),
      crumbs = el("div", { class: "crumb-bar" });
    const found = el("span", { class: "bar-note found", role: "status" });
    const search = searchBox("Search frames", app.state.q, (q) => app.set({ q }), "Search frames");
    const list = el("div", { class: "functions" });
    const v = { tree: null, values: null, metric: null, top: 0, way: "down" };
    const zoomTo = (node) =>
      app.set({ zoom: states.joinPath(model.pathTo(v.tree, node).map((n) => textOf(v.tree, n))) });
    const canvas = heapcoach.flameCanvas.create({
      id: "flame",
      label: "Flame graph: arrows move, Enter zooms in, Escape zooms out",
      rootText: "all",
      fill: (node, theme) =>
        theme[node ? `--${GROUPS[v.tree.names.kind[v.tree.name[node]]]}-box` : "--sunken"],
      tip: (node, more) => tipFor(v, node, more),
      say: (node) =>
        `${node ? units.visible(textOf(v.tree, node)) : "all"}, ${profiles.formatMetric(v.metric, v.values.at(node))}, ${units.share(v.values.at(node), v.values.at(0))}`,
      onzoom: zoomTo,
      onout: () => (v.top ? zoomTo(v.tree.parent[v.top]) : app.state.q && app.set({ q: "" })),
    });
    root.append(
      bar,
      crumbs,
      el(
        "div",
        { class: "flame-split" },
        el("div", { class: "flame-box" }, canvas.root),
        el("aside", { class: "flame-side", "aria-label": "Lines and functions" }, list),
      ),
    );
    let barKey = "",
      listKey = "",
      timer = 0;

    function drawFunctions() {
      const key = JSON.stringify([
        app.state.way,
        app.state.group,
        app.state.std,
        v.metric.id,
        app.state.zoom,
      ]);
      if (key === listKey) return;
      listKey = key;
      clearTimeout(timer); /* the graph first: of a million nodes this takes a while */
      timer = setTimeout(() => replace(list, heapcoach.flameSide.content(app, v)), 30);
    }

    function drawSearch() {
      const { q } = app.state;
      if (search.value !== q) search.value = q;
      if (!q.trim()) {
        replace(found);
        return null;
      }
      const hits = model.matchNames(v.tree.names, q);
      const matched = model.matchedValue(v.tree, v.values, v.top, hits);
      replace(
        found,
        el("b", {}, units.share(matched, v.values.at(v.top)) || "0 %"),
        ` matches: ${profiles.formatMetric(v.metric, matched)}`,
      );
      return hits;
    }

    function update() {
      const s = app.state;
      v.metric = metricOf(app);
      v.way = s.way;
      v.tree = treeOf(app, s);
      v.values = valuesOf(app, s, v.tree, v.metric);
      v.top = model.findPath(v.tree, states.splitPath(s.zoom));
      const key = [s.metric, s.way, s.group, s.std].join(" ");
      if (key !== barKey) replace(bar, controls(app, v.metric), search, found);
      barKey = key;
      replace(
        crumbs,
        breadcrumb(v.tree, model.pathTo(v.tree, v.top), zoomTo),
        el("span", { class: "spring" }),
        legend(),
      );
      canvas.show({ tree: v.tree, values: v.values, top: v.top, hits: drawSearch() });
      root.classList.toggle("nothing", !(v.values.at(0) > 0));
      drawFunctions();
    }

    return { update, search: () => search.focus(), focus: () => canvas.focus() };
  }

  heapcoach.flame = { pathOfPoint, breadcrumb };
  heapcoach.views = heapcoach.views || {};
  heapcoach.views.flame = {
    title: "Flame graph",
    available: (app) => app.profile.count > 0,
    create,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
