/* load.js - the viewer's model files, as the page loads them, and profiles to try them on. */
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");

const ROOT = path.join(__dirname, "../../..");
const VIEWER = path.join(ROOT, "viewer");

for (const name of fs.readFileSync(path.join(VIEWER, "files.list"), "utf8").split("\n"))
  if (name.startsWith("model_")) require(path.join(VIEWER, name));

const DATA = path.join(ROOT, "tests/cli/data");

/* Profiles of real producers: ours, Valgrind's, dhat-rs's. */
const REAL = ["own.json", "busy.json", "valgrind.json", "dhat-rs.json"];

function read(name) {
  return fs.readFileSync(path.join(DATA, name), "utf8");
}

function generate(sites, depth) {
  const out = path.join(
    fs.mkdtempSync(path.join(require("node:os").tmpdir(), "heapcoach-model-")),
    "made.json",
  );
  execFileSync("python3", [
    path.join(ROOT, "tests/viewer/generate.py"),
    "--sites",
    String(sites),
    "--depth",
    String(depth),
    out,
  ]);
  const text = fs.readFileSync(out, "utf8");
  fs.rmSync(path.dirname(out), { recursive: true });
  return text;
}

/* A small profile of ours: points are [stack of frame numbers, numbers], frames [fn, kind, crate, file, line]. */
function made(frames, points, more) {
  const own = [
    null,
    ...frames.map(([fn, kind, crate, file, line]) => ({ fn, kind, crate, file, line })),
  ];
  return Object.assign(
    {
      dhatFileVersion: 2,
      mode: "heap",
      verb: "Allocated",
      bklt: true,
      bkacc: false,
      tu: "µs",
      Mtu: "s",
      tuth: 10,
      cmd: "made",
      pid: 1,
      te: 1000,
      tg: 500,
      ftbl: ["[root]", ...frames.map(([fn], i) => `0x${(i + 1).toString(16)}: ${fn} (x.rs:1)`)],
      pps: points.map(([fs2, numbers]) =>
        Object.assign(
          { tb: 0, tbk: 0, tl: 0, mb: 0, mbk: 0, gb: 0, gbk: 0, eb: 0, ebk: 0, fs: fs2, hc: {} },
          numbers,
        ),
      ),
      heapcoach: {
        frames: own,
        threads: [],
        program: { cwd: "/w" },
        recorder: { clock: { unit_ns: 1000 } },
      },
    },
    more,
  );
}

module.exports = { heapcoach: globalThis.heapcoach, REAL, read, generate, made };
