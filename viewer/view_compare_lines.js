/* view_compare_lines.js - the lines that changed, as the analyzer matched them. A part of view_compare.js. */
"use strict";
(function (heapcoach) {
  const { el, name, replace, empty } = heapcoach.dom;
  const { units, diff: model } = heapcoach;
  const { format, metricOf, relative, sense } = heapcoach.compare;

  /* From the folder that the program ran in, which may be another for the older profile. */
  function place(side, base) {
    return side && side.file
      ? heapcoach.names.shortPath(side.file, base) + (side.line ? `:${side.line}` : "")
      : "";
  }

  function lineCell(app, row) {
    const now = place(row.new, app.base),
      was = place(row.old, app.old().base);
    return [
      name(now || was),
      row.new && row.old && now !== was
        ? el("span", { class: "quiet" }, ` was :${row.old.line}`)
        : null,
    ];
  }

  /* The detail of a line; of one that is gone there is none. */
  function open(app, row) {
    const p = app.profile,
      { frame } = app.lines();
    const line = row.new
      ? frame.findIndex((f) => p.line[f] === row.new.line && p.file[f] === row.new.file)
      : -1;
    if (line >= 0) app.set({ view: "sites", rows: "line", site: `l${line}`, sq: "", stack: "" });
    else heapcoach.dom.toast("This line does not allocate any more");
  }

  function createLines(app) {
    let order = { key: "change", rising: false },
      drawn = "";
    const table = heapcoach.table.create({
      label: "Changed lines",
      onopen: (row) => open(app, row),
      onselect: () => {},
      onsort: (id) => {
        order = { key: id, rising: order.key === id ? !order.rising : false };
        update();
      },
    });
    function columns(metric, largest) {
      const of = (row) => model.change(row, metric.id);
      const figure = (id, title, cell) => ({
        id,
        title,
        number: true,
        width: "120px",
        least: 120,
        cell,
      });
      return [
        {
          id: "fn",
          title: "Function",
          width: "minmax(240px, 3fr)",
          least: 240,
          cell: (row) => [
            name(model.nameOf(row) || "(the rest)"),
            " ",
            model.MATCH_WORDS[row.match]
              ? el("span", { class: "tag" }, model.MATCH_WORDS[row.match])
              : null,
          ],
        },
        {
          id: "place",
          title: "Line",
          width: "minmax(220px, 3fr)",
          least: 220,
          cell: (row) => el("span", { class: "cell-place" }, lineCell(app, row)),
        },
        figure("old", "Before", (row) => format(metric, of(row).old)),
        figure("new", "Now", (row) => format(metric, of(row).new)),
        figure("change", "Change", (row) => [
          el("i", {
            class: `cell-bar ${sense(of(row).change)}`,
            style: { width: `${(100 * Math.abs(of(row).change)) / largest}%` },
          }),
          el(
            "span",
            { class: `value total-change ${sense(of(row).change)}` },
            units.change(of(row).change, (n) => format(metric, n)),
          ),
        ]),
        figure("relative", "Relative", (row) =>
          el("span", { class: "quiet" }, relative(of(row).old, of(row).new)),
        ),
      ];
    }
    function update() {
      const metric = metricOf(app),
        key = `${metric.id} ${order.key} ${order.rising}`;
      if (key === drawn) return;
      drawn = key;
      const rows = model.changed(
        app.diff,
        metric.id,
        order.key === "place" || order.key === "relative" ? "change" : order.key,
        order.rising,
      );
      const largest = Math.max(
        1,
        ...rows.map((row) => Math.abs(model.change(row, metric.id).change)),
      );
      replace(
        root,
        rows.length ? table.root : empty("No line changed", `by ${metric.title.toLowerCase()}.`),
      );
      table.show(columns(metric, largest), rows, order.key, order.rising, -1);
    }
    const root = el("div", { class: "split-right" });
    return { root, update, focus: () => table.focus() };
  }

  Object.assign(heapcoach.compare, { createLines, place });
})((globalThis.heapcoach = globalThis.heapcoach || {}));
