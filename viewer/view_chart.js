/* view_chart.js - the two kinds of chart there are: bars of a histogram, and lines over time.
 *
 * Own code of two hundred lines, no library: uPlot, the smallest that would do, is as large as all
 * of this page's views, and the page needs one line chart with a mark. Bars are elements, so that they can
 * be read out; lines are drawn on a canvas, with the value under the pointer or the arrow keys in text.
 */
"use strict";
(function (heapcoach) {
  const { el, replace } = heapcoach.dom;
  const { units, timeline } = heapcoach;

  /* bars: [[label, count, title], ...] */
  function bars(label, list) {
    const largest = Math.max(1, ...list.map((b) => b[1]));
    const total = list.reduce((sum, b) => sum + b[1], 0);
    return el(
      "div",
      { class: "bars", role: "list", "aria-label": label },
      list.map(([text, count, title]) =>
        el(
          "div",
          { class: "bar-row", role: "listitem", title },
          el("span", { class: "bar-label" }, text),
          el(
            "span",
            { class: "bar-track" },
            count > 0 && el("i", { style: { width: `max(1px, ${(100 * count) / largest}%)` } }),
          ),
          el("span", { class: "bar-count" }, units.count(count)),
          el("span", { class: "bar-share" }, units.share(count, total)),
        ),
      ),
    );
  }

  function css(node, variable) {
    return getComputedStyle(node).getPropertyValue(variable).trim();
  }

  const MARK_GAP = 8; /* between the mark's line and its text */
  const PAD = { left: 64, right: 16, top: 14, bottom: 24 };

  /* options: label, height, t[], lines: [{values[], color (css variable), name, fill}], format,
   * mark: {t, text}, end. Lines are drawn from point to point; `step` as steps. */
  function lines(options) {
    const canvas = el("canvas", {
      class: "chart-canvas",
      tabindex: "0",
      role: "img",
      "aria-label": options.label,
    });
    const readout = el("div", { class: "chart-readout", role: "status" });
    const mark = options.mark ? el("span", { class: "chart-mark" }, options.mark.text) : null;
    const root = el(
      "div",
      { class: "chart", style: { "--chart-height": `${options.height}px` } },
      canvas,
      mark,
      readout,
    );
    const chart = { canvas, mark, readout, options, at: -1 };
    new ResizeObserver(() => draw(chart)).observe(root);
    const pick = (index) => {
      chart.at = Math.min(Math.max(index, -1), options.t.length - 1);
      draw(chart);
    };
    canvas.addEventListener("pointermove", (e) => pick(indexUnder(chart, e.offsetX)));
    canvas.addEventListener("pointerleave", () => pick(-1));
    canvas.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (step) {
        e.preventDefault();
        pick(Math.max(0, chart.at + step));
      }
    });
    document.addEventListener("heapcoach-theme", () => draw(chart));
    return root;
  }

  function scales(chart) {
    const { options, canvas } = chart;
    const width = canvas.clientWidth - PAD.left - PAD.right,
      height = canvas.clientHeight - PAD.top - PAD.bottom;
    const end = options.end || options.t[options.t.length - 1] || 1;
    const largest = Math.max(
      ...options.lines.map((l) => Math.max(0, ...l.values)),
      options.mark ? options.mark.value || 0 : 0,
    );
    const ticks = timeline.ticks(largest, Math.max(2, Math.floor(height / 40)));
    const top = Math.max(largest * 1.04, ticks[ticks.length - 1]) || 1;
    return {
      width,
      height,
      end,
      ticks,
      top,
      x: (t) => PAD.left + (t / end) * width,
      y: (v) => PAD.top + height - (v / top) * height,
    };
  }

  function indexUnder(chart, offset) {
    const s = scales(chart),
      t = ((offset - PAD.left) / s.width) * s.end;
    const { t: times } = chart.options,
      i = timeline.indexAt(times, t);
    return i + 1 < times.length && times[i + 1] - t < t - times[i] ? i + 1 : i;
  }

  function draw(chart) {
    const { canvas, options } = chart,
      ratio = window.devicePixelRatio || 1;
    if (!canvas.clientWidth) return;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const c = canvas.getContext("2d"),
      s = scales(chart);
    c.scale(ratio, ratio);
    c.font = `11px ${css(canvas, "--sans")}`;
    drawAxes(c, chart, s);
    for (const line of options.lines) drawLine(c, chart, s, line);
    if (options.mark) drawMark(c, chart, s);
    drawReadout(c, chart, s);
  }

  function drawAxes(c, chart, s) {
    const { canvas, options } = chart;
    c.fillStyle = css(canvas, "--text-3");
    c.strokeStyle = css(canvas, "--line");
    c.lineWidth = 1;
    c.textBaseline = "middle";
    c.textAlign = "right";
    for (const tick of s.ticks) {
      const y = Math.round(s.y(tick)) + 0.5;
      c.beginPath();
      c.moveTo(PAD.left, y);
      c.lineTo(PAD.left + s.width, y);
      c.stroke();
      c.fillText(options.format(tick), PAD.left - 8, y);
    }
    c.textBaseline = "top";
    c.textAlign = "center";
    for (const tick of timeline.ticks(s.end, Math.max(2, Math.floor(s.width / 90))))
      if (tick <= s.end) {
        const text = tick ? units.ns(tick * 1e9) : "0",
          last = canvas.clientWidth - c.measureText(text).width / 2;
        c.fillText(text, Math.min(s.x(tick), last), PAD.top + s.height + 8);
      }
  }

  function trace(c, chart, s, values) {
    const { t, step } = chart.options;
    for (let i = 0; i < t.length; i++) {
      if (step && i) c.lineTo(s.x(t[i - 1]), s.y(values[i]));
      c.lineTo(s.x(t[i]), s.y(values[i]));
    }
  }

  function drawLine(c, chart, s, line) {
    const { t } = chart.options,
      color = css(chart.canvas, line.color);
    if (line.fill) {
      c.beginPath();
      c.moveTo(s.x(t[0]), s.y(0));
      trace(c, chart, s, line.values);
      c.lineTo(s.x(t[t.length - 1]), s.y(0));
      c.globalAlpha = 0.14;
      c.fillStyle = color;
      c.fill();
      c.globalAlpha = 1;
    }
    c.beginPath();
    trace(c, chart, s, line.values);
    c.strokeStyle = color;
    c.lineWidth = 1.5;
    c.lineJoin = "round";
    c.stroke();
  }

  function drawMark(c, chart, s) {
    const { mark } = chart.options,
      x = s.x(mark.t),
      y = s.y(mark.value);
    c.strokeStyle = c.fillStyle = css(chart.canvas, "--mark");
    c.setLineDash([3, 3]);
    c.beginPath();
    c.moveTo(x, PAD.top);
    c.lineTo(x, PAD.top + s.height);
    c.stroke();
    c.setLineDash([]);
    c.beginPath();
    c.arc(x, y, 3.5, 0, 2 * Math.PI);
    c.fill();
    placeMark(chart, s, x);
  }

  /* Its text is an element, so that it can be read out, selected and copied; on the side with room. */
  function placeMark(chart, s, x) {
    const right = x > PAD.left + s.width / 2;
    chart.mark.style.left = right ? "" : `${x + MARK_GAP}px`;
    chart.mark.style.right = right ? `${chart.canvas.clientWidth - x + MARK_GAP}px` : "";
  }

  function drawReadout(c, chart, s) {
    const { options, canvas, readout, at } = chart;
    replace(
      readout,
      options.lines.map((line) =>
        el(
          "span",
          { class: "legend" },
          el("i", { style: { background: `var(${line.color})` } }),
          line.name,
          at >= 0 ? el("b", {}, ` ${options.format(line.values[at])}`) : null,
        ),
      ),
      at >= 0 ? el("span", { class: "legend" }, `at ${units.ns(options.t[at] * 1e9)}`) : null,
    );
    if (at < 0) return;
    c.strokeStyle = css(canvas, "--text-3");
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(Math.round(s.x(options.t[at])) + 0.5, PAD.top);
    c.lineTo(Math.round(s.x(options.t[at])) + 0.5, PAD.top + s.height);
    c.stroke();
    for (const line of options.lines) {
      c.beginPath();
      c.fillStyle = css(canvas, line.color);
      c.arc(s.x(options.t[at]), s.y(line.values[at]), 3, 0, 2 * Math.PI);
      c.fill();
    }
  }

  heapcoach.chart = { bars, lines, css };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
