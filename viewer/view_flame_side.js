/* view_flame_side.js - beside the flame graph: the lines and functions below the zoom, largest first.
 * The same as the graph, in text; lines lead to their detail. A part of view_flame.js.
 */
"use strict";
(function (heapcoach) {
  const { el, name } = heapcoach.dom;
  const { units, tree: model, profile: profiles } = heapcoach;
  const { GROUPS, GROUP_OF_KIND } = heapcoach.names;
  const MOST_LINES = 6,
    MOST_FUNCTIONS = 50;

  /* One row: a name, under it the figure and more, a bar. */
  function row(options) {
    const { group, text, place, title, figure, share, onclick } = options;
    return el(
      "button",
      { type: "button", class: `function kind-${group}`, title, onclick },
      el("span", { class: "function-name" }, el("i", { class: "swatch" }), name(text)),
      place && el("span", { class: "function-place" }, name(place)),
      el(
        "span",
        { class: "function-figure" },
        el("b", {}, figure),
        ` ${units.percent(share) || "0 %"}`,
      ),
      el("i", { class: "function-bar", style: { "--share": String(share) } }),
    );
  }

  function lineRows(app, v) {
    const p = app.profile,
      lines = app.lines(),
      whole = v.values.at(v.top);
    const list = model.linesUnder(v.tree, v.values, v.top, lines, MOST_LINES);
    return list.map(({ line, sum }) => {
      const frame = lines.frame[line];
      return row({
        group: GROUPS[GROUP_OF_KIND[p.kind[frame]]],
        text: lines.fn[line],
        place: heapcoach.stack.shortPlace(p, frame),
        title: `${units.visible(heapcoach.stack.placeText(p, frame))}\nClick for its detail.`,
        figure: profiles.formatMetric(v.metric, Math.round(sum)),
        share: sum / whole,
        onclick: () =>
          app.set({ view: "sites", rows: "line", site: `l${line}`, sq: "", stack: "" }),
      });
    });
  }

  function functionRows(app, v) {
    const { tree, values, metric } = v;
    return model.functionsUnder(tree, values, v.top, MOST_FUNCTIONS).map(({ id, sum, self }) => {
      const text = tree.names.text[id],
        ends = profiles.formatMetric(metric, self);
      return row({
        group: GROUPS[tree.names.kind[id]],
        text,
        title: `${units.visible(text)}\n${ends} end in it. Click to search for it.`,
        figure: profiles.formatMetric(metric, sum),
        share: sum / values.at(v.top),
        onclick: () => app.set({ q: text }),
      });
    });
  }

  function heading(text, v) {
    return el("h3", {}, text, el("small", {}, ` ${v.metric.short.toLowerCase()}`));
  }

  /* v: {tree, values, metric, top} of the graph. */
  function content(app, v) {
    if (!(v.values.at(v.top) > 0))
      return el("p", { class: "flame-none" }, `None of the program's blocks count here.`);
    return [
      heading(v.top ? "Lines below" : "Lines", v),
      lineRows(app, v),
      heading(v.top ? "Functions in and below" : "Functions", v),
      functionRows(app, v),
    ];
  }

  heapcoach.flameSide = { content };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
