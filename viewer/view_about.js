/* view_about.js - what to know about the recording before believing it, and what it was made of. */
"use strict";
(function (heapcoach) {
  const { el, name } = heapcoach.dom;
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

  /* ---- how far the numbers can be trusted: [mark, text] ---- */

  function missed(r) {
    const [early, reentrant, room] = [
      r.events_missed_early,
      r.events_missed_reentrant,
      r.events_missed_no_room,
    ].map((n) => Number(n) || 0);
    const out = [];
    if (early + reentrant + room)
      out.push([
        "!",
        `Not counted: ${units.exact(early)} calls before the recorder stood, ${units.exact(reentrant)} inside of it, ${units.exact(room)} for want of room.`,
      ]);
    else
      out.push([
        "✓",
        `Nothing was missed: every allocation is counted, up to the program's ${r.sealed ? "exit" : "last instruction"}.`,
      ]);
    if (!r.sealed) out.push(["·", "The program ended without exit (killed, aborted, _exit)."]);
    if (r.truncated || r.repaired)
      out.push([
        "!",
        `The recording was damaged: ${r.truncated ? "its end is missing" : "it is whole"}, and ${units.exact(r.repaired || 0)} of its parts made no sense and were passed over.`,
      ]);
    if (r.out_of_room) out.push(["!", `The recording could not grow: ${r.out_of_room}.`]);
    return out;
  }

  function walked(r) {
    const s = r.stacks || {},
      w = r.walks || {};
    const out =
      s.cut_by_depth || s.lost || s.unrecorded
        ? [
            [
              "!",
              `Stacks: ${units.exact(s.cut_by_depth || 0)} blocks cut at ${r.depth_limit} frames, ${units.exact(s.lost || 0)} with outer frames unknown, ${units.exact(s.unrecorded || 0)} without any.`,
            ],
          ]
        : [["✓", "All stacks are whole."]];
    if (w.checked)
      out.push([
        w.differences ? "!" : "✓",
        `${units.exact(w.checked)} walks were compared with libunwind's: ${units.exact(w.differences)} differ.`,
      ]);
    return out;
  }

  function honesty(app) {
    const p = app.profile,
      own = p.own;
    if (!own)
      return [
        [
          "·",
          `Made by another profiler (mode ${p.mode || "unknown"}): it does not tell reallocs, copied bytes and lifetimes of single blocks, and whose code a frame is was guessed from its name.`,
        ],
      ];
    const r = own.recorder || {},
      totals = own.totals || {},
      out = [...missed(r), ...walked(r)];
    if (r.frees_unknown || r.blocks_overwritten)
      out.push([
        "·",
        `${units.exact(r.frees_unknown || 0)} frees were of blocks that were not seen allocated; ${units.exact(r.blocks_overwritten || 0)} blocks were not seen freed before their address was given out again.`,
      ]);
    if (totals.peak_error_bytes)
      out.push([
        "·",
        `With threads, the sites' shares of the peak may be off by ${units.bytes(totals.peak_error_bytes)}.`,
      ]);
    if (own.program && own.program.lines === false)
      out.push([
        "!",
        'The program has no line numbers. Add debug = "line-tables-only" under [profile.release] in Cargo.toml, which costs no speed, and build again.',
      ]);
    if (own.program && own.program.opt_level_0)
      out.push([
        "!",
        "Built without optimisation: profile a release build, these figures mislead.",
      ]);
    for (const m of own.modules || []) if (m && m.note) out.push(["!", `${m.path}: ${m.note}`]);
    return out;
  }

  function trust(app) {
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, "How far to trust it"),
      el(
        "ul",
        { class: "marks", id: "honesty" },
        honesty(app).map(([mark, text]) =>
          el(
            "li",
            { class: mark === "!" ? "warn" : mark === "✓" ? "fine" : "" },
            el("i", { "aria-hidden": "true" }, mark),
            el("span", {}, units.visible(text)),
          ),
        ),
      ),
    );
  }

  /* ---- the program and its recording ---- */

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
          t.reallocs === undefined
            ? ""
            : `${count(t.reallocs)}, of which ${count(t.reallocs_moved)} moved`,
        ],
        ["Copied by reallocs", bytes(t.bytes_copied)],
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
            ["Crate", "Time", "Bytes", "", "Blocks", "In and below"].map((h, i) =>
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
          el("p", {}, `${units.sentence(a.sentence)}.`),
          el("p", { class: "quiet" }, units.visible(a.figures)),
          a.advice && el("p", {}, units.visible(a.advice)),
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

  function create(app, root) {
    let drawn = false;
    return {
      update() {
        if (!drawn)
          root.append(
            el(
              "div",
              { class: "page" },
              el(
                "div",
                { class: "panels" },
                el(
                  "div",
                  { class: "panel-column" },
                  trust(app),
                  program(app),
                  allocator(app),
                  modules(app),
                ),
                el(
                  "div",
                  { class: "panel-column" },
                  totals(app),
                  crates(app),
                  heapcoach.words.words(),
                  heapcoach.words.keys(),
                ),
              ),
            ),
          );
        drawn = true;
      },
    };
  }

  heapcoach.views = heapcoach.views || {};
  heapcoach.views.about = { title: "About", available: () => true, create };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
