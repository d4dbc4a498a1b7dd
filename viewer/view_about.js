/* view_about.js - what to know about the recording before believing it, and what it was made of. */
"use strict";
(function (heapcoach) {
  const { el } = heapcoach.dom;
  const { units } = heapcoach;

  const { program, totals, crates, allocator, modules } = heapcoach.program;

  /* ---- how far the numbers can be trusted: [mark, text] ---- */

  /* In a sample a realloc counts as a free and an allocation. */
  function estimated(s) {
    return [
      "!",
      `All figures are estimates, from ${units.exact(s.sampled)} blocks: one in ${units.bytes(s.bytes)} allocated, on average. Standard errors: ${units.bytes(s.bytes_error)} of all bytes, ${units.exact(s.blocks_error)} blocks, ${units.bytes(s.peak_bytes_error)} at the peak, ${units.bytes(s.end_bytes_error)} at the end.`,
    ];
  }

  function missed(r, sampled, program) {
    const [early, reentrant, room] = [
      r.events_missed_early,
      r.events_missed_reentrant,
      r.events_missed_no_room,
    ].map((n) => Number(n) || 0);
    const out = [];
    if (program.allocator_in_part)
      out.push([
        "!",
        `Not all is counted: calls of ${program.allocator}, the program's allocator, were not seen, or not all of them. \`heapcoach doctor\` says more.`,
      ]);
    else if (early + reentrant + room)
      out.push([
        "!",
        `Not counted: ${units.exact(early)} calls before the recorder stood, ${units.exact(reentrant)} inside of it, ${units.exact(room)} for want of room.`,
      ]);
    else
      out.push([
        "✓",
        `${sampled ? "No sample was missed" : "Nothing was missed: every allocation is counted"}, up to the program's ${r.sealed ? "exit" : "last instruction"}.`,
      ]);
    if (!r.sealed) out.push(["·", "The program ended without exit (killed, aborted, _exit, or exec of another program, which `heapcoach run --follow NAME` records)."]);
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
      sampling = own.sampling,
      out = [...(sampling ? [estimated(sampling)] : []), ...missed(r, sampling, own.program || {}), ...walked(r)];
    if (own.program && own.program.allocator && !own.program.allocator_in_part)
      out.push([
        "·",
        `The program's allocator is ${own.program.allocator}: what Rust's code asks of it is recorded, by the names of the C library's functions.`,
      ]);
    if (r.frees_unknown || r.blocks_overwritten)
      out.push([
        "·",
        `${units.exact(r.frees_unknown || 0)} frees were of blocks that were not seen allocated; ${units.exact(r.blocks_overwritten || 0)} blocks were not seen freed before their address was given out again.`,
      ]);
    if (r.handovers_dropped)
      out.push([
        "!",
        `${units.exact(r.handovers_dropped)} times a block took over from another, and of which sites they were was not kept: there were too many pairs. Hash tables, and what else grows by copying, may have grown more often than is said here.`,
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

  function create(app, root) {
    let drawn = false;
    return {
      focus: () => root.firstChild.focus(),
      update() {
        if (!drawn)
          root.append(
            el(
              "div",
              { class: "page", tabindex: "0" },
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
                  heapcoach.words.words(app),
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
