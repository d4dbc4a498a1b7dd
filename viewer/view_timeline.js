/* view_timeline.js - live bytes and blocks over the run, the peak marked, how fast it allocates, and a
 * chosen site's own line. */
"use strict";
(function (heapcoach) {
  const { el, name, replace, button } = heapcoach.dom;
  const { units, timeline: model, chart } = heapcoach;
  const MOST_SITES = 12;

  const bytesText = (v) => units.bytes(Math.round(v));

  function panel(title, note, ...content) {
    return el(
      "section",
      { class: "panel chart-panel" },
      el("h2", {}, title, note && el("small", { class: "quiet" }, `  ${note}`)),
      content,
    );
  }

  /* The peak is that of bytes; of blocks others may have been more. */
  function mark(line, key, format) {
    const what = key === "bytes" ? "peak" : "at the peak of bytes:";
    return line.peak && line.peak[key]
      ? {
          t: line.peak.t,
          value: line.peak[key],
          text: `${what} ${format(line.peak[key])} at ${units.ns(line.peak.t * 1e9)}`,
        }
      : null;
  }

  function rateChart(line, end) {
    if (!line.totalBytes) return null;
    return panel(
      "Allocation rate",
      "bytes asked for per second",
      chart.lines({
        label: "Allocation rate over the run",
        height: 140,
        t: line.t,
        end,
        step: true,
        format: (v) => `${bytesText(v)}/s`,
        lines: [
          {
            values: model.rates(line.t, line.totalBytes),
            color: "--dep",
            name: "allocated",
            fill: true,
          },
        ],
      }),
    );
  }

  /* ---- sites beside it ---- */

  function siteOfState(app) {
    const [, kind, number] = /^([ls])(\d+)$/.exec(app.state.tsite) || [];
    const rows = kind === "s" ? app.stacks() : app.lines();
    return kind && Number(number) < rows.count ? { rows, r: Number(number) } : null;
  }

  /* Lines that hold most at any time of theirs. */
  function largestSites(app) {
    if (app.cache.largest) return app.cache.largest;
    const rows = app.lines(),
      by = Array.from({ length: rows.count }, () => []);
    for (let i = 0; i < app.profile.count; i++) by[rows.ofPoint[i]].push(i);
    const list = by
      .map((points, r) => {
        const line = model.ofPoints(app.profile, points);
        return { r, line, most: line ? line.bytes.reduce((a, b) => Math.max(a, b), 0) : 0 };
      })
      .filter((x) => x.most > 0)
      .sort((a, b) => b.most - a.most)
      .slice(0, MOST_SITES);
    return (app.cache.largest = list);
  }

  function sparkline(line, most, end) {
    const NS = "http://www.w3.org/2000/svg",
      svg = document.createElementNS(NS, "svg"),
      shape = document.createElementNS(NS, "polyline");
    svg.setAttribute("viewBox", "0 0 100 24");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("class", "spark");
    svg.setAttribute("aria-hidden", "true");
    shape.setAttribute(
      "points",
      line.t
        .map(
          (t, i) =>
            `${((100 * t) / end).toFixed(2)},${(23 - (22 * line.bytes[i]) / most).toFixed(2)}`,
        )
        .join(" "),
    );
    shape.setAttribute("vector-effect", "non-scaling-stroke");
    svg.appendChild(shape);
    return svg;
  }

  function siteList(app, end) {
    const list = largestSites(app),
      rows = app.lines();
    if (!list.length) return null;
    return panel(
      "What is live",
      "the lines that hold most at any time; choose one to see it above",
      el(
        "div",
        { class: "holders", role: "listbox", "aria-label": "Lines that hold most" },
        list.map(({ r, line, most }) => {
          const key = "l" + r,
            on = app.state.tsite === key;
          return el(
            "button",
            {
              type: "button",
              class: "holder",
              role: "option",
              "aria-selected": String(on),
              onclick: () => app.set({ tsite: on ? "" : key }),
            },
            el(
              "span",
              { class: "holder-name" },
              name(rows.fn[r]),
              name(heapcoach.stack.placeText(app.profile, rows.frame[r]), "place"),
            ),
            sparkline(line, most, end),
            el("b", {}, units.bytes(most)),
          );
        }),
      ),
    );
  }

  function chosenPanel(app, chosen, end) {
    const points = heapcoach.sites.pointsOf(app.profile, chosen.rows, chosen.r);
    const line = model.ofPoints(app.profile, points);
    return (
      line &&
      panel(
        [name(chosen.rows.fn[chosen.r])],
        "its own live bytes",
        chart.lines({
          label: "Live bytes of the chosen site",
          height: 150,
          t: line.t,
          end,
          format: bytesText,
          lines: [{ values: line.bytes, color: "--accent", name: "live bytes", fill: true }],
        }),
        el(
          "div",
          { class: "actions" },
          button("Site detail", () =>
            app.set({
              view: "sites",
              rows: app.state.tsite[0] === "s" ? "stack" : "line",
              site: app.state.tsite,
            }),
          ),
          button("Close", () => app.set({ tsite: "" })),
        ),
      )
    );
  }

  function create(app, root) {
    const page = el("div", { class: "page", tabindex: "0" }),
      box = el("div", { class: "charts" });
    page.appendChild(box);
    root.appendChild(page);
    let drawnKey = null;
    return {
      focus: () => page.focus(),
      update() {
        if (drawnKey === app.state.tsite) return;
        drawnKey = app.state.tsite;
        const line = app.cache.timeline,
          end = model.endSeconds(app.profile) || line.t[line.t.length - 1];
        const chosen = siteOfState(app),
          bytes = model.throughPeak(line, "bytes"),
          blocks = model.throughPeak(line, "blocks");
        replace(
          box,
          panel(
            "Live bytes",
            line.source === "sites"
              ? "summed over the sites' own lines; what lived between two points is not seen"
              : "",
            chart.lines({
              label: "Live bytes over the run",
              height: 220,
              t: bytes.t,
              end,
              format: bytesText,
              mark: mark(line, "bytes", bytesText),
              lines: [{ values: bytes.values, color: "--user", name: "live bytes", fill: true }],
            }),
          ),
          chosen && chosenPanel(app, chosen, end),
          panel(
            "Live blocks",
            "",
            chart.lines({
              label: "Live blocks over the run",
              height: 140,
              t: blocks.t,
              end,
              format: (v) => units.count(Math.round(v)),
              mark: mark(line, "blocks", units.count),
              lines: [{ values: blocks.values, color: "--std", name: "live blocks", fill: true }],
            }),
          ),
          rateChart(line, end),
          siteList(app, end),
        );
      },
    };
  }

  function available(app) {
    if (app.cache.timeline === undefined) app.cache.timeline = model.ofProfile(app.profile);
    return app.cache.timeline !== null;
  }

  heapcoach.views = heapcoach.views || {};
  heapcoach.views.timeline = { title: "Timeline", available, create };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
