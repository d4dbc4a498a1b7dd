/* model_profile.js - a DHAT file, ours or of others, as columns of numbers. No DOM.
 *
 * The one door for untrusted data: `parse` checks all that the rest relies on and throws an Error
 * whose message says what was expected and what was found. Afterwards, for a profile p:
 *   - column(p, name)[i] is a finite number >= 0 for each of p.count program points;
 *   - the frames of point i are p.frames[p.start[i] .. p.start[i + 1]), innermost first, each in
 *     [1, p.frameCount);
 *   - p.fn, p.file, p.crate, p.label are strings by frame, p.kind and p.line numbers by frame.
 * Numbers above 2^53 lose digits, as in any reader written in JavaScript.
 */
"use strict";
(function (heapcoach) {
  const { readFrames, adoptKinds, text } = heapcoach.frames;
  const { GROUP_OF_KIND, shortPath } = heapcoach.names;
  const USER = 1;

  /* DHAT's keys of a program point, and ours in its "hc". */
  const DHAT_KEYS = ["tb", "tbk"];
  const LIFETIME_KEYS = ["tl", "mb", "mbk", "gb", "gbk", "eb", "ebk"];
  const OWN_KEYS = ["rl", "rm", "bc", "births", "freed", "fe", "mo"];
  const ACCESS_KEYS = ["rb", "wb"];

  /* What can be looked at: column, name, unit, and what a file must have for it. */
  const METRICS = [
    {
      id: "bytes",
      column: "tb",
      title: "Bytes allocated",
      short: "Bytes",
      unit: "bytes",
      needs: "any",
    },
    {
      id: "blocks",
      column: "tbk",
      title: "Blocks allocated",
      short: "Blocks",
      unit: "count",
      needs: "any",
    },
    {
      id: "peak_bytes",
      column: "gb",
      title: "Bytes at the peak",
      short: "At peak",
      unit: "bytes",
      needs: "lifetimes",
    },
    {
      id: "peak_blocks",
      column: "gbk",
      title: "Blocks at the peak",
      short: "Blocks at peak",
      unit: "count",
      needs: "lifetimes",
    },
    {
      id: "end_bytes",
      column: "eb",
      title: "Bytes at the end",
      short: "At end",
      unit: "bytes",
      needs: "lifetimes",
    },
    {
      id: "end_blocks",
      column: "ebk",
      title: "Blocks at the end",
      short: "Blocks at end",
      unit: "count",
      needs: "lifetimes",
    },
    {
      id: "short_lived",
      column: "short",
      title: "Short-lived blocks",
      short: "Short-lived",
      unit: "count",
      needs: "lifetimes",
    },
    {
      id: "reallocs",
      column: "rl",
      title: "Reallocs",
      short: "Reallocs",
      unit: "count",
      needs: "own",
    },
    {
      id: "copied",
      column: "bc",
      title: "Bytes copied by reallocs",
      short: "Copied",
      unit: "bytes",
      needs: "own",
    },
    {
      id: "max_bytes",
      column: "mb",
      title: "Own maximum of live bytes",
      short: "Own max",
      unit: "bytes",
      needs: "lifetimes",
      sums: false,
    },
    {
      id: "read",
      column: "rb",
      title: "Bytes read",
      short: "Read",
      unit: "bytes",
      needs: "accesses",
    },
    {
      id: "written",
      column: "wb",
      title: "Bytes written",
      short: "Written",
      unit: "bytes",
      needs: "accesses",
    },
  ];

  function fail(message) {
    throw new Error(message);
  }

  function describe(value) {
    return value === undefined
      ? "nothing"
      : value === null
        ? "null"
        : Array.isArray(value)
          ? "an array"
          : typeof value === "object"
            ? "an object"
            : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
  }

  function number(value, what) {
    if (typeof value === "number" && value >= 0 && value < Infinity) return value;
    return fail(`Expected ${what} to be a number of 0 or more, found ${describe(value)}.`);
  }

  function parseJson(text) {
    const head = text.slice(0, 400).trimStart();
    if (!head) fail("The file is empty. Expected the JSON of a DHAT profile.");
    if (head[0] !== "{")
      fail(
        `This is no DHAT profile: expected JSON that begins with "{", found ` +
          `${JSON.stringify(head.slice(0, 24))}.`,
      );
    try {
      return JSON.parse(text);
    } catch (e) {
      return fail(`This is no whole JSON document (${e.message}). Was the file cut off?`);
    }
  }

  function checkHead(data) {
    if (data === null || typeof data !== "object")
      fail(`Expected an object, found ${describe(data)}.`);
    if (typeof data.schema === "string" && data.schema.startsWith("heapcoach-"))
      fail(`This is a ${data.schema} of heapcoach. Expected the profile it was made of.`);
    if (data.dhatFileVersion === undefined)
      fail(
        'This is no DHAT profile: it has no "dhatFileVersion". Expected a file of ' +
          "`heapcoach run`, `valgrind --tool=dhat` or dhat-rs.",
      );
    if (Number(data.dhatFileVersion) !== 2)
      fail(`Expected DHAT file version 2, found ${describe(data.dhatFileVersion)}.`);
    if (!Array.isArray(data.pps))
      fail(`Expected "pps" to be an array of program points, found ${describe(data.pps)}.`);
    if (!Array.isArray(data.ftbl))
      fail(`Expected "ftbl" to be an array of frames, found ${describe(data.ftbl)}.`);
  }

  function readStacks(p, pps) {
    let total = 0;
    for (let i = 0; i < pps.length; i++) {
      const point = pps[i];
      if (point === null || typeof point !== "object" || !Array.isArray(point.fs))
        fail(
          `Expected program point ${i} to have an array "fs", found ` +
            `${describe(point && point.fs)}.`,
        );
      total += point.fs.length;
    }
    p.start = new Uint32Array(pps.length + 1);
    p.frames = new Uint32Array(total);
    let at = 0;
    for (let i = 0; i < pps.length; i++) {
      const fs = pps[i].fs;
      p.start[i] = at;
      for (let k = 0; k < fs.length; k++) {
        const frame = fs[k];
        if (!(frame >= 0 && frame < p.frameCount && Number.isInteger(frame)))
          fail(
            `Program point ${i} names frame ${describe(frame)}, but there are ` +
              `${p.frameCount} frames.`,
          );
        p.frames[at++] = frame;
      }
    }
    p.start[pps.length] = at;
  }

  function readColumns(p, pps) {
    const keys = DHAT_KEYS.concat(p.lifetimes ? LIFETIME_KEYS : [], p.accesses ? ACCESS_KEYS : []);
    p.columns = {};
    for (const key of keys) {
      const column = (p.columns[key] = new Float64Array(pps.length));
      const optional = key === "tl" ? 0 : undefined;
      for (let i = 0; i < pps.length; i++) {
        const value = pps[i][key];
        column[i] =
          typeof value === "number" && value >= 0 && value < Infinity
            ? value
            : number(value === undefined ? optional : value, `"${key}" of program point ${i}`);
      }
    }
    if (!p.own) return;
    for (const key of OWN_KEYS) {
      const column = (p.columns[key] = new Float64Array(pps.length));
      for (let i = 0; i < pps.length; i++) {
        const hc = pps[i].hc;
        column[i] = (hc && Number(hc[key])) || 0;
      }
    }
  }

  /* How many of a point's blocks lived at most `limit`: within a bucket that the limit cuts, lives
   * are taken as evenly spread, as profile_write_point.c has it. */
  function belowLimit(hist, limit) {
    let blocks = 0;
    for (const bar of hist) {
      const low = bar[0] ? 2 ** bar[0] : 0,
        high = 2 ** (bar[0] + 1);
      if (high <= limit) blocks += bar[1];
      else if (low < limit) blocks += (bar[1] * (limit - low)) / (high - low);
    }
    return blocks;
  }

  /* What "short-lived" means in this profile. */
  function shortLivedWords(p) {
    const limit = `${p.shortTime.toLocaleString("en-US")} ${p.timeUnit}`;
    return p.own
      ? `Blocks that lived ${limit} at most. Estimated where the limit lies within a bar of the histogram.`
      : `Blocks of stacks whose blocks lived ${limit} at most on average: the lives of single blocks are not in this file.`;
  }

  function readShortLived(p, pps) {
    if (!p.lifetimes) return;
    const short = (p.columns.short = new Float64Array(pps.length));
    const { tl, tbk } = p.columns;
    const unitNs = p.own && p.own.recorder && p.own.recorder.clock && p.own.recorder.clock.unit_ns;
    const limit = unitNs > 0 ? (p.shortTime * 1000) / unitNs : 0;
    for (let i = 0; i < pps.length; i++) {
      if (!limit) short[i] = tbk[i] && tl[i] / tbk[i] <= p.shortTime ? tbk[i] : 0;
      else if (pps[i].hc && Array.isArray(pps[i].hc.luh))
        short[i] = Math.round(belowLimit(pps[i].hc.luh, limit));
    }
  }

  function sum(column) {
    let total = 0;
    for (let i = 0; i < column.length; i++) total += column[i];
    return total;
  }

  /* name: for messages; report: heapcoach's report of it, or null. */
  /* The folder that the user's files are told from: the one that the program ran in, or where it ran in
   * another than they lie in, the one that all of them have in common, above their src. */
  function baseOf(p, cwd) {
    let common = null;
    for (let frame = 1; frame < p.frameCount; frame++) {
      const file = p.file[frame];
      if (GROUP_OF_KIND[p.kind[frame]] !== USER || !file.startsWith("/")) continue;
      if (cwd && shortPath(file, cwd) !== file) return cwd;
      const parts = file.split("/").slice(0, -1);
      common = common || parts;
      const differs = common.findIndex((part, k) => part !== parts[k]);
      if (differs >= 0) common = common.slice(0, differs);
    }
    if (!common || common.length < 2) return cwd;
    const src = common.lastIndexOf("src");
    return src > 1 ? common.slice(0, src).join("/") : common.join("/");
  }

  function fromData(data, name, report) {
    checkHead(data);
    const own = data.heapcoach && typeof data.heapcoach === "object" ? data.heapcoach : null;
    const p = {
      name: name || "",
      own,
      count: data.pps.length,
      frameCount: data.ftbl.length,
      lifetimes: data.bklt === true,
      accesses: data.bkacc === true,
      mode: text(data.mode),
      command: text(data.cmd),
      timeUnit: text(data.tu),
      megaUnit: text(data.Mtu),
      shortTime: Number(data.tuth) || 0,
      endTime: Number(data.te) || 0,
      peakTime: Number(data.tg) || 0,
      pid: Number(data.pid) || 0,
      points: data.pps,
    };
    readStacks(p, data.pps);
    readColumns(p, data.pps);
    readShortLived(p, data.pps);
    readFrames(p, data, report);
    p.base = baseOf(p, own && own.program ? text(own.program.cwd) : "");
    p.totals = {};
    for (const metric of METRICS)
      if (hasMetric(p, metric)) p.totals[metric.id] = sum(p.columns[metric.column]);
    return p;
  }

  function parse(json, name, report) {
    return fromData(parseJson(json), name, report);
  }

  function hasMetric(p, metric) {
    return p.columns[metric.column] !== undefined;
  }

  function metrics(p, summing) {
    return METRICS.filter((m) => hasMetric(p, m) && !(summing && m.sums === false));
  }

  function metric(id) {
    return METRICS.find((m) => m.id === id);
  }

  function formatMetric(m, value) {
    return m.unit === "bytes" ? heapcoach.units.bytes(value) : heapcoach.units.count(value);
  }

  heapcoach.profile = {
    METRICS,
    parse,
    adoptKinds,
    fromData,
    metrics,
    metric,
    hasMetric,
    formatMetric,
    shortLivedWords,
    sum,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
