/* view_table.js - a table of any number of rows, of which only those in sight are elements.
 *
 * Rows have one height, so that the row at a place is a division. The rows are a grid for assistive
 * technology: aria-rowcount says how many there are, aria-rowindex which one is meant.
 */
"use strict";
(function (heapcoach) {
  const { el, replace } = heapcoach.dom;
  const ROW = 28,
    SPARE = 6;

  /* options: columns [{id, title, note, width (css), number, fixed (not to sort by),
   * least (pixels), cell(row) -> Node or text}],
   * label, onsort(id), onopen(row), onselect(row). */
  function create(options) {
    const head = el("div", { class: "table-head", role: "row", "aria-rowindex": "1" });
    const spacer = el("div", { class: "table-spacer" });
    const body = el("div", { class: "table-body", role: "presentation" }, spacer);
    const root = el(
      "div",
      { class: "table", role: "grid", tabindex: "0", "aria-label": options.label },
      head,
      body,
    );
    const t = {
      root,
      head,
      spacer,
      body,
      rows: [],
      columns: [],
      selected: -1,
      sort: "",
      rising: false,
      pool: new Map(),
    };
    root.addEventListener("scroll", () => paint(t, options), { passive: true });
    new ResizeObserver(() => paint(t, options)).observe(root);
    root.addEventListener("keydown", (e) => onkey(t, options, e));
    return {
      root,
      show: (columns, rows, sort, rising, selected) =>
        show(t, options, columns, rows, sort, rising, selected),
      focus: () => root.focus(),
      reveal: (row) => reveal(t, t.rows.indexOf(row)),
    };
  }

  function headCell(t, options, column) {
    const sorted = t.sort === column.id;
    if (column.fixed)
      return el(
        "div",
        { role: "columnheader", class: "cell head-fixed", title: column.note },
        column.title,
      );
    return el(
      "div",
      {
        role: "columnheader",
        class: column.number ? "cell number" : "cell",
        title: column.note,
        "aria-sort": sorted ? (t.rising ? "ascending" : "descending") : "none",
      },
      el(
        "button",
        { type: "button", class: "head-button", onclick: () => options.onsort(column.id) },
        column.title,
        el("i", { class: "arrow", "aria-hidden": "true" }, sorted ? (t.rising ? "▲" : "▼") : ""),
      ),
    );
  }

  function show(t, options, columns, rows, sort, rising, selected) {
    const fresh = t.rows !== rows;
    Object.assign(t, { columns, rows, sort, rising, selected });
    t.root.style.setProperty("--columns", columns.map((c) => c.width).join(" "));
    t.root.style.setProperty("--table-width", columns.reduce((sum, c) => sum + c.least, 0) + "px");
    t.root.setAttribute("aria-rowcount", String(rows.length + 1));
    replace(
      t.head,
      columns.map((c) => headCell(t, options, c)),
    );
    t.spacer.style.height = `${rows.length * ROW}px`;
    for (const node of t.pool.values()) node.remove();
    t.pool.clear();
    if (fresh) t.root.scrollTop = 0;
    paint(t, options);
  }

  /* Draws the rows in sight, keeps those that were, drops those that are not. */
  function paint(t, options) {
    const from = Math.max(0, Math.floor(t.root.scrollTop / ROW) - SPARE);
    const to = Math.min(
      t.rows.length,
      Math.ceil((t.root.scrollTop + t.root.clientHeight) / ROW) + SPARE,
    );
    for (const [at, node] of t.pool)
      if (at < from || at >= to) {
        node.remove();
        t.pool.delete(at);
      }
    for (let at = from; at < to; at++)
      if (!t.pool.has(at)) {
        const node = rowOf(t, options, at);
        t.pool.set(at, node);
        t.body.appendChild(node);
      }
  }

  function rowOf(t, options, at) {
    const row = t.rows[at];
    return el(
      "div",
      {
        class: at % 2 ? "table-row odd" : "table-row",
        role: "row",
        id: `row-${at}`,
        "aria-rowindex": String(at + 2),
        "aria-selected": String(row === t.selected),
        style: { transform: `translateY(${at * ROW}px)` },
        onclick: () => options.onopen(row),
      },
      t.columns.map((c) =>
        el("div", { role: "gridcell", class: c.number ? "cell number" : "cell" }, c.cell(row)),
      ),
    );
  }

  function reveal(t, at) {
    if (at < 0) return;
    const top = at * ROW,
      height = t.root.clientHeight - ROW - t.head.offsetHeight;
    if (top < t.root.scrollTop) t.root.scrollTop = top;
    else if (top > t.root.scrollTop + height) t.root.scrollTop = top - height;
  }

  function onkey(t, options, e) {
    if (e.target !== t.root) return;
    const page = Math.max(1, Math.floor(t.root.clientHeight / ROW) - 2);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 }[
      e.key
    ];
    const at = t.rows.indexOf(t.selected);
    if (step && t.rows.length) {
      e.preventDefault();
      const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), t.rows.length - 1);
      select(t, next);
      options.onselect(t.rows[next]);
    } else if (e.key === "Enter" && at >= 0) {
      e.preventDefault();
      options.onopen(t.selected);
    }
  }

  function select(t, at) {
    t.selected = t.rows[at];
    reveal(t, at);
    t.root.setAttribute("aria-activedescendant", `row-${at}`);
    for (const [k, node] of t.pool) node.setAttribute("aria-selected", String(k === at));
  }

  heapcoach.table = { create };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
