/* model_detail.js - all that is recorded of one site: histograms, growth, threads, who grew it. No DOM.
 *
 * A site is one program point or the points of a line, whose records are added up. What a profile
 * of others lacks is null or empty.
 */
"use strict";
(function (heapcoach) {
  /* Sparse histograms, [[bucket, count], ...], added up; buckets rising. Made-up numbers of a broken
   * file are passed over. */
  function addHistograms(list) {
    const sums = new Map();
    for (const hist of list)
      if (Array.isArray(hist))
        for (const bar of hist)
          if (
            Array.isArray(bar) &&
            Number.isInteger(bar[0]) &&
            bar[0] >= 0 &&
            bar[0] < 64 &&
            bar[1] > 0
          )
            sums.set(bar[0], (sums.get(bar[0]) || 0) + bar[1]);
    return [...sums].sort((a, b) => a[0] - b[0]);
  }

  /* All buckets from the first to the last, so that a gap is seen as one. */
  function filled(hist) {
    const out = [];
    for (const [bucket, count] of hist) {
      while (out.length && out[out.length - 1][0] + 1 < bucket)
        out.push([out[out.length - 1][0] + 1, 0]);
      out.push([bucket, count]);
    }
    return out;
  }

  /* The bucket in which the share of all lies: 0.5 for the median's. -1: of nothing. */
  function quantileBucket(hist, share) {
    const total = hist.reduce((sum, bar) => sum + bar[1], 0);
    let seen = 0;
    for (const [bucket, count] of hist) {
      seen += count;
      if (seen >= total * share) return bucket;
    }
    return -1;
  }

  const GROWTH_KEYS = [
    "chains",
    "live_chains",
    "steps",
    "shrink_steps",
    "equal_steps",
    "moved",
    "copied",
    "first_bytes",
    "final_bytes",
    "peak_bytes",
  ];

  function growthOf(records) {
    const list = records
      .map((hc) => hc.g)
      .filter((g) => g && typeof g === "object" && g.chains > 0);
    if (!list.length) return null;
    const g = { final_max: Math.max(...list.map((x) => Number(x.final_max) || 0)) };
    for (const key of GROWTH_KEYS) g[key] = list.reduce((sum, x) => sum + (Number(x[key]) || 0), 0);
    g.steps_hist = addHistograms(list.map((x) => x.steps_h));
    g.first_hist = addHistograms(list.map((x) => x.first_h));
    g.final_hist = addHistograms(list.map((x) => x.final_h));
    return g;
  }

  function allocatedBy(hc) {
    return Array.isArray(hc.th) ? hc.th : [];
  }

  /* "thf" is there where several threads were at work; else the one has freed them all. null: not
   * known, as in profiles of before there was such a key. */
  function freedBy(hc) {
    if (Array.isArray(hc.thf)) return hc.thf;
    const th = allocatedBy(hc);
    if (!(hc.freed > 0)) return [];
    return th.length === 1 && Array.isArray(th[0]) && !hc.fe ? [[th[0][0], hc.freed, 0]] : null;
  }

  /* Blocks by thread, most first; of those that it freed, too, how many another had allocated. */
  function threadsOf(p, records, sharesOf) {
    const sums = new Map();
    for (const hc of records)
      for (const share of sharesOf(hc))
        if (Array.isArray(share) && share[1] > 0) {
          const sum = sums.get(share[0]) || { number: share[0], blocks: 0, elsewhere: 0 };
          sum.blocks += share[1];
          sum.elsewhere += share[2] > 0 ? share[2] : 0;
          sums.set(share[0], sum);
        }
    const threads = (p.own && p.own.threads) || [];
    return [...sums.values()]
      .sort((a, b) => b.blocks - a.blocks || a.number - b.number)
      .map((sum) =>
        Object.assign(sum, { name: (threads[sum.number] && threads[sum.number].name) || "" }),
      );
  }

  /* Links by the point that they start at; made once per profile. */
  function linksByPoint(p) {
    if (p.linksByPoint) return p.linksByPoint;
    const by = (p.linksByPoint = new Map());
    for (const link of (p.own && Array.isArray(p.own.links) && p.own.links) || [])
      if (link && typeof link === "object") {
        if (!by.has(link.from)) by.set(link.from, []);
        by.get(link.from).push(link);
      }
    return by;
  }

  function framesOfLink(p, link) {
    if (Number.isInteger(link.to) && link.to >= 0 && link.to < p.count)
      return p.frames.subarray(p.start[link.to], p.start[link.to + 1]);
    const fs = Array.isArray(link.to_fs) ? link.to_fs : [];
    return fs.every((f) => Number.isInteger(f) && f > 0 && f < p.frameCount)
      ? Uint32Array.from(fs)
      : new Uint32Array(0);
  }

  /* The user's line of a stack, as of a site. */
  function lineOfFrames(p, frames) {
    for (const frame of frames) if (p.kind[frame] === heapcoach.names.KIND.user) return frame;
    return frames.length ? frames[Math.min(1, frames.length - 1)] : 0;
  }

  /* Where blocks of the points were grown ("grew"), handed over, freed: by line, most first. */
  function linked(p, points, kind) {
    const sums = new Map(),
      by = linksByPoint(p);
    for (const i of points)
      for (const link of by.get(i) || []) {
        if (link.kind !== kind) continue;
        const frames = framesOfLink(p, link),
          frame = lineOfFrames(p, frames);
        const key = p.file[frame] ? `${p.file[frame]}:${p.line[frame]}` : p.label[frame];
        const sum = sums.get(key) || { frame, frames, n: 0, bytes: 0, moved: 0 };
        sum.n += Number(link.n) || 0;
        sum.bytes += Number(link.bytes) || 0;
        sum.moved += Number(link.moved) || 0;
        sums.set(key, sum);
      }
    return [...sums.values()].sort((a, b) => b.n - a.n);
  }

  function detail(p, points) {
    const records = points.map((i) => p.points[i].hc).filter((hc) => hc && typeof hc === "object");
    const sizes = records.filter((hc) => hc.sz);
    const total = (key) =>
      p.columns[key] ? points.reduce((sum, i) => sum + p.columns[key][i], 0) : null;
    const columns = {};
    for (const key of Object.keys(p.columns)) columns[key] = total(key);
    return {
      points,
      columns,
      sizes: addHistograms(records.map((hc) => hc.sz)),
      sizeMin: sizes.length ? Math.min(...sizes.map((hc) => Number(hc.szmin) || 0)) : null,
      sizeMax: sizes.length ? Math.max(...sizes.map((hc) => Number(hc.szmax) || 0)) : null,
      livesAllocs: addHistograms(records.map((hc) => hc.lah)),
      livesTime: addHistograms(records.map((hc) => hc.luh)),
      timeUnitNs:
        (p.own && p.own.recorder && p.own.recorder.clock && p.own.recorder.clock.unit_ns) || 0,
      growth: growthOf(records),
      threads: threadsOf(p, records, allocatedBy),
      freeing: records.some((hc) => !freedBy(hc)) ? [] : threadsOf(p, records, freedBy),
      grew: linked(p, points, "grew"),
      handover: linked(p, points, "handover"),
      freed: linked(p, points, "freed"),
      functions: [
        ...new Set(records.map((hc) => hc.fn).filter((fn) => typeof fn === "string" && fn)),
      ],
      cut: records.some((hc) => hc.end && hc.end !== "whole"),
    };
  }

  heapcoach.detail = { detail, addHistograms, filled, quantileBucket };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
