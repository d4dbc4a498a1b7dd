/* view_sites_columns.js - the columns of the table of sites, and the menu to choose them. A part of
 * view_sites.js.
 */
"use strict";
(function (heapcoach) {
  const { el, name } = heapcoach.dom;
  const { units, sites: model } = heapcoach;
  const { GROUPS, GROUP_OF_KIND } = heapcoach.names;

  /* Numbers that can be shown; "most" ones are shown at first. */
  const COLUMNS = [
    {
      id: "tb",
      title: "Bytes",
      note: "Bytes allocated, each realloc counted with its whole new size",
      unit: "bytes",
      first: true,
    },
    {
      id: "tbk",
      title: "Blocks",
      note: "Blocks allocated, each realloc counted as one",
      unit: "count",
      first: true,
    },
    { id: "size", title: "Avg size", note: "Bytes per block", unit: "bytes" },
    {
      id: "short",
      title: "Short-lived",
      note: heapcoach.profile.shortLivedWords,
      unit: "count",
      first: true,
    },
    { id: "life", title: "Avg life", note: "Average lifetime of a block", unit: "time" },
    {
      id: "gb",
      title: "At peak",
      note: "Bytes live when the whole program had most",
      unit: "bytes",
      first: true,
    },
    {
      id: "gbk",
      title: "Blocks at peak",
      note: "Blocks live when the whole program had most",
      unit: "count",
    },
    { id: "eb", title: "At end", note: "Bytes live at the end", unit: "bytes", first: true },
    { id: "ebk", title: "Blocks at end", note: "Blocks live at the end", unit: "count" },
    {
      id: "mb",
      title: "Own max",
      note: "Most bytes that this stack alone had live at once",
      unit: "bytes",
      stackOnly: true,
    },
    {
      id: "mo",
      title: "Most blocks",
      note: "Most blocks live at once",
      unit: "count",
      stackOnly: true,
    },
    {
      id: "rl",
      title: "Reallocs",
      note: "Reallocs of blocks born here",
      unit: "count",
      first: true,
    },
    { id: "rm", title: "Moved", note: "Reallocs that moved the block", unit: "count" },
    { id: "bc", title: "Copied", note: "Bytes copied by moving reallocs", unit: "bytes" },
    { id: "births", title: "Births", note: "Blocks without their reallocs", unit: "count" },
    { id: "fe", title: "Freed elsewhere", note: "Blocks freed by another thread", unit: "count" },
    { id: "rb", title: "Read", note: "Bytes read", unit: "bytes" },
    { id: "wb", title: "Written", note: "Bytes written", unit: "bytes" },
    {
      id: "points",
      title: "Stacks",
      note: "Different stacks that end in this line",
      unit: "count",
    },
  ];

  function has(rows, column) {
    return rows.columns[column.id] && !(column.stackOnly && rows.of === "line");
  }

  function chosenColumns(app, rows) {
    const wanted = app.state.cols ? new Set(app.state.cols.split(".")) : null;
    return COLUMNS.filter(
      (c) => has(rows, c) && (wanted ? wanted.has(c.id) : c.first || c.id === app.state.sort),
    );
  }

  function lifeText(app, value) {
    const p = app.profile;
    return p.timeUnit === "µs"
      ? units.ns(value * 1000)
      : `${units.count(Math.round(value))} ${p.timeUnit}`;
  }

  function formatCell(app, column, value) {
    if (!value) return "0";
    return column.unit === "bytes"
      ? units.bytes(column.id === "size" ? Math.round(value) : value)
      : column.unit === "time"
        ? lifeText(app, value)
        : units.count(Math.round(value));
  }

  /* A bar in the sorted column says how the rows compare, where numbers alone take reading. */
  function numberCell(app, rows, column, largest) {
    const values = rows.columns[column.id],
      sorted = column.id === app.state.sort;
    return (r) => {
      const text = el(
        "span",
        { class: values[r] ? "value" : "value zero" },
        formatCell(app, column, values[r]),
      );
      return sorted && largest
        ? [
            el("i", { class: "cell-bar", style: { width: `${(100 * values[r]) / largest}%` } }),
            text,
          ]
        : text;
    };
  }

  function nameCell(app, rows) {
    const p = app.profile;
    return (r) => {
      const group = GROUPS[GROUP_OF_KIND[p.kind[rows.frame[r]]]];
      return el(
        "span",
        { class: `site-name kind-${group}`, title: units.visible(rows.fn[r]) },
        el("i", { class: "swatch" }),
        name(rows.fn[r]),
      );
    };
  }

  /* Pixels: of the title, with the mark of the order, or of a number. */
  function widthOf(column) {
    return Math.max(92, 7 * column.title.length + 30);
  }

  /* What of the chosen columns has room in so many pixels: the one that rows are sorted by first. */
  function fitting(app, chosen, room) {
    const kept = new Set();
    const sorted = chosen.filter((c) => c.id === app.state.sort);
    for (const c of [...sorted, ...chosen]) {
      if (kept.has(c)) continue;
      room -= widthOf(c);
      if (room < 0 && kept.size) break;
      kept.add(c);
    }
    return chosen.filter((c) => kept.has(c));
  }

  /* room: pixels there are, beside an open detail; 0: all columns, the table scrolls sideways. */
  function tableColumns(app, rows, room) {
    const p = app.profile;
    const columns = [
      {
        id: "fn",
        title: "Function",
        width: "minmax(220px, 3fr)",
        least: 220,
        cell: nameCell(app, rows),
      },
      {
        id: "place",
        title: "Line",
        width: "minmax(150px, 2fr)",
        least: 150,
        cell: (r) =>
          el(
            "span",
            {
              class: "cell-place",
              title: units.visible(heapcoach.stack.placeText(p, rows.frame[r])),
            },
            name(heapcoach.stack.shortPlace(p, rows.frame[r])),
          ),
      },
      {
        id: "crate",
        title: "Crate",
        width: "minmax(96px, 1fr)",
        least: 96,
        cell: (r) => name(p.crate[rows.frame[r]]),
      },
    ];
    if (rows.of === "stack")
      columns.splice(1, 0, {
        id: "callee",
        title: "Calls",
        fixed: true,
        width: "minmax(120px, 1.4fr)",
        least: 120,
        note: "What the line calls that allocates",
        cell: (r) => name(model.calleeOf(p, rows, r), "quiet"),
      });
    if (room) columns.splice(columns.length - 1, 1); /* the detail says the crate */
    const chosen = chosenColumns(app, rows);
    const left = room - columns.reduce((sum, c) => sum + c.least, 0);
    for (const c of room ? fitting(app, chosen, left) : chosen)
      columns.push({
        id: c.id,
        title: c.title,
        note: noteOf(app, c),
        number: true,
        width: `${widthOf(c)}px`,
        least: widthOf(c),
        cell: numberCell(app, rows, c, c.id === app.state.sort ? largestOf(rows.columns[c.id]) : 0),
      });
    return columns;
  }

  function largestOf(column) {
    let largest = 0;
    for (let i = 0; i < column.length; i++) if (column[i] > largest) largest = column[i];
    return largest;
  }

  function noteOf(app, column) {
    return typeof column.note === "function" ? column.note(app.profile) : column.note;
  }

  function columnMenu(app, rows) {
    const shown = new Set(chosenColumns(app, rows).map((c) => c.id));
    const pick = (id, on) => {
      on ? shown.add(id) : shown.delete(id);
      app.set({
        cols: COLUMNS.filter((c) => shown.has(c.id))
          .map((c) => c.id)
          .join("."),
      });
    };
    return el(
      "details",
      { class: "menu", id: "column-menu" },
      el("summary", { class: "button" }, "Columns"),
      el(
        "div",
        { class: "menu-body" },
        COLUMNS.filter((c) => has(rows, c)).map((c) =>
          el(
            "label",
            { class: "check", title: noteOf(app, c) },
            el("input", {
              type: "checkbox",
              checked: shown.has(c.id),
              onchange: (e) => pick(c.id, e.target.checked),
            }),
            c.title,
          ),
        ),
      ),
    );
  }

  heapcoach.sitesColumns = { tableColumns, columnMenu, lifeText };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
