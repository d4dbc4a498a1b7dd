/* Lines and stacks: grouped, sorted, searched; one site's detail; the timeline; state; texts. */
"use strict";
const test = require("node:test");
const assert = require("node:assert");
const { heapcoach, REAL, read, generate, made } = require("./load.js");
const { profile, sites, detail, timeline, state, units, findings, rust } = heapcoach;

test("the lines add up to the profile for every column", () => {
  for (const name of REAL) {
    const p = profile.parse(read(name), name, null),
      rows = sites.lines(p, null);
    for (const [key, column] of Object.entries(p.columns))
      assert.strictEqual(profile.sum(rows.columns[key]), profile.sum(column), `${name} ${key}`);
    assert.strictEqual(profile.sum(rows.columns.points), p.count);
  }
});

test("the report says which line a point is of; a report of another profile does not", () => {
  const p = profile.parse(read("own.json"), "own", null);
  const frame = p.frames[p.start[0]];
  const fit = {
    lines: { frame: [frame], function: ["told"], of_point: new Array(p.count).fill(0) },
  };
  assert.deepStrictEqual(sites.lines(p, fit).fn, ["told"]);
  assert.notDeepStrictEqual(
    sites.lines(p, { lines: { frame: [frame], function: ["told"], of_point: [0] } }).fn,
    ["told"],
  );
  assert.notDeepStrictEqual(
    sites.lines(p, {
      lines: { frame: [9e9], function: ["told"], of_point: new Array(p.count).fill(0) },
    }).fn,
    ["told"],
  );
});

test("order by number falls, is stable, and is that of a comparing sort", () => {
  const keys = Float64Array.from(
    { length: 5000 },
    (_, i) => ((i * 7919) % 613) * (i % 5 ? 1 : 2 ** 40) + (i % 3 ? 0 : 0.25),
  );
  const expected = Array.from(keys.keys()).sort((a, b) => keys[b] - keys[a] || a - b);
  assert.deepStrictEqual(Array.from(sites.orderByNumber(keys)), expected);
  assert.deepStrictEqual(Array.from(sites.orderByNumber(new Float64Array(0))), []);
  assert.deepStrictEqual(Array.from(sites.orderByNumber(Float64Array.of(5, 5, 5))), [0, 1, 2]);
});

test("order by text rises without regard to case", () => {
  const texts = ["b", "A", "c", "a", "B"];
  assert.deepStrictEqual(
    Array.from(sites.orderByText(texts), (i) => texts[i]),
    ["A", "a", "B", "b", "c"],
  );
});

test("stacks are ordered by the texts of their lines", () => {
  const p = profile.parse(generate(300, 12), "x", null),
    lines = sites.lines(p, null),
    stacks = sites.stacks(p, lines);
  for (const key of ["fn", "place", "crate", "tb", "life"]) {
    const order = sites.order(p, stacks, key, false);
    assert.strictEqual(new Set(order).size, p.count);
    for (let i = 1; i < order.length; i++) {
      const [a, b] = [order[i - 1], order[i]];
      if (key === "fn") assert.ok(stacks.fn[a].toLowerCase() <= stacks.fn[b].toLowerCase());
      else if (key === "place")
        assert.ok(
          sites.placeOf(p, stacks.frame[a]).toLowerCase() <=
            sites.placeOf(p, stacks.frame[b]).toLowerCase(),
        );
      else if (key !== "crate") assert.ok(stacks.columns[key][a] >= stacks.columns[key][b]);
    }
    assert.deepStrictEqual(
      Array.from(sites.order(p, stacks, key, true)).reverse(),
      Array.from(order),
    );
  }
});

test("a search has all its words found, in a field where one is named", () => {
  const p = profile.parse(generate(200, 12), "x", null),
    rows = sites.lines(p, null),
    all = sites.order(p, rows, "tb", false);
  const found = (query) => Array.from(sites.filter(p, rows, all, query), (r) => rows.fn[r]);
  assert.strictEqual(found("").length, rows.count);
  assert.ok(found("STEP_1").every((fn) => fn.includes("step_1")));
  assert.ok(found("crate:made part3").every((fn) => fn.startsWith("made::part3")));
  assert.deepStrictEqual(found("crate:nosuch"), []);
  assert.strictEqual(
    found("kind:user").length +
      found("kind:dep").length +
      found("kind:std").length +
      found("kind:unknown").length,
    rows.count,
  );
});

test("a site has the histograms of its points, added up", () => {
  const p = profile.parse(generate(300, 10), "x", null),
    rows = sites.lines(p, null);
  for (let r = 0; r < rows.count; r++) {
    const points = sites.pointsOf(p, rows, r),
      d = detail.detail(p, points);
    const total = (hist) => hist.reduce((sum, bar) => sum + bar[1], 0);
    assert.strictEqual(total(d.sizes), rows.columns.tbk[r]);
    assert.strictEqual(total(d.livesTime), rows.columns.births[r]);
    assert.strictEqual(
      d.threads.reduce((sum, t) => sum + t.blocks, 0),
      rows.columns.tbk[r],
    );
    assert.strictEqual(
      d.freeing.reduce((sum, t) => sum + t.blocks, 0),
      rows.columns.freed[r],
    );
    assert.strictEqual(
      d.freeing.reduce((sum, t) => sum + t.elsewhere, 0),
      rows.columns.fe[r],
    );
    assert.strictEqual(d.columns.tb, rows.columns.tb[r]);
  }
});

test("who freed is told where several threads were at work, and is clear where it was one", () => {
  const frames = [
    ["malloc", "hook"],
    ["app::a", "user", "app", "/w/a.rs", 1],
  ];
  const th = [
    [0, 4],
    [2, 6],
  ];
  const thf = [
    [1, 5, 5],
    [2, 3, 1],
  ];
  const data = made(frames, [
    [[1, 2], { tb: 10, tbk: 10, hc: { th, thf, freed: 8, fe: 6 } }],
    [[2], { tb: 3, tbk: 3, hc: { th: [[2, 3]], freed: 2 } }],
    [[1], { tb: 1, tbk: 1, hc: { th: "x", thf: [[1], null, ["a", -1]], freed: 1 } }],
  ]);
  data.heapcoach.threads = [{ name: "main" }, { name: "writer" }];
  const d = detail.detail(profile.fromData(data, "x", null), [0, 1, 2]);
  const short = (list) => list.map((t) => [t.number, t.name, t.blocks, t.elsewhere]);
  assert.deepStrictEqual(short(d.threads), [
    [2, "", 9, 0],
    [0, "main", 4, 0],
  ]);
  assert.deepStrictEqual(short(d.freeing), [
    [1, "writer", 5, 5],
    [2, "", 5, 1],
  ]);
  /* profiles of before: several threads, or a free elsewhere, and nothing that says whose */
  const before = (hc) =>
    detail.detail(profile.fromData(made(frames, [[[1, 2], { tb: 9, tbk: 9, hc }]]), "x", null), [0])
      .freeing;
  assert.deepStrictEqual(before({ th, freed: 8 }), []);
  assert.deepStrictEqual(before({ th: [[0, 9]], freed: 8, fe: 1 }), []);
  assert.deepStrictEqual(short(before({ th: [[0, 9]], freed: 8 })), [[0, "", 8, 0]]);
  assert.deepStrictEqual(before({ th }), []);
});

test("links lead to where a block was grown, by line", () => {
  const frames = [
    ["malloc", "hook"],
    ["app::a", "user", "app", "/w/a.rs", 1],
    ["realloc", "hook"],
    ["app::b", "user", "app", "/w/a.rs", 9],
  ];
  const data = made(frames, [
    [[1, 2], { tb: 1, tbk: 1 }],
    [[3, 4], { tb: 1, tbk: 1 }],
  ]);
  data.heapcoach.links = [
    { kind: "grew", from: 0, to_fs: [3, 4], n: 5, bytes: 50 },
    { kind: "grew", from: 0, to: 1, n: 2, bytes: 20 },
    { kind: "freed", from: 0, to_fs: [99], n: 1 },
    { kind: "grew", from: 7, to: 1, n: 9 },
    null,
  ];
  const p = profile.fromData(data, "x", null),
    d = detail.detail(p, [0]);
  assert.deepStrictEqual(
    d.grew.map((l) => [p.fn[l.frame], l.n, l.bytes]),
    [["app::b", 7, 70]],
  );
  assert.strictEqual(d.freed.length, 1);
});

test("gaps of a histogram are filled", () => {
  assert.deepStrictEqual(
    detail.filled([
      [2, 5],
      [5, 1],
    ]),
    [
      [2, 5],
      [3, 0],
      [4, 0],
      [5, 1],
    ],
  );
  assert.deepStrictEqual(
    detail.addHistograms([
      [[2, 1]],
      [
        [1, 4],
        [2, 2],
      ],
      undefined,
      "x",
      [[99, 1], null],
    ]),
    [
      [1, 4],
      [2, 3],
    ],
  );
  assert.strictEqual(
    detail.quantileBucket(
      [
        [1, 5],
        [4, 5],
      ],
      0.5,
    ),
    1,
  );
  assert.strictEqual(detail.quantileBucket([], 0.5), -1);
});

test("the timeline is the recorded one, else the sum of the sites", () => {
  const data = JSON.parse(generate(50, 10)),
    p = profile.fromData(data, "x", null);
  const line = timeline.ofProfile(p);
  assert.strictEqual(line.source, "recorded");
  assert.strictEqual(line.t.length, data.heapcoach.timeline.points.length);
  assert.strictEqual(line.bytes.at(-1), p.totals.end_bytes);
  assert.strictEqual(line.peak.bytes, p.totals.peak_bytes);
  delete data.heapcoach.timeline;
  const summed = timeline.ofProfile(profile.fromData(data, "x", null));
  assert.strictEqual(summed.source, "sites");
  assert.strictEqual(summed.bytes.at(-1), p.totals.end_bytes);
  assert.strictEqual(timeline.ofProfile(profile.parse(read("valgrind.json"), "v", null)), null);
});

test("the line goes through the peak, wherever between its points that was", () => {
  const line = { t: [0, 1, 2], bytes: [0, 5, 1], blocks: [0, 2, 2] };
  const through = (t) =>
    timeline.throughPeak({ ...line, peak: { t, bytes: 9, blocks: 3 } }, "bytes");
  assert.deepStrictEqual(through(0.5), { t: [0, 0.5, 1, 2], values: [0, 9, 5, 1] });
  assert.deepStrictEqual(through(2), { t: [0, 1, 2, 2], values: [0, 5, 1, 9] });
  for (const peak of [null, { t: 3, bytes: 9 }, { t: NaN, bytes: 9 }, { t: 1, bytes: 0 }])
    assert.deepStrictEqual(timeline.throughPeak({ ...line, peak }, "bytes"), {
      t: line.t,
      values: line.bytes,
    });
});

test("rates are differences by time", () => {
  assert.deepStrictEqual(timeline.rates([0, 2, 3], [0, 10, 10]), [5, 5, 0]);
  assert.deepStrictEqual(timeline.ticks(10, 4), [0, 5, 10]);
  assert.deepStrictEqual(timeline.ticks(100, 4), [0, 25, 50, 75, 100]);
  assert.deepStrictEqual(timeline.ticks(0, 4), [0]);
  assert.strictEqual(timeline.indexAt([0, 1, 2], 1.5), 1);
});

test("the state comes back from the address as it was", () => {
  const s = Object.assign(state.decode(""), {
    view: "flame",
    zoom: state.joinPath(["a > b", "<script>&#", "c\\"]),
    q: 'ü "x"',
  });
  const back = state.decode("#" + state.encode(s));
  assert.deepStrictEqual(back, s);
  assert.deepStrictEqual(state.splitPath(back.zoom), ["a > b", "<script>&#", "c\\"]);
  assert.strictEqual(state.encode(state.decode("")), "");
  assert.strictEqual(state.decode("#later=1").later, "1");
  assert.strictEqual({}.polluted, undefined);
  state.decode("#__proto__=x");
  assert.strictEqual(Object.getPrototypeOf(state.decode("")), Object.prototype);
});

test("figures have the digits of the report", () => {
  assert.strictEqual(units.bytes(8192), "8,192 B");
  assert.strictEqual(units.bytes(12345), "12.3 kB");
  assert.strictEqual(units.bytes(999960), "1 MB".replace("1", "1.0"));
  assert.strictEqual(units.ns(1500), "1.5 µs");
  assert.strictEqual(units.percent(0.125), "13 %");
  assert.strictEqual(units.percent(0.004), "0.4 %");
  assert.strictEqual(units.percent(0.0001), "<0.1 %");
  assert.strictEqual(units.exact(1234567), "1,234,567");
  assert.strictEqual(units.change(-1500000, units.bytes), "-1.5 MB");
});

test("a heading begins with a capital, unless it begins with code", () => {
  assert.strictEqual(units.sentence("a new buffer for each use"), "A new buffer for each use");
  assert.strictEqual(units.sentence("grows: give it room"), "Grows: give it room");
  assert.strictEqual(units.sentence(""), "");
  for (const title of [
    "collect() cannot know the length",
    "with_capacity is too small",
    "reserve_exact in a loop",
    "format! makes a String each time",
    "to_string of a number",
    "io::Error is boxed",
    "a.json and b.json are of different programs",
  ])
    assert.strictEqual(units.sentence(title), title);
});

test("characters that hide or turn text are shown", () => {
  assert.strictEqual(units.visible("a\u202eb"), "a‹U+202E›b");
  assert.strictEqual(units.visible("a\nb\u0000"), "a‹U+000A›b‹U+0000›");
  assert.strictEqual(units.visible('<script>&"'), '<script>&"');
  assert.strictEqual(units.visibleLines("a\n\tb"), "a\n    b");
});

const HOSTILE = {
  id: "x-1",
  rule: "x",
  severity: "high",
  confidence: "high",
  condition: "",
  scope: "own",
  crate: "c",
  title: "<img src=x> **t**",
  location: { function: "f`g", file: "/w/a.rs", line: 3 },
  caller: null,
  what: "[w](javascript:x)",
  advice: "a",
  code: 'let x = "```";\n',
  evidence: { calls: 5, first_bytes_p50: 96, share: 0.5 },
  saving: { calls: 10, bytes: 20000, bytes_copied: 0, peak_bytes: 0, ns: 2500000, share: 0.1 },
  source: { first: 2, lines: ["a", "b`c"], changed: false },
  also: [],
};

test("a finding as Markdown has its names inert", () => {
  const text = findings.markdown(HOSTILE, "/w");
  assert.ok(text.startsWith("### \\<img src=x\\> \\*\\*t\\*\\*\n"));
  assert.ok(text.includes("`` f`g `` at `a.rs:3`"));
  assert.ok(text.includes('````rust\nlet x = "```";\n````'));
  assert.ok(text.includes(">     3 | b`c"));
  assert.ok(text.includes("\\[w\\](javascript:x)"));
  assert.ok(text.includes("2.5 ms (10 % of the run)"));
});

test("what is told together is saved together", () => {
  const alone = { saving: { ns: 2e6, share: 0.02, calls: 7 }, together: null };
  const led = { saving: { ns: 3e6, share: 0.03, calls: 9 }, together: { ns: 8e6, share: 0.08 } };
  assert.deepStrictEqual(findings.totalSaving([alone, led]), { ns: 10e6, share: 0.1 });
  const most = { saving: { ns: 95e6, share: 0.95, calls: 7 }, together: null };
  assert.deepStrictEqual(findings.totalSaving([most, alone, led]), { ns: 100e6, share: 1 });
  const cut = { saving: { ns: 120e6, share: 1, calls: 7 }, together: null }; // of which the share was cut
  assert.deepStrictEqual(findings.totalSaving([alone, cut]), { ns: 120e6, share: 1 });
  assert.strictEqual(findings.headline(led).figure, units.ns(8e6));
  assert.strictEqual(findings.headline(alone).figure, units.ns(2e6));
  assert.strictEqual(findings.headline({ saving: { calls: 5 } }).note, "calls"); // of an older report
});

test("findings are filtered by rule, crate, file, weight; those merged count", () => {
  const also = { rule: "y", severity: "low" };
  const list = [
    HOSTILE,
    Object.assign({}, HOSTILE, { id: "x-2", severity: "low", crate: "d", also: [also] }),
    Object.assign({}, HOSTILE, {
      id: "x-3",
      severity: "info",
      also: [{ rule: "z", severity: "high" }],
    }),
  ];
  const ids = (s) => findings.filter(list, s).map((f) => f.id);
  assert.deepStrictEqual(ids({}), ["x-1", "x-3"]);
  assert.deepStrictEqual(ids({ fsev: "all" }), ["x-1", "x-2", "x-3"]);
  assert.deepStrictEqual(ids({ fsev: "all", frule: "y" }), ["x-2"]);
  assert.deepStrictEqual(ids({ fsev: "all", fcrate: "d" }), ["x-2"]);
  assert.deepStrictEqual(ids({ fsev: "all", ffile: "/nowhere" }), []);
  assert.deepStrictEqual(findings.evidence(HOSTILE), [
    ["calls", "5"],
    ["first bytes p50", "96 B"],
    ["share", "50 %"],
  ]);
});

test("the pieces of a line of Rust are the line", () => {
  for (const line of [
    'let x: &\'a str = "a // b"; // c',
    "match c { '\\'' => 1_000u32, _ => vec![] }",
    "",
    "    }",
    '"open',
    "\u202e<b>",
  ])
    assert.strictEqual(
      heapcoach.rust
        .pieces(line)
        .map((p) => p[1])
        .join(""),
      line,
    );
  assert.deepStrictEqual(
    heapcoach.rust.pieces('let s = "x";').map((p) => p[0]),
    ["keyword", "", "string", ""],
  );
});

test("code in prose is what is in backticks, and what can be nothing else", () => {
  const code = (text) => {
    const spans = rust.spans(text);
    return spans.filter(([, isCode]) => isCode).map(([part]) => part);
  };
  assert.deepStrictEqual(code("inside the `if let`; hashbrown's entry_ref does all"), [
    "if let",
    "entry_ref",
  ]);
  assert.deepStrictEqual(code("app::run made 3 maps (HashMap<String, Vec<u64>>, 8 B each)."), [
    "app::run",
    "HashMap<String, Vec<u64>>",
  ]);
  assert.deepStrictEqual(code("Call Vec::with_capacity() or `shrink_to_fit`."), [
    "Vec::with_capacity()",
    "shrink_to_fit",
  ]);
  assert.deepStrictEqual(code("the length (items.len(), a count); HashMap<K, _>::get. Next."), [
    "items.len()",
    "HashMap<K, _>::get",
  ]);
  assert.deepStrictEqual(code("one ` alone, format! and 3 < 5, a (b) c"), []);
  for (const text of ["", "`a``b`", "<".repeat(9999), "a<".repeat(5000), "a<b>".repeat(3000)])
    assert.strictEqual(
      rust
        .spans(text)
        .map(([part]) => part)
        .join(""),
      text.replace(/`/g, ""),
    );
});

test("a stack's line is known by what it calls, at whichever address it was compiled to", () => {
  const frames = [
    ["malloc", "hook"],
    ["<alloc::vec::Vec<u8>>::push", "std", "alloc"],
    ["app::a", "user", "app", "/w/a.rs", 1],
    ["app::a", "user", "app", "/w/a.rs", 1],
  ];
  const data = made(frames, [
    [[1, 2, 3], { tb: 2, tbk: 1 }],
    [[1, 4], { tb: 1, tbk: 1 }],
  ]);
  const p = profile.fromData(data, "x", null),
    lines = sites.lines(p, null),
    stacks = sites.stacks(p, lines);
  assert.strictEqual(lines.count, 1);
  assert.deepStrictEqual(
    [0, 1].map((r) => sites.calleeOf(p, stacks, r)),
    ["Vec::push", "malloc"],
  );
});
