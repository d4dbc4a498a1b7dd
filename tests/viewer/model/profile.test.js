/* Reading profiles: what is taken, what is refused and how that is told. Not covered: the page. */
"use strict";
const test = require("node:test");
const assert = require("node:assert");
const { heapcoach, REAL, read, generate, made } = require("./load.js");
const { profile, names } = heapcoach;

const FRAMES = [
  ["malloc", "hook"],
  ["<alloc::vec::Vec<u8>>::push", "std", "alloc", "/rustc/1/library/alloc/src/vec/mod.rs", 9],
  ["app::work", "user", "app", "/w/src/a.rs", 7],
  ["app::main", "user", "app", "/w/src/main.rs", 3],
];

function refusal(text) {
  try {
    profile.parse(text, "x", null);
  } catch (e) {
    return e.message;
  }
  return assert.fail("it was taken");
}

test("totals are the sums over the points, and those that the recorder states", () => {
  for (const name of REAL) {
    const data = JSON.parse(read(name)),
      p = profile.fromData(data, name, null);
    assert.strictEqual(
      p.totals.bytes,
      data.pps.reduce((sum, point) => sum + point.tb, 0),
    );
    assert.strictEqual(
      p.totals.blocks,
      data.pps.reduce((sum, point) => sum + point.tbk, 0),
    );
  }
  const data = JSON.parse(generate(300, 20)),
    p = profile.fromData(data, "made", null),
    stated = data.heapcoach.totals;
  assert.deepStrictEqual(
    [p.totals.bytes, p.totals.peak_bytes, p.totals.end_blocks, p.totals.reallocs, p.totals.copied],
    [stated.bytes, stated.peak_bytes, stated.end_blocks, stated.reallocs, stated.bytes_copied],
  );
});

test("every column has what the file has", () => {
  for (const name of REAL) {
    const data = JSON.parse(read(name)),
      p = profile.fromData(data, name, null);
    data.pps.forEach((point, i) => {
      assert.strictEqual(p.columns.tb[i], point.tb);
      assert.strictEqual(p.columns.tbk[i], point.tbk);
      assert.deepStrictEqual(Array.from(p.frames.subarray(p.start[i], p.start[i + 1])), point.fs);
      if (data.bklt) assert.strictEqual(p.columns.gb[i], point.gb);
    });
  }
});

test("profiles of others have the metrics that their data allows, and no others", () => {
  const ids = (name) =>
    profile.metrics(profile.parse(read(name), name, null), false).map((m) => m.id);
  assert.ok(ids("valgrind.json").includes("read"));
  assert.ok(!ids("valgrind.json").includes("reallocs"));
  assert.ok(ids("dhat-rs.json").includes("peak_bytes"));
  assert.ok(!ids("dhat-rs.json").includes("read"));
  assert.ok(ids("own.json").includes("copied"));
});

test("without lifetimes there is no peak", () => {
  const data = made(FRAMES, [[[1, 2, 3, 4], { tb: 8, tbk: 1 }]], { bklt: false });
  const p = profile.fromData(data, "x", null);
  assert.strictEqual(p.columns.gb, undefined);
  assert.strictEqual(p.totals.peak_bytes, undefined);
  assert.strictEqual(p.totals.bytes, 8);
});

test("short-lived blocks are counted from the histogram, with a bucket that the limit cuts in part", () => {
  /* unit 1 µs, limit 10 µs: bucket 2 is 4..8 µs, bucket 3 is 8..16 µs, of which a quarter is below 10 */
  const data = made(FRAMES, [
    [
      [1, 2, 3, 4],
      {
        tb: 8,
        tbk: 12,
        hc: {
          luh: [
            [2, 4],
            [3, 8],
            [9, 100],
          ],
        },
      },
    ],
  ]);
  assert.strictEqual(profile.fromData(data, "x", null).columns.short[0], 4 + 2);
});

test("short-lived blocks of others go by the average", () => {
  const data = made(FRAMES, [
    [[1], { tb: 8, tbk: 4, tl: 40 }],
    [[2], { tb: 8, tbk: 4, tl: 41 }],
  ]);
  assert.match(
    profile.shortLivedWords(profile.fromData(data, "x", null)),
    /lived 10 µs at most\. /,
  );
  delete data.heapcoach;
  data.tuth = 1500;
  data.tu = "instrs";
  assert.match(
    profile.shortLivedWords(profile.fromData(data, "x", null)),
    /lived 1,500 instrs at most on average/,
  );
  data.tuth = 10;
  assert.deepStrictEqual(Array.from(profile.fromData(data, "x", null).columns.short), [4, 0]);
});

test("what cannot be read is refused with what was expected and what was found", () => {
  assert.match(refusal(""), /empty/);
  assert.match(refusal("PK\u0003\u0004"), /no DHAT profile.*begins with "\{"/s);
  assert.match(refusal('{"dhatFileVersion": 2, "pps": ['), /no whole JSON.*cut off/s);
  assert.match(refusal("{}"), /dhatFileVersion/);
  assert.match(
    refusal('{"schema": "heapcoach-report/1"}'),
    /heapcoach-report\/1.*profile it was made of/s,
  );
  assert.match(refusal('{"dhatFileVersion": 3}'), /version 2, found the number 3/);
  assert.match(refusal('{"dhatFileVersion": 2, "pps": {}}'), /"pps".*found an object/s);
  assert.match(refusal('{"dhatFileVersion": 2, "pps": []}'), /"ftbl".*found nothing/s);
  assert.match(refusal('{"dhatFileVersion": 2, "pps": [null], "ftbl": []}'), /program point 0/);
  assert.match(
    refusal('{"dhatFileVersion": 2, "pps": [{"fs": [7], "tb": 1, "tbk": 1}], "ftbl": ["[root]"]}'),
    /frame the number 7.*1 frames/s,
  );
  assert.match(
    refusal('{"dhatFileVersion": 2, "pps": [{"fs": [0.5]}], "ftbl": ["[root]", "a"]}'),
    /0\.5/,
  );
  assert.match(
    refusal('{"dhatFileVersion": 2, "pps": [{"fs": [], "tb": "5", "tbk": 1}], "ftbl": []}'),
    /"tb" of program point 0.*"5"/s,
  );
  assert.match(
    refusal('{"dhatFileVersion": 2, "pps": [{"fs": [], "tb": -5, "tbk": 1}], "ftbl": []}'),
    /-5/,
  );
});

test("odd but readable files are read", () => {
  for (const data of [
    made([], []),
    made(FRAMES, [[[], { tb: 1, tbk: 1 }]]),
    made(FRAMES, [
      [[1], {}],
      [[1], {}],
    ]),
    made(FRAMES, [[[1, 2], { tb: 2 ** 60, tbk: 1 }]]),
    made(FRAMES, [[[1], { hc: null }]]),
    made(FRAMES, [[[1], {}]], { heapcoach: 7 }),
    made(FRAMES, [[[1], { hc: { sz: "x", th: [null], g: 5, luh: 3, series: [] } }]], {
      heapcoach: { frames: {}, threads: 3, links: "x" },
    }),
  ]) {
    const p = profile.fromData(data, "x", null);
    for (const folded of [true, false])
      for (const group of ["", "crate", "thread"])
        heapcoach.tree.build(p, {
          folded,
          inverted: false,
          group,
          lines: heapcoach.sites.lines(p, null),
        });
    heapcoach.timeline.ofProfile(p);
    for (let i = 0; i < p.count; i++) heapcoach.detail.detail(p, [i]);
  }
});

test("frames of others are taken apart", () => {
  assert.deepStrictEqual(names.parseFrameText("0x1F: a::b (src/x.rs:3:4)"), {
    fn: "a::b",
    file: "src/x.rs",
    module: "",
    line: 3,
    address: "1F",
  });
  assert.deepStrictEqual(names.parseFrameText("0x1: malloc (in /usr/lib/v.so)"), {
    fn: "malloc",
    file: "",
    module: "/usr/lib/v.so",
    line: 0,
    address: "1",
  });
  assert.deepStrictEqual(names.parseFrameText("0x2: ???"), {
    fn: "",
    file: "",
    module: "",
    line: 0,
    address: "2",
  });
  assert.deepStrictEqual(names.parseFrameText("<&dyn core::ops::Fn() as x (y)>::z"), {
    fn: "<&dyn core::ops::Fn() as x (y)>::z",
    file: "",
    module: "",
    line: 0,
    address: "",
  });
});

test("names are short without what tells nothing", () => {
  const std = names.KIND.std,
    user = names.KIND.user;
  assert.strictEqual(names.shortName("<alloc::vec::Vec<u8>>::push", std), "Vec::push");
  assert.strictEqual(
    names.shortName("<T as alloc::string::ToString>::to_string", std),
    "ToString::to_string",
  );
  assert.strictEqual(
    names.shortName("core::option::Option<T>::map_or_else", std),
    "Option::map_or_else",
  );
  assert.strictEqual(
    names.shortName("app::work::<u8>::{closure#0}", user),
    "app::work::{closure#0}",
  );
  assert.strictEqual(
    names.shortName("<app::Thing<T> as core::fmt::Display>::fmt", user),
    "app::Thing::fmt",
  );
  assert.strictEqual(names.shortName("a::f::<fn() -> u8>", user), "a::f");
  assert.strictEqual(names.shortName("broken<<name", user), "broken<<name");
  assert.strictEqual(names.shortName("<>", user), "<>");
});

test("whose code a frame is may come with the report", () => {
  const data = made(FRAMES, [[[1, 2], { tb: 1, tbk: 1 }]]);
  delete data.heapcoach;
  const p = profile.fromData(data, "x", {
    kind_of_frame: ["", "hook", "dep"],
    crate_of_frame: ["", "", "serde"],
  });
  assert.strictEqual(p.kind[2], names.KIND.dep);
  assert.strictEqual(p.crate[2], "serde");
});

test("names without a path get crate and file, so that two of one name are two", () => {
  const registry = "/home/u/.cargo/registry/src/index.crates.io-1/regex-automata-0.4.1/src/";
  const p = profile.fromData(
    made(
      [
        ["build", "dep", undefined, registry + "nfa/compiler.rs", 5],
        ["build", "dep", undefined, registry + "meta/mod.rs", 5],
        ["work", "user", undefined, "/w/src/main.rs", 5],
        ["app::main", "user", "app", "/w/src/main.rs", 9],
        ["{closure#0}", "user", undefined, "/w/src/part.rs", 7],
        ["from_elem", "std", "alloc", "/rustc/1/library/alloc/src/vec/mod.rs", 2],
        ["malloc", "hook"],
      ],
      [],
    ),
    "x",
    null,
  );
  assert.deepStrictEqual(p.label.slice(1), [
    "regex_automata::compiler::build",
    "regex_automata::meta::build",
    "app::work",
    "app::main",
    "app::{closure@part.rs:7}",
    "vec::from_elem",
    "malloc",
  ]);
  assert.deepStrictEqual(p.crate.slice(1, 6), [
    "regex_automata",
    "regex_automata",
    "app",
    "app",
    "app",
  ]);
});

test("an older profile takes over whose code a function is", () => {
  const data = made(FRAMES, [[[1, 3], { tb: 1, tbk: 1 }]]);
  delete data.heapcoach;
  const kinds = ["", "hook", "std", "dep", "user"];
  const now = profile.fromData(data, "now", { kind_of_frame: kinds }),
    old = profile.fromData(data, "old", null);
  assert.notStrictEqual(old.kind[3], names.KIND.dep);
  profile.adoptKinds(old, now);
  assert.deepStrictEqual(Array.from(old.kind), Array.from(now.kind));
  assert.deepStrictEqual(old.label, now.label);
});

test("files are told from the folder that the program ran in, else from the one they have in common", () => {
  const base = (cwd, ...files) => {
    const data = made(
      files.map((file) => ["app::f", "user", "app", file, 1]),
      [[[1], { tb: 1, tbk: 1 }]],
    );
    data.heapcoach.program.cwd = cwd;
    return profile.fromData(data, "x", null).base;
  };
  assert.strictEqual(base("/w", "/w/src/main.rs"), "/w");
  assert.strictEqual(base("/run", "/src/w/src/bin/a.rs"), "/src/w");
  assert.strictEqual(base("/run", "/ws/x/src/a.rs", "/ws/y/src/b.rs"), "/ws");
  assert.strictEqual(base("/run", "/one/a.rs", "/two/b.rs"), "/run");
  assert.strictEqual(base("/run", "src/a.rs"), "/run");
  assert.strictEqual(base("/run", "/a.rs"), "/run");
});
