/* model_stacks.js - the stacks of a profile as names, and what of them is put into a call tree. No DOM.
 *
 * Names are the frame's label and whose code it is, not addresses: what differs in generic arguments
 * or line only is one name. {names, pool, start, count}: point i has the names
 * pool[start[i] .. start[i + 1]), outermost first. They are made once of a profile, whole and with std
 * folded, and shared by all of its trees.
 */
"use strict";
(function (heapcoach) {
  const { KIND, GROUP_OF_KIND } = heapcoach.names;
  const STD = 3;

  /* ---- names, shared by the trees of a profile and by profiles that are compared ---- */

  function createNames() {
    return { known: new Map(), text: ["all"], kind: [0] };
  }

  function nameId(names, text, kind) {
    const key = `${kind}\n${text}`;
    let id = names.known.get(key);
    if (id === undefined) {
      names.known.set(key, (id = names.text.length));
      names.text.push(text);
      names.kind.push(kind);
    }
    return id;
  }

  /* ---- stacks as names ---- */

  /* Whole stacks, outermost first. */
  function pushWhole(p, i, ofFrame, out) {
    let n = 0;
    for (let k = p.start[i + 1]; k-- > p.start[i];) out[n++] = ofFrame[p.frames[k]];
    return n;
  }

  /* With each run of frames of std, libc, runtime and hooks folded into the one that was called,
   * the outermost of the run: "Vec::push". The run that leads to main or to the thread's closure
   * is left out where anything follows. */
  function pushFolded(p, i, ofFrame, out) {
    let n = 0,
      inRun = false;
    for (let k = p.start[i + 1]; k-- > p.start[i];) {
      const frame = p.frames[k];
      if (GROUP_OF_KIND[p.kind[frame]] !== STD) {
        if (inRun && n === 1) n = 0;
        inRun = false;
        out[n++] = ofFrame[frame];
      } else if (!inRun) {
        inRun = true;
        out[n++] = ofFrame[frame];
      }
    }
    return n;
  }

  /* Where main's runtime is all there is, the run is told by its innermost frame that is no hook. */
  function onlyRun(p, i, ofFrame) {
    for (let k = p.start[i]; k < p.start[i + 1]; k++)
      if (p.kind[p.frames[k]] !== KIND.hook && p.kind[p.frames[k]] !== KIND.rt)
        return ofFrame[p.frames[k]];
    return 0;
  }

  function make(p, names, folded, nameOf) {
    const ofFrame = new Uint32Array(p.frameCount);
    for (let f = 0; f < p.frameCount; f++) {
      const label = p.label[f];
      ofFrame[f] = nameId(names, label ? nameOf(label) : "?", label ? GROUP_OF_KIND[p.kind[f]] : 0);
    }
    const start = new Uint32Array(p.count + 1);
    const pool = new Uint32Array(p.frames.length);
    let deepest = 0;
    for (let i = 0; i < p.count; i++) deepest = Math.max(deepest, p.start[i + 1] - p.start[i]);
    const buffer = new Uint32Array(deepest);
    let at = 0;
    for (let i = 0; i < p.count; i++) {
      start[i] = at;
      let n = (folded ? pushFolded : pushWhole)(p, i, ofFrame, buffer);
      if (folded && n === 1 && names.kind[buffer[0]] === STD)
        buffer[0] = onlyRun(p, i, ofFrame) || buffer[0];
      for (let k = 0; k < n; k++) pool[at + k] = buffer[k];
      at += n;
    }
    start[p.count] = at;
    return { names, pool: pool.subarray(0, at), start, count: p.count };
  }

  function ofProfile(p, folded) {
    if (!p.stackNames) p.stackNames = { names: createNames() };
    const key = folded ? "folded" : "whole";
    if (!p.stackNames[key])
      p.stackNames[key] = make(p, p.stackNames.names, folded, (label) => label);
    return p.stackNames[key];
  }

  /* Lines move from build to build. */
  function withoutLine(label) {
    return label.replace(/\{closure@([^:{}]+):\d+\}/, "{closure@$1}");
  }

  /* Those of two profiles, the second's points behind the first's; std is folded. */
  function ofPair(oldP, newP) {
    const names = createNames();
    const a = make(oldP, names, true, withoutLine),
      b = make(newP, names, true, withoutLine);
    const pool = new Uint32Array(a.pool.length + b.pool.length),
      start = new Uint32Array(a.count + b.count + 1);
    pool.set(a.pool);
    pool.set(b.pool, a.pool.length);
    start.set(a.start);
    for (let i = 0; i <= b.count; i++) start[a.count + i] = a.pool.length + b.start[i];
    return { names, pool, start, count: a.count + b.count, oldCount: a.count };
  }

  /* ---- entries: what is put into the tree ---- */

  /* {point, group, shares}: a point is one entry, or under a grouping by threads one per thread that
   * allocated, with its share of the point's bytes and blocks. `group` is a name's number by entry,
   * `shares` {bytes, count}, each {part, whole} by entry; null where there is no such thing. */
  function entries(p, stacks, grouping, lines) {
    if (grouping === "thread") return entriesByThread(p, stacks.names);
    const point = new Uint32Array(stacks.count);
    for (let i = 0; i < point.length; i++) point[i] = i;
    return {
      point,
      group: grouping === "crate" ? crates(p, stacks.names, lines) : null,
      shares: null,
    };
  }

  /* By point, the crate of its line. */
  function crates(p, names, lines) {
    const ofLine = lines.frame.map((frame) =>
      nameId(names, p.crate[frame] || "unknown crate", GROUP_OF_KIND[p.kind[frame]]),
    );
    return Uint32Array.from(lines.ofPoint, (line) => ofLine[line]);
  }

  function entriesByThread(p, names) {
    const point = [],
      group = [],
      bytes = { part: [], whole: [] },
      count = { part: [], whole: [] };
    const ofThread = new Map();
    const nameOf = (thread) => {
      if (!ofThread.has(thread)) ofThread.set(thread, nameId(names, threadName(p, thread), 0));
      return ofThread.get(thread);
    };
    for (let i = 0; i < p.count; i++) {
      const shares = threadShares(p, i);
      const blocks = shares.reduce((sum, s) => sum + s.blocks, 0),
        size = shares.reduce((sum, s) => sum + s.bytes, 0);
      for (const share of shares) {
        point.push(i);
        group.push(nameOf(share.thread));
        count.part.push(share.blocks);
        count.whole.push(blocks);
        bytes.part.push(share.bytes);
        bytes.whole.push(size);
      }
    }
    return {
      point: Uint32Array.from(point),
      group: Uint32Array.from(group),
      shares: { bytes, count },
    };
  }

  /* Of a profile without bytes by thread, blocks are what there is to share by. */
  function threadShares(p, i) {
    const hc = p.points[i].hc || {},
      th = Array.isArray(hc.th) ? hc.th : [],
      thb = Array.isArray(hc.thb) && hc.thb.length === th.length ? hc.thb : null;
    const shares = th
      .map((s, k) => ({
        thread: Array.isArray(s) ? s[0] : -1,
        blocks: Array.isArray(s) ? s[1] : 0,
        bytes: thb ? thb[k] : Array.isArray(s) ? s[1] : 0,
      }))
      .filter((s) => s.blocks > 0);
    if (!shares.every((s) => s.bytes >= 0) || !shares.some((s) => s.bytes > 0))
      for (const s of shares) s.bytes = s.blocks;
    return shares.length ? shares : [{ thread: -1, blocks: 1, bytes: 1 }];
  }

  function threadName(p, number) {
    if (number === -1) return "unknown thread";
    const thread = p.own && Array.isArray(p.own.threads) && p.own.threads[number];
    return thread ? `thread ${number} ${thread.name || ""}`.trim() : `thread ${number}`;
  }

  /* A column's values by entry: a point's value shared out among its threads without a remainder
   * lost. `unit` says by what: "bytes" or "count". */
  function entryValues({ point, shares }, column, unit) {
    const values = new Float64Array(point.length);
    if (!shares) {
      for (let e = 0; e < point.length; e++) values[e] = column[point[e]];
      return values;
    }
    const { part, whole } = shares[unit === "bytes" ? "bytes" : "count"];
    for (let e = 0, given = 0; e < point.length; e++) {
      const value = column[point[e]],
        last = e + 1 === point.length || point[e + 1] !== point[e];
      values[e] = last
        ? value - given
        : value === whole[e]
          ? part[e]
          : Math.floor((value * part[e]) / whole[e]);
      given = last ? 0 : given + values[e];
    }
    return values;
  }

  heapcoach.stackNames = { ofProfile, ofPair, entries, entryValues };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
