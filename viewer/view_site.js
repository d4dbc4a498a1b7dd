/* view_site.js - all that is known of one site, in the panel beside the table. Called by
 * view_sites.js. */
"use strict";
(function (heapcoach) {
  const { el, name, button, replace } = heapcoach.dom;
  const { units, findings } = heapcoach;
  const MOST_STACKS = 30; /* of a line, to choose from */
  const MOST_THREADS = 16;

  function rangeText(low, high, format) {
    return low === high ? format(low) : `${format(low)} – ${format(high)}`;
  }

  function histogram(hist, format) {
    return heapcoach.detail.filled(hist).map(([bucket, count]) => {
      const [low, high] = units.bucketRange(bucket);
      return [format(low, high), count, `${format(low, high)}: ${units.exact(count)}`];
    });
  }

  function section(title, note, ...content) {
    return el(
      "section",
      { class: "block" },
      el("h3", {}, title, note && el("small", {}, ` ${note}`)),
      content,
    );
  }

  function heading(app, rows, r, close) {
    const p = app.profile,
      frame = rows.frame[r];
    return el(
      "div",
      { class: "side-head" },
      el(
        "div",
        {},
        el("h2", {}, name(rows.fn[r])),
        el(
          "div",
          { class: "detail-place" },
          name(heapcoach.stack.placeText(p, frame), "place"),
          p.crate[frame] && el("span", { class: "tag" }, name(p.crate[frame])),
        ),
      ),
      button("✕", close, {
        class: "button icon",
        "aria-label": "Close the detail",
        title: "Close (Esc)",
      }),
    );
  }

  function figures(app, d) {
    const c = d.columns,
      shown = [];
    const add = (value, text, title) =>
      value !== null && value !== undefined && shown.push(heapcoach.dom.figure(value, text, title));
    add(units.bytes(c.tb), "allocated", units.exact(c.tb) + " bytes");
    add(units.count(c.tbk), "blocks", units.exact(c.tbk));
    if (app.profile.lifetimes) {
      add(units.bytes(c.gb), "at the peak", units.exact(c.gb) + " bytes");
      add(units.bytes(c.eb), "at the end", units.exact(c.eb) + " bytes");
      add(units.count(c.short), "short-lived", heapcoach.profile.shortLivedWords(app.profile));
      if (c.tbk) add(heapcoach.sitesColumns.lifeText(app, c.tl / c.tbk), "average life");
    }
    if (app.profile.own) {
      add(units.count(c.rl), c.rl === 1 ? "realloc" : "reallocs", units.exact(c.rl));
      add(units.bytes(c.bc), "copied", units.exact(c.bc) + " bytes");
    }
    return el("div", { class: "figures" }, shown);
  }

  function sizeNote(d) {
    if (d.sizeMin === d.sizeMax) return `${units.bytes(d.sizeMin)} each`;
    const bucket = heapcoach.detail.quantileBucket(d.sizes, 0.5);
    const half = Math.min(units.bucketRange(bucket)[1], d.sizeMax);
    const range = `${units.bytes(d.sizeMin)} to ${units.bytes(d.sizeMax)}`;
    return half < d.sizeMax ? `${range}, half of them at most ${units.bytes(half)}` : range;
  }

  function sizes(d) {
    if (!d.sizes.length) return null;
    const bars = histogram(d.sizes, (a, b) => rangeText(a, b, (v) => units.bytes(v)));
    return section("Sizes", sizeNote(d), heapcoach.chart.bars("Blocks by size", bars));
  }

  function lives(d) {
    const out = [];
    if (d.livesTime.length && d.timeUnitNs)
      out.push(
        section(
          "Lifetimes",
          "in time",
          heapcoach.chart.bars(
            "Blocks by lifetime",
            histogram(d.livesTime, (a, b) =>
              rangeText(a * d.timeUnitNs, (b + 1) * d.timeUnitNs, units.ns),
            ),
          ),
        ),
      );
    if (d.livesAllocs.length)
      out.push(
        section(
          "Lifetimes",
          "in allocations of the thread in between; the same in every run",
          heapcoach.chart.bars(
            "Blocks by lifetime in allocations",
            histogram(d.livesAllocs, (a, b) => rangeText(a, b, units.count)),
          ),
        ),
      );
    return out;
  }

  function growth(d) {
    const g = d.growth;
    if (!g) return null;
    const per = (n) => (g.chains ? n / g.chains : 0);
    const facts = [
      [units.count(g.chains), g.chains === 1 ? "container grew" : "containers grew"],
      [
        `${units.bytes(Math.round(per(g.first_bytes)))} → ${units.bytes(Math.round(per(g.final_bytes)))}`,
        "first to final size, on average",
      ],
      [units.bytes(g.final_max), "largest"],
      [units.count(g.steps), `steps, ${per(g.steps).toFixed(1)} each`],
      [units.count(g.moved), "moved"],
      [units.bytes(g.copied), "copied"],
    ];
    return section(
      "Growth",
      "",
      el(
        "div",
        { class: "facts" },
        facts.map(([b, s]) => el("div", { class: "fact" }, el("b", {}, b), el("span", {}, s))),
      ),
      g.steps_hist.length > 1
        ? [
            el("h4", {}, "Steps"),
            heapcoach.chart.bars(
              "Containers by steps",
              g.steps_hist.map(([steps, n]) => [units.plural(steps, "step"), n, ""]),
            ),
          ]
        : null,
      g.final_hist.length
        ? [
            el("h4", {}, "Final sizes"),
            heapcoach.chart.bars(
              "Containers by final size",
              histogram(g.final_hist, (a, b) => rangeText(a, b, (v) => units.bytes(v))),
            ),
          ]
        : null,
    );
  }

  function linked(app, title, note, list, text) {
    const p = app.profile;
    return list.length
      ? section(
          title,
          note,
          el(
            "table",
            { class: "pairs wide" },
            el(
              "tbody",
              {},
              list
                .slice(0, 12)
                .map((link) =>
                  el(
                    "tr",
                    {},
                    el(
                      "th",
                      { scope: "row" },
                      name(p.label[link.frame] || "?"),
                      el("div", { class: "quiet" }, name(heapcoach.stack.placeText(p, link.frame))),
                    ),
                    el("td", {}, text(link)),
                  ),
                ),
            ),
          ),
        )
      : null;
  }

  function threadBars(title, note, label, list) {
    return section(
      title,
      note,
      heapcoach.chart.bars(
        label,
        list
          .slice(0, MOST_THREADS)
          .map((t) => [
            `${units.visible(t.name)} #${t.number}`.trim(),
            t.blocks,
            t.elsewhere ? `${units.exact(t.elsewhere)} of them another thread had allocated` : "",
          ]),
      ),
      list.length > MOST_THREADS
        ? el("p", { class: "quiet" }, `${list.length - MOST_THREADS} more`)
        : null,
    );
  }

  function freeingNote(d) {
    const { fe, freed } = d.columns;
    return fe
      ? `${units.count(fe)} of ${units.count(freed)} blocks died in another thread than they were born in`
      : d.freeing.length > 1
        ? "each freed what it had allocated"
        : "";
  }

  /* Where the program has but one thread it goes without saying. */
  function threads(app, d) {
    const all = (app.profile.own && app.profile.own.threads) || [];
    if (all.length < 2 || !(d.threads.length || d.freeing.length)) return null;
    return [
      d.threads.length
        ? threadBars("Threads that allocate", "", "Blocks allocated by thread", d.threads)
        : null,
      d.freeing.length
        ? threadBars("Threads that free", freeingNote(d), "Blocks freed by thread", d.freeing)
        : d.columns.fe
          ? section("Threads that free", "", el("p", {}, `${freeingNote(d)}.`))
          : null,
    ];
  }

  function series(app, points) {
    const line = heapcoach.timeline.ofPoints(app.profile, points);
    return line
      ? section(
          "Live bytes over the run",
          "",
          heapcoach.chart.lines({
            label: "Live bytes of this site over the run",
            height: 130,
            t: line.t,
            format: (v) => units.bytes(Math.round(v)),
            lines: [{ values: line.bytes, color: "--accent", name: "live", fill: true }],
          }),
        )
      : null;
  }

  function advice(app, points) {
    const own = new Set(points);
    const list = findings.list(app.report).filter((f) => own.has(f.point));
    return list.length
      ? el(
          "div",
          { class: "block advices" },
          list.map((f) =>
            button(
              ["Advice: ", heapcoach.dom.prose(units.sentence(f.title))],
              () =>
                app.set({
                  view: "findings",
                  finding: f.id,
                  fsev: "all",
                  frule: "",
                  fcrate: "",
                  ffile: "",
                }),
              { class: "button wide" },
            ),
          ),
        )
      : null;
  }

  function stackChoice(app, points, chosen) {
    if (points.length < 2) return null;
    const c = app.profile.columns;
    return heapcoach.dom.select(
      `Stack (${units.exact(points.length)})`,
      points
        .slice(0, MOST_STACKS)
        .map((i, k) => [
          String(k),
          `${k + 1}: ${units.bytes(c.tb[i])}, ${units.count(c.tbk[i])} blocks`,
        ]),
      String(chosen),
      (v) => app.set({ stack: v === "0" ? "" : v }),
    );
  }

  function draw(app, root, rows, r, close) {
    const p = app.profile,
      points = heapcoach.sites.pointsOf(p, rows, r);
    const d = heapcoach.detail.detail(p, points),
      frame = rows.frame[r];
    const source = app.source({ file: p.file[frame], line: p.line[frame] });
    const chosen = Math.min(Number(app.state.stack) || 0, points.length - 1);
    replace(
      root,
      heading(app, rows, r, close),
      el(
        "div",
        { class: "side-body" },
        advice(app, points),
        figures(app, d),
        source && heapcoach.code.excerpt(source, p.line[frame]),
        el(
          "div",
          { class: "actions" },
          button("In the flame graph", () => app.openFlame(points[0])),
          heapcoach.timeline.ofPoints(p, points) &&
            button("In the timeline", () =>
              app.set({ view: "timeline", tsite: app.state.site || "" }),
            ),
        ),
        growth(d),
        linked(
          app,
          "Lines that grew it",
          "",
          d.grew,
          (l) => `${units.plural(l.n, "realloc")}, by ${units.bytes(l.bytes)} in all`,
        ),
        linked(app, "Replaced by blocks of", "grew by copying", d.handover, (l) =>
          units.plural(l.n, "time"),
        ),
        sizes(d),
        lives(d),
        series(app, points),
        threads(app, d),
        linked(
          app,
          "Freed at",
          "of a sample of the frees",
          d.freed,
          (l) =>
            `${units.count(l.n)} seen${l.moved ? `, ${units.count(l.moved)} by another thread` : ""}`,
        ),
        section(
          "Stack",
          d.cut ? "some stacks are not whole" : "",
          stackChoice(app, points, chosen),
          points.length ? heapcoach.stack.ofPoint(p, points[chosen]) : null,
        ),
      ),
    );
  }

  heapcoach.site = { draw };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
