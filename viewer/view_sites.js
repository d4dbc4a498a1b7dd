/* view_sites.js - every line, or every stack, that allocates: sortable, searchable; a row opens its
 * detail (view_site.js). */
"use strict";
(function (heapcoach) {
  const { el, replace, segmented, searchBox } = heapcoach.dom;
  const { units, sites: model } = heapcoach;
  const { tableColumns, columnMenu } = heapcoach.sitesColumns;
  const ROW_PADDING = 12; /* of both sides, as page.css has it */

  function create(app, root) {
    const bar = el("div", { class: "bar" }),
      count = el("span", { class: "bar-note", role: "status" });
    const search = searchBox(
      "Search sites",
      app.state.sq,
      (v) => app.set({ sq: v }),
      "Search, e.g. push crate:serde file:main",
    );
    const side = el("aside", { class: "side", "aria-label": "Site detail" });
    const rowsOf = () => (app.state.rows === "stack" ? app.stacks() : app.lines());
    const prefix = () => (app.state.rows === "stack" ? "s" : "l");
    let drawn = {},
      shownRows = [];

    const table = heapcoach.table.create({
      label: "Sites",
      onsort: (id) =>
        app.set(
          id === app.state.sort
            ? { rising: app.state.rising ? "" : "1" }
            : { sort: id, rising: "" },
        ),
      onopen: (r) => app.set({ site: prefix() + r }),
      onselect: (r) =>
        side.classList.contains("open") ? app.set({ site: prefix() + r }) : (drawn.selected = r),
    });
    root.append(bar, el("div", { class: "split-right" }, table.root, side));

    function drawBar(rows) {
      const menuOpen = bar.querySelector("#column-menu[open]");
      const menu = columnMenu(app, rows);
      menu.open = Boolean(menuOpen);
      replace(
        bar,
        segmented(
          "Rows",
          [
            ["line", "Lines", "One row per line of source"],
            ["stack", "Stacks", "One row per call stack"],
          ],
          app.state.rows,
          (v) => app.set({ rows: v, site: "" }),
        ),
        search,
        count,
        el("span", { class: "spring" }),
        menu,
      );
    }

    function update() {
      const s = app.state,
        rows = rowsOf();
      if (!rows.columns[s.sort] && !["fn", "place", "crate"].includes(s.sort)) s.sort = "tb";
      const orderKey = `${s.rows} ${s.sort} ${s.rising}`,
        rowKey = `${orderKey} ${s.sq}`;
      if (drawn.orderKey !== orderKey)
        drawn.order = model.order(app.profile, rows, s.sort, Boolean(s.rising));
      if (drawn.rowKey !== rowKey) shownRows = model.filter(app.profile, rows, drawn.order, s.sq);
      const barKey = `${s.rows} ${s.cols} ${s.sort}`;
      if (drawn.barKey !== barKey) drawBar(rows);
      const selected = s.site[0] === prefix() ? Number(s.site.slice(1)) : -1;
      const open = selected >= 0 && selected < rows.count;
      side.classList.toggle("open", open);
      const room = open ? table.root.clientWidth - ROW_PADDING : 0;
      const tableKey = `${rowKey} ${s.cols} ${selected} ${room}`;
      if (drawn.tableKey !== tableKey)
        table.show(tableColumns(app, rows, room), shownRows, s.sort, Boolean(s.rising), selected);
      replace(
        count,
        `${units.exact(shownRows.length)} of ${units.exact(rows.count)} ${s.rows === "stack" ? "stacks" : "lines"}`,
      );
      drawSide(rows, selected, open);
      Object.assign(drawn, { orderKey, rowKey, barKey, tableKey });
    }

    function drawSide(rows, selected, open) {
      if (!open) {
        drawn.sideKey = "";
        side.textContent = "";
        return;
      }
      const key = `${app.state.rows} ${selected} ${app.state.stack}`;
      if (drawn.sideKey !== key) {
        heapcoach.site.draw(app, side, rows, selected, () => {
          app.set({ site: "" });
          table.focus();
        });
        side.scrollTop = 0;
        table.reveal(selected);
      }
      drawn.sideKey = key;
    }

    new ResizeObserver(() => root.hidden || !app.state.site || update()).observe(root);
    /* The menu of columns goes as menus do. */
    document.addEventListener("pointerdown", (e) => {
      const menu = bar.querySelector("#column-menu[open]");
      if (menu && !menu.contains(e.target)) menu.open = false;
    });
    bar.addEventListener("keydown", (e) => {
      const menu = bar.querySelector("#column-menu[open]");
      if (e.key !== "Escape" || !menu) return;
      menu.open = false;
      menu.firstChild.focus();
      e.stopPropagation();
    });
    root.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && app.state.site && e.target !== search) {
        app.set({ site: "" });
        table.focus();
      }
    });
    return { update, search: () => search.focus(), focus: () => table.focus() };
  }

  heapcoach.views = heapcoach.views || {};
  heapcoach.views.sites = { title: "Sites", available: () => true, create };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
