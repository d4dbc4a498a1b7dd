/* view_compare_tree.js - the differential flame graph: both profiles' trees in one, red where more is
 * allocated than before, blue where less. A part of view_compare.js; also what the parts share. */
"use strict";
(function (heapcoach) {
  const { el, name, replace } = heapcoach.dom;
  const { units, tree: trees, diff: model, profile: profiles, state: states } = heapcoach;

  function format(metric, n) {
    return profiles.formatMetric(metric, n);
  }

  function commonMetrics(app) {
    const old = app.old();
    return profiles.metrics(app.profile, true).filter((m) => profiles.hasMetric(old, m));
  }

  function metricOf(app) {
    const list = commonMetrics(app);
    return list.find((m) => m.id === app.state.cmetric) || list[0];
  }

  function relative(oldValue, newValue) {
    if (oldValue === newValue) return "no change";
    if (!oldValue) return "new";
    if (!newValue) return "gone";
    if (newValue >= 10 * oldValue) return `×${Math.round(newValue / oldValue)}`;
    const share = (newValue - oldValue) / oldValue;
    return share > 0
      ? `+${units.percent(share)}`
      : share > -0.9995
        ? `-${units.percent(-share)}`
        : "-99.9 %";
  }

  function sense(change) {
    return change > 0 ? "more" : change < 0 ? "less" : "";
  }

  function pairOf(app) {
    const key = `pair ${app.state.cway}`,
      { cache } = app;
    if (!cache.pairStacks) cache.pairStacks = heapcoach.stackNames.ofPair(app.old(), app.profile);
    if (!cache[key]) cache[key] = trees.buildPair(cache.pairStacks, app.state.cway === "up");
    return cache[key];
  }

  function sumsOf(app, pair, metric) {
    const key = `pair sums ${app.state.cway} ${metric.id}`;
    return (
      app.cache[key] ||
      (app.cache[key] = model.sums(
        pair,
        app.old().columns[metric.column],
        app.profile.columns[metric.column],
      ))
    );
  }

  function rgb(hex) {
    const n = parseInt(hex.slice(1), 16);
    return [n >> 16, (n >> 8) & 255, n & 255];
  }

  /* From the ground to the colour of more or less; small changes are seen, too. */
  function blend(from, to, amount) {
    const a = rgb(from),
      b = rgb(to);
    return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * amount)).join(" ")})`;
  }

  function createTree(app) {
    const v = { pair: null, sums: null, metric: null, top: 0 };
    const crumbs = el("div", { class: "crumb-bar" }),
      found = el("span", { class: "bar-note found" });
    const text = (node) => v.pair.names.text[v.pair.name[node]];
    const zoomTo = (node) =>
      app.set({ czoom: states.joinPath(trees.pathTo(v.pair, node).map(text)) });
    const canvas = heapcoach.flameCanvas.create({
      id: "compare",
      label: "Differential flame graph: red allocates more than before, blue less",
      rootText: "all",
      fill: (node) => {
        const css = (variable) => heapcoach.chart.css(canvas.root, variable);
        v.colors = v.colors || {
          none: css("--std-box"),
          more: css("--more-box"),
          less: css("--less-box"),
        };
        const t = model.tint(v.sums.oldSums.at(node), v.sums.newSums.at(node));
        return t === 0
          ? v.colors.none
          : blend(
              v.colors.none,
              t > 0 ? v.colors.more : v.colors.less,
              0.25 + 0.75 * Math.sqrt(Math.abs(t)),
            );
      },
      tip: (node, more) => tip(v, node, more, text),
      say: (node) =>
        `${node ? units.visible(text(node)) : "all"}, was ${format(v.metric, v.sums.oldSums.at(node))}, is ${format(v.metric, v.sums.newSums.at(node))}`,
      onzoom: zoomTo,
      onout: () => v.top && zoomTo(v.pair.parent[v.top]),
    });
    document.addEventListener("heapcoach-theme", () => {
      v.colors = null;
    });
    const root = el(
      "div",
      { class: "compare-tree" },
      crumbs,
      el("div", { class: "flame-box" }, canvas.root),
    );
    function update() {
      v.metric = metricOf(app);
      v.pair = pairOf(app);
      v.sums = sumsOf(app, v.pair, v.metric);
      const widths = { both: v.sums.both, old: v.sums.oldSums, new: v.sums.newSums };
      v.top = trees.findPath(v.pair, states.splitPath(app.state.czoom));
      const values = widths[app.state.cwidth] || widths.both;
      const hits = app.state.cq.trim() ? trees.matchNames(v.pair.names, app.state.cq) : null;
      replace(
        found,
        hits && el("b", {}, matchedShare(v.pair, values, v.top, hits)),
        hits && " matches",
      );
      replace(
        crumbs,
        heapcoach.flame.breadcrumb(v.pair, trees.pathTo(v.pair, v.top), zoomTo),
        found,
        el("span", { class: "spring" }),
        key(),
      );
      canvas.show({
        tree: v.pair,
        values,
        top: v.top,
        hits,
      });
    }
    return { root, update, focus: () => canvas.focus() };
  }

  function matchedShare(tree, values, top, hits) {
    return units.share(trees.matchedValue(tree, values, top, hits), values.at(top)) || "0 %";
  }

  function key() {
    return el(
      "span",
      { class: "kinds" },
      el("span", {}, el("i", { class: "swatch less" }), "less than before"),
      el("span", {}, el("i", { class: "swatch same" }), "the same"),
      el("span", {}, el("i", { class: "swatch more" }), "more"),
    );
  }

  function tip(v, node, more, text) {
    if (more) return [el("b", {}, `${units.exact(more)} more, too narrow to draw`)];
    const a = v.sums.oldSums.at(node),
      b = v.sums.newSums.at(node);
    return [
      el("div", { class: "tip-name" }, node ? name(text(node)) : "All of the program"),
      el(
        "div",
        { class: "tip-value" },
        `${format(v.metric, a)} → `,
        el("b", {}, format(v.metric, b)),
        ` ${v.metric.title.toLowerCase()}`,
      ),
      el(
        "div",
        { class: `total-change ${sense(b - a)}` },
        b === a
          ? "no change"
          : `${units.change(b - a, (n) => format(v.metric, n))}, ${relative(a, b)}`,
      ),
    ];
  }

  heapcoach.compare = { createTree, format, commonMetrics, metricOf, relative, sense };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
