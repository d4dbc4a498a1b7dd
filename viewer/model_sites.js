/* model_sites.js - program points by the user's own line, sorted, searched. No DOM.
 *
 * Which line a point belongs to the report says, where there is one (its "lines"); else it is the
 * innermost frame of the user's, or of a dependency, or whatever has a name. Each point is in one
 * line, so the sums over the lines are the sums over the profile.
 */
"use strict";
(function (heapcoach) {
  const { KIND, GROUP_OF_KIND, withoutGenerics } = heapcoach.names;
  const USER = 1,
    DEP = 2;

  /* The frame that stands for point i; 0: it has none. */
  function lineFrame(p, i) {
    let dep = 0,
      named = 0,
      any = 0;
    for (let k = p.start[i]; k < p.start[i + 1]; k++) {
      const frame = p.frames[k],
        kind = p.kind[frame];
      if (GROUP_OF_KIND[kind] === USER) return frame;
      if (!dep && GROUP_OF_KIND[kind] === DEP) dep = frame;
      if (!any && kind === KIND.none) any = frame;
      if (kind === KIND.std) named = frame;
      else if (!named && kind !== KIND.hook) named = frame;
    }
    return dep || any || named || (p.start[i] < p.start[i + 1] ? p.frames[p.start[i]] : 0);
  }

  function nameOfFrame(p, frame) {
    if (!frame) return "(no stack)";
    return p.fn[frame] ? withoutGenerics(p.fn[frame]) || p.fn[frame] : p.label[frame];
  }

  function groupByFrame(p) {
    const ofPoint = new Uint32Array(p.count),
      known = new Map();
    const frame = [],
      fn = [];
    for (let i = 0; i < p.count; i++) {
      const f = lineFrame(p, i);
      const name = nameOfFrame(p, f);
      const key = p.line[f] && p.file[f] ? `${p.file[f]}\n${p.line[f]}` : `\n${name}`;
      let number = known.get(key);
      if (number === undefined) {
        known.set(key, (number = frame.length));
        frame.push(f);
        fn.push(name);
      }
      ofPoint[i] = number;
    }
    return { ofPoint, frame: Uint32Array.from(frame), fn };
  }

  /* As the analyzer has them; null where the report does not fit the profile. */
  function groupOfReport(p, report) {
    const lines = report && report.lines;
    if (
      !lines ||
      !Array.isArray(lines.of_point) ||
      lines.of_point.length !== p.count ||
      !Array.isArray(lines.frame) ||
      !Array.isArray(lines.function)
    )
      return null;
    const n = lines.frame.length;
    if (
      lines.of_point.some((l) => !(l >= 0 && l < n)) ||
      lines.frame.some((f) => !(f >= 0 && f < p.frameCount)) ||
      lines.function.length !== n
    )
      return null;
    return {
      ofPoint: Uint32Array.from(lines.of_point),
      frame: Uint32Array.from(lines.frame),
      fn: lines.function.map(String),
    };
  }

  /* Rows of lines: columns are sums; max_bytes of a line is no sum of maxima, so it has none. */
  function lines(p, report) {
    const group = groupOfReport(p, report) || groupByFrame(p);
    const n = group.frame.length;
    const rows = {
      of: "line",
      count: n,
      frame: group.frame,
      fn: group.fn,
      ofPoint: group.ofPoint,
      columns: {},
    };
    for (const [name, column] of Object.entries(p.columns)) {
      const sums = (rows.columns[name] = new Float64Array(n));
      for (let i = 0; i < p.count; i++) sums[group.ofPoint[i]] += column[i];
    }
    rows.columns.points = new Float64Array(n);
    for (let i = 0; i < p.count; i++) rows.columns.points[group.ofPoint[i]]++;
    addDerived(rows);
    return rows;
  }

  /* Rows of program points, each under the line that it belongs to. */
  function stacks(p, byLine) {
    const frame = new Uint32Array(p.count),
      fn = new Array(p.count);
    for (let i = 0; i < p.count; i++) {
      frame[i] = byLine.frame[byLine.ofPoint[i]];
      fn[i] = byLine.fn[byLine.ofPoint[i]];
    }
    const rows = {
      of: "stack",
      count: p.count,
      frame,
      fn,
      ofPoint: null,
      lines: byLine,
      columns: Object.assign({}, p.columns),
    };
    addDerived(rows);
    return rows;
  }

  function ratio(a, b) {
    const out = new Float64Array(a.length);
    for (let i = 0; i < a.length; i++) out[i] = b[i] ? a[i] / b[i] : 0;
    return out;
  }

  function addDerived(rows) {
    const c = rows.columns;
    c.size = ratio(c.tb, c.tbk);
    if (c.tl) c.life = ratio(c.tl, c.tbk);
  }

  /* The points of row r, those with the most bytes first. */
  function pointsOf(p, rows, r) {
    if (rows.of === "stack") return [r];
    const list = [];
    for (let i = 0; i < p.count; i++) if (rows.ofPoint[i] === r) list.push(i);
    return list.sort((a, b) => p.columns.tb[b] - p.columns.tb[a]);
  }

  /* ---- order ---- */

  /* Indexes 0..n-1 by falling key; equal ones keep their order. A radix sort on the bits of the
   * numbers, all >= 0: 100,000 rows in a few milliseconds, where a comparing one takes a hundred. */
  function orderByNumber(keys) {
    const n = keys.length;
    const words = new Uint16Array(Float64Array.from(keys).buffer);
    let from = new Uint32Array(n),
      to = new Uint32Array(n);
    for (let i = 0; i < n; i++) from[i] = i;
    const starts = new Uint32Array(65537);
    for (let word = 0; word < 4; word++) {
      starts.fill(0);
      for (let i = 0; i < n; i++) starts[65536 - words[4 * i + word]]++;
      if (starts[65536 - words[word]] === n) continue;
      for (let v = 1; v <= 65536; v++) starts[v] += starts[v - 1];
      for (let i = 0; i < n; i++) {
        const slot = 65535 - words[4 * from[i] + word];
        to[starts[slot]++] = from[i];
      }
      [from, to] = [to, from];
    }
    return from;
  }

  /* The same by text, rising. Each distinct text is compared once. */
  function orderByText(texts) {
    /* one string to compare each by, so that the engine's own order does it without a callback */
    const text = new Map([...new Set(texts)].map((t) => [`${t.toLowerCase()}\0${t}`, t]));
    const rank = new Map([...text.keys()].sort().map((key, i) => [text.get(key), text.size - i]));
    return orderByNumber(Float64Array.from(texts, (t) => rank.get(t) || 0));
  }

  function placeOf(p, frame) {
    return p.file[frame]
      ? `${p.file[frame]}:${String(p.line[frame]).padStart(6, "0")}`
      : p.module[frame] || "";
  }

  const LINE_TEXTS = {
    fn: (p, lines) => lines.fn,
    place: (p, lines) => Array.from(lines.frame, (f) => placeOf(p, f)),
    crate: (p, lines) => Array.from(lines.frame, (f) => p.crate[f]),
  };

  /* Texts are of lines, and many stacks may be under one: each line's is ranked, once. */
  function lineRanks(p, lines, key) {
    lines.ranks = lines.ranks || {};
    if (!lines.ranks[key]) {
      const rank = (lines.ranks[key] = new Float64Array(lines.count));
      orderByText(LINE_TEXTS[key](p, lines)).forEach((line, i) => {
        rank[line] = lines.count - i;
      });
    }
    return lines.ranks[key];
  }

  /* key: a column, or "fn", "place", "crate". */
  function order(p, rows, key, rising) {
    let keys = rows.columns[key];
    if (!keys) {
      const lines = rows.lines || rows;
      const ranks = lineRanks(p, lines, LINE_TEXTS[key] ? key : "fn");
      keys = rows.lines ? Float64Array.from(lines.ofPoint, (line) => ranks[line]) : ranks;
    }
    const indexes = orderByNumber(keys);
    return rising ? indexes.reverse() : indexes;
  }

  /* ---- search ---- */

  /* Words that all have to occur, in any case: "word crate:serde file:main kind:dep". */
  function parseQuery(query) {
    return query
      .trim()
      .toLowerCase()
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => {
        const field = /^(fn|file|crate|kind):(.+)$/.exec(word);
        return field ? { field: field[1], text: field[2] } : { field: "", text: word };
      });
  }

  function matchFrame(p, frame, fn, words) {
    const { GROUPS } = heapcoach.names;
    return words.every(({ field, text }) =>
      field === "crate"
        ? p.crate[frame].toLowerCase().includes(text)
        : field === "file"
          ? p.file[frame].toLowerCase().includes(text)
          : field === "kind"
            ? GROUPS[GROUP_OF_KIND[p.kind[frame]]].startsWith(text)
            : field === "fn"
              ? fn.toLowerCase().includes(text)
              : fn.toLowerCase().includes(text) ||
                p.file[frame].toLowerCase().includes(text) ||
                p.crate[frame].toLowerCase().includes(text),
    );
  }

  /* Which of `indexes` match. A row is judged by its line. */
  function filter(p, rows, indexes, query) {
    const words = parseQuery(query);
    if (!words.length) return indexes;
    const lines = rows.lines || rows,
      hits = new Uint8Array(lines.count);
    for (let line = 0; line < lines.count; line++)
      hits[line] = matchFrame(p, lines.frame[line], lines.fn[line], words) ? 1 : 0;
    return indexes.filter((r) => hits[rows.lines ? lines.ofPoint[r] : r]);
  }

  /* A line may be compiled to many addresses, each a frame of its own. */
  function sameLine(p, a, b) {
    return a === b || (p.line[a] === p.line[b] && p.file[a] === p.file[b] && p.fn[a] === p.fn[b]);
  }

  /* What the line calls that allocates: the outermost of the frames inside of it, "Vec::push". */
  function calleeOf(p, rows, r) {
    if (rows.of !== "stack") return "";
    for (let k = p.start[r] + 1; k < p.start[r + 1]; k++)
      if (sameLine(p, p.frames[k], rows.frame[r])) return p.label[p.frames[k - 1]];
    return "";
  }

  heapcoach.sites = {
    calleeOf,
    lines,
    stacks,
    pointsOf,
    order,
    orderByNumber,
    orderByText,
    filter,
    parseQuery,
    placeOf,
    lineFrame,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
