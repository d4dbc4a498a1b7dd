/* model_timeline.js - live bytes and blocks over the run. No DOM.
 *
 * The recorder keeps "heapcoach".timeline: {unit_us, points: [[t, live_bytes, live_blocks,
 * total_bytes, total_blocks], ...], peak: [t, bytes, blocks]}, times in units; and of a site
 * hc.series: {unit_us, bytes[], blocks[]}, the values at the ends of periods of equal length, the last
 * one at the end of the run. Where a profile has no timeline but sites' lines, their sum stands in
 * for it, coarser; a profile of others has neither.
 */
"use strict";
(function (heapcoach) {
  function whole(value) {
    return typeof value === "number" && value >= 0 && value < Infinity ? value : 0;
  }

  function endSeconds(p) {
    const ns = p.own && p.own.program && whole(p.own.program.duration_ns);
    return ns ? ns / 1e9 : p.timeUnit === "µs" ? p.endTime / 1e6 : 0;
  }

  /* {source, t[] in seconds, bytes[], blocks[], totalBytes[] or null, totalBlocks[], peak} or null. */
  function ofProfile(p) {
    const line = p.own && p.own.timeline;
    if (line && Array.isArray(line.points) && line.points.length > 1) return recorded(line);
    return summed(p);
  }

  function recorded(line) {
    const unit = whole(line.unit_us) / 1e6 || 1e-6;
    const rows = line.points
      .filter((r) => Array.isArray(r))
      .sort((a, b) => whole(a[0]) - whole(b[0]));
    const column = (k) => rows.map((r) => whole(r[k]));
    const peak = Array.isArray(line.peak) ? line.peak.map(whole) : null;
    const all = rows.every((r) => r.length >= 5);
    return {
      source: "recorded",
      t: column(0).map((t) => t * unit),
      bytes: column(1),
      blocks: column(2),
      totalBytes: all ? column(3) : null,
      totalBlocks: all ? column(4) : null,
      peak: peak ? { t: peak[0] * unit, bytes: peak[1], blocks: peak[2] } : null,
    };
  }

  function seriesOf(p, i) {
    const hc = p.points[i].hc,
      s = hc && hc.series;
    return s &&
      Array.isArray(s.bytes) &&
      Array.isArray(s.blocks) &&
      s.bytes.length === s.blocks.length
      ? s
      : null;
  }

  /* The lines of the points added up; null where none has one. All have the same periods. */
  function ofPoints(p, points) {
    let unit = 0,
      bytes = [],
      blocks = [];
    for (const i of points) {
      const s = seriesOf(p, i);
      if (!s) continue;
      unit = whole(s.unit_us) || unit;
      for (let k = 0; k < s.bytes.length; k++) {
        bytes[k] = (bytes[k] || 0) + whole(s.bytes[k]);
        blocks[k] = (blocks[k] || 0) + whole(s.blocks[k]);
      }
    }
    if (!bytes.length || !unit) return null;
    const end = endSeconds(p);
    const t = bytes.map((_, k) =>
      k + 1 === bytes.length && end ? Math.max(end, (k * unit) / 1e6) : ((k + 1) * unit) / 1e6,
    );
    return {
      source: "sites",
      t: [0, ...t],
      bytes: [0, ...bytes],
      blocks: [0, ...blocks],
      totalBytes: null,
      totalBlocks: null,
      peak: null,
    };
  }

  function summed(p) {
    const line = ofPoints(
      p,
      Array.from({ length: p.count }, (_, i) => i),
    );
    if (line && p.totals.peak_bytes !== undefined)
      line.peak = {
        t: Math.min(p.peakTime / 1e6, endSeconds(p) || Infinity),
        bytes: p.totals.peak_bytes,
        blocks: p.totals.peak_blocks,
      };
    return line;
  }

  /* A line of the timeline with the peak, which is known exactly, between its points: {t, values}. */
  function throughPeak(line, key) {
    const { t, peak } = line,
      values = line[key];
    if (!peak || !(peak[key] > 0) || !(peak.t >= t[0] && peak.t <= t[t.length - 1]))
      return { t, values };
    const at = indexAt(t, peak.t) + 1;
    const put = (list, value) => [...list.slice(0, at), value, ...list.slice(at)];
    return { t: put(t, peak.t), values: put(values, peak[key]) };
  }

  /* Allocated per second between neighbouring points: as long as the line. */
  function rates(t, totals) {
    const out = new Array(t.length).fill(0);
    for (let i = 1; i < t.length; i++)
      out[i] =
        t[i] > t[i - 1] ? Math.max(0, totals[i] - totals[i - 1]) / (t[i] - t[i - 1]) : out[i - 1];
    if (out.length > 1) out[0] = out[1];
    return out;
  }

  /* Round values for an axis: at most `most` steps of 1, 2, 2.5 or 5 times a power of ten up to `max`;
   * of 2.5 only where that is whole. */
  function ticks(max, most) {
    if (!(max > 0)) return [0];
    const raw = max / most;
    const power = 10 ** Math.floor(Math.log10(raw));
    const factors = power >= 10 ? [1, 2, 2.5, 5, 10] : [1, 2, 5, 10];
    const step = factors.find((f) => f * power >= raw) * power;
    const out = [];
    for (let k = 0; k * step <= max * 1.0001; k++) out.push(k * step);
    return out;
  }

  /* The index of the last point at or before t. */
  function indexAt(times, t) {
    let low = 0,
      high = times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= t) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  heapcoach.timeline = { ofProfile, ofPoints, throughPeak, rates, ticks, indexAt, endSeconds };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
