/* view_program.js - the program, its run in figures, crates, allocator, modules. A part of
 * view_about.js.
 */
"use strict";
(function (heapcoach) {
  const { el, name, prose } = heapcoach.dom;
  const { units } = heapcoach;

  function pairs(rows) {
    return el(
      "table",
      { class: "pairs" },
      el(
        "tbody",
        {},
        rows
          .filter((r) => r && r[1] !== "" && r[1] !== null && r[1] !== undefined)
          .map(([key, value]) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, key),
              el("td", {}, value instanceof Node ? value : name(value)),
            ),
          ),
      ),
    );
  }

  function program(app) {
    const p = app.profile,
      g = (p.own && p.own.program) || {};
    const started = g.start_unix_ns
      ? new Date(g.start_unix_ns / 1e6).toISOString().replace("T", " ").slice(0, 19) + " UTC"
      : "";
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, "The program"),
      pairs([
        ["Command", p.command],
        ["Executable", g.exe],
        ["Folder", g.cwd],
        ["Process", String(g.pid || p.pid || "")],
        ["Started", started],
        [
          "Ran for",
          g.duration_ns
            ? units.ns(g.duration_ns)
            : p.endTime
              ? `${units.count(p.endTime)} ${p.timeUnit}`
              : "",
        ],
        [
          "CPU time",
          g.cpu_ns
            ? `${units.ns(g.cpu_ns)}${g.recorder_ns ? `, of it about ${units.ns(g.recorder_ns)} the recorder's own` : ""}`
            : "",
        ],
        ["rustc", g.rustc],
        ["Build-id", g.build_id],
        ["File", app.about.file || p.name],
        [
          "Recorded by",
          p.own ? `heapcoach ${p.own.version || ""}` : `another profiler, mode ${p.mode}`,
        ],
      ]),
    );
  }

  function totals(app) {
    const p = app.profile,
      t = (p.own && p.own.totals) || {},
      sampled = p.own && p.own.sampling,
      s = p.totals;
    const bytes = (n) => (n === undefined ? "" : `${units.exact(n)} bytes`);
    const count = (n) => (n === undefined ? "" : units.exact(n));
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, "The run in figures"),
      pairs([
        ["Allocated", `${bytes(s.bytes)} in ${count(s.blocks)} blocks`],
        [
          "At the peak",
          s.peak_bytes === undefined
            ? ""
            : `${bytes(t.peak_bytes === undefined ? s.peak_bytes : t.peak_bytes)} in ${count(s.peak_blocks)} blocks`,
        ],
        [
          "At the end",
          s.end_bytes === undefined
            ? ""
            : `${bytes(s.end_bytes)} in ${units.plural(s.end_blocks, "block")}`,
        ],
        ["Freed", count(t.frees)],
        [
          "Reallocs",
          t.reallocs === undefined || sampled
            ? ""
            : `${count(t.reallocs)}, of which ${count(t.reallocs_moved)} moved`,
        ],
        ["Copied by reallocs", sampled ? "" : bytes(t.bytes_copied)],
        ["Short-lived", s.short_lived === undefined ? "" : `${count(s.short_lived)} blocks`],
        ["Stacks", count(p.count)],
        ["Lines", count(app.lines().count)],
      ]),
    );
  }

  function crates(app) {
    const list = ((app.report && app.report.crates) || []).filter((c) => c.blocks);
    if (!list.length) return null;
    const total = app.profile.totals.bytes;
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, "Which crates allocate"),
      el(
        "table",
        { class: "grid" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["Crate", "Time", "Bytes", "Share", "Blocks", "In and below"].map((h, i) =>
              el("th", { scope: "col", class: i ? "number" : "" }, h),
            ),
          ),
        ),
        el(
          "tbody",
          {},
          list.slice(0, 20).map((c) =>
            el(
              "tr",
              {},
              el(
                "td",
                {},
                el(
                  "span",
                  {
                    class: `site-name kind-${heapcoach.names.GROUPS[heapcoach.names.GROUP_OF_KIND[heapcoach.names.KIND[c.owner] || 0]]}`,
                  },
                  el("i", { class: "swatch" }),
                  name(c.name || "unknown"),
                ),
              ),
              el("td", { class: "number" }, c.ns ? units.ns(c.ns) : ""),
              el("td", { class: "number" }, units.bytes(c.bytes)),
              el("td", { class: "number quiet" }, units.share(c.bytes, total)),
              el("td", { class: "number" }, units.count(c.blocks)),
              el("td", { class: "number" }, units.bytes(c.under_bytes)),
            ),
          ),
        ),
      ),
    );
  }

  function allocator(app) {
    const a = app.report && app.report.allocator;
    return a
      ? el(
          "section",
          { class: "panel" },
          el("h2", {}, "The allocator"),
          el("p", {}, prose(`${units.sentence(a.sentence)}.`)),
          el("p", { class: "quiet" }, units.visible(a.figures)),
          a.advice && el("p", {}, prose(a.advice)),
        )
      : null;
  }

  function modules(app) {
    const list = ((app.profile.own && app.profile.own.modules) || []).filter((m) => m && m.path);
    return list.length
      ? el(
          "section",
          { class: "panel" },
          el("h2", {}, "Modules"),
          el(
            "table",
            { class: "grid" },
            el(
              "thead",
              {},
              el(
                "tr",
                {},
                el("th", { scope: "col" }, "File"),
                el("th", { scope: "col" }, "Build-id"),
                el("th", { scope: "col" }, "Has"),
              ),
            ),
            el(
              "tbody",
              {},
              list.map((m) =>
                el(
                  "tr",
                  {},
                  el("td", {}, name(m.path)),
                  el("td", { class: "mono quiet" }, name(m.build_id || "")),
                  el(
                    "td",
                    {},
                    [m.symbols && "names", m.lines && "lines"].filter(Boolean).join(", ") ||
                      "neither",
                  ),
                ),
              ),
            ),
          ),
        )
      : null;
  }

  heapcoach.program = { program, totals, crates, allocator, modules };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
