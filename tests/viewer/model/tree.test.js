/* Call trees: every tree of every profile sums up to the profile, and small ones are as drawn by hand. */
"use strict";
const test = require("node:test");
const assert = require("node:assert");
const { heapcoach, REAL, read, generate, made } = require("./load.js");
const { profile, stackNames, tree: trees, sites, diff } = heapcoach;

const FRAMES = [
  ["malloc", "hook"],
  ["alloc::raw_vec::RawVec::grow", "std", "alloc"],
  ["<alloc::vec::Vec<u8>>::push", "std", "alloc"],
  ["app::fill", "user", "app", "/w/src/a.rs", 7],
  ["dep::call", "dep", "dep", "/r/registry/src/i/dep-1.0/src/lib.rs", 2],
  ["app::main", "user", "app", "/w/src/main.rs", 3],
  ["std::rt::lang_start", "rt", "std"],
  ["_start", "rt", ""],
  ["alloc::string::String::from", "std", "alloc"],
];
/* main > fill > push: 100; main > dep > fill > push: 10; main > fill > String::from: 1 */
const POINTS = [
  [
    [1, 2, 3, 4, 6, 7, 8],
    {
      tb: 100,
      tbk: 3,
      hc: {
        th: [
          [0, 1],
          [1, 2],
        ],
      },
    },
  ],
  [[1, 2, 3, 4, 5, 6, 7, 8], { tb: 10, tbk: 1 }],
  [[1, 9, 4, 6, 7, 8], { tb: 1, tbk: 1 }],
];

/* A tree as text, children in the order of their values: "name value(child, ...)". */
function draw(tree, values, node = 0) {
  trees.expand(tree, node);
  const kids = Array.from(
    { length: tree.last[node] - tree.first[node] },
    (_, k) => tree.first[node] + k,
  ).sort((a, b) => values.at(b) - values.at(a));
  return `${tree.names.text[tree.name[node]]} ${values.at(node)}${kids.length ? `(${kids.map((k) => draw(tree, values, k)).join(", ")})` : ""}`;
}

function small(options, column = "tb") {
  const p = profile.fromData(made(FRAMES, POINTS), "x", null);
  const tree = trees.build(
    p,
    Object.assign(
      { folded: true, inverted: false, group: "", lines: sites.lines(p, null) },
      options,
    ),
  );
  return draw(tree, trees.sums(tree, p.columns[column]));
}

test("std is folded into what was called, and what leads to main is left out", () => {
  assert.strictEqual(
    small({}),
    "all 111(app::main 111(app::fill 101(Vec::push 100, String::from 1), dep::call 10(app::fill 10(Vec::push 10))))",
  );
});

test("turned over, callers are below what allocates", () => {
  assert.strictEqual(
    small({ inverted: true }),
    "all 111(Vec::push 110(app::fill 110(app::main 100, dep::call 10(app::main 10))), String::from 1(app::fill 1(app::main 1)))",
  );
});

test("unfolded, all frames are there", () => {
  assert.match(
    small({ folded: false }),
    /^all 111\(_start 111\(rt::lang_start 111\(app::main 111\(app::fill 101\(Vec::push 100\(RawVec::grow 100\(malloc 100\)\), String::from 1\(malloc 1\)\)/,
  );
});

test("grouped by crate of the line, and by thread with the blocks as shares", () => {
  assert.match(small({ group: "crate" }), /^all 111\(app 111\(app::main 111/);
  const p = profile.fromData(made(FRAMES, POINTS), "x", null);
  const tree = trees.build(p, { folded: true, group: "thread" });
  const values = trees.sums(tree, p.columns.tb);
  const of = (name) => values.at(trees.findPath(tree, [name]));
  assert.deepStrictEqual([of("thread 0"), of("thread 1"), of("unknown thread")], [33, 67, 11]);
});

test("grouped by thread, bytes are those that each asked for, and what is live is shared by them", () => {
  const th = [
    [0, 1],
    [1, 3],
  ];
  const numbers = { tb: 9007199254740993, tbk: 4, gb: 11, gbk: 4, hc: { th } };
  const of = (unit, column, thb) => {
    numbers.hc.thb = thb;
    const p = profile.fromData(made(FRAMES, [[[1, 4, 6], numbers]]), "x", null);
    const tree = trees.build(p, { folded: true, group: "thread" });
    const values = trees.sums(tree, p.columns[column], unit);
    return ["thread 0", "thread 1"].map((name) => values.at(trees.findPath(tree, [name])));
  };
  const thb = [9007199254740000, 992];
  assert.deepStrictEqual(of("bytes", "tb", thb), thb);
  assert.deepStrictEqual(of("count", "tbk", thb), [1, 3]);
  assert.deepStrictEqual(of("bytes", "gb", thb), [10, 1]);
  assert.deepStrictEqual(of("count", "gbk", thb), [1, 3]);
  /* broken or absent: by blocks */
  for (const bad of [undefined, [1], ["a", 2], [0, 0], [-1, 9]])
    assert.deepStrictEqual(of("bytes", "gb", bad), [2, 9]);
});

test("a stack of nothing but std is told by what it asks for", () => {
  const p = profile.fromData(
    made(FRAMES, [
      [[1, 9, 7, 8], { tb: 5, tbk: 1 }],
      [[], { tb: 2, tbk: 1 }],
    ]),
    "x",
    null,
  );
  const tree = trees.build(p, { folded: true });
  assert.strictEqual(draw(tree, trees.sums(tree, p.columns.tb)), "all 7(String::from 5)");
});

function everyTree(p, check) {
  const lines = sites.lines(p, null);
  for (const folded of [true, false])
    for (const inverted of [false, true])
      for (const group of ["", "crate", "thread"])
        check(trees.build(p, { folded, inverted, group, lines }), `${folded} ${inverted} ${group}`);
}

test("for every metric every tree of real and made profiles sums up to the profile, and no child is more than its parent", () => {
  const texts = REAL.map((name) => [name, read(name)]).concat([["made", generate(500, 60)]]);
  for (const [name, text] of texts) {
    const p = profile.parse(text, name, null);
    everyTree(p, (tree, what) => {
      for (const metric of profile.metrics(p, true)) {
        const values = trees.sums(tree, p.columns[metric.column], metric.unit);
        assert.strictEqual(values.at(0), p.totals[metric.id], `${name} ${what} ${metric.id}`);
        for (let node = 0; node < tree.count; node++)
          assert.ok(
            trees.selfValue(tree, values, node) >= 0,
            `${name} ${what} ${metric.id} node ${node}`,
          );
      }
    });
  }
});

test("whatever part of a tree is looked at first, it is the same tree", () => {
  const p = profile.parse(generate(300, 30), "made", null),
    lines = sites.lines(p, null);
  for (const inverted of [false, true])
    for (const group of ["", "crate", "thread"]) {
      const tree = () => trees.build(p, { folded: true, inverted, group, lines });
      const whole = tree(),
        parts = tree();
      for (let node = 0; node < whole.count; node++) trees.expand(whole, node);
      /* the last stacks' nodes first, each by its path */
      for (let e = parts.order.length - 1; e >= 0; e -= 7) trees.nodeOfEntry(parts, e);
      for (const top of [0, trees.nodeOfEntry(parts, 5)])
        assert.strictEqual(
          draw(parts, trees.sums(parts, p.columns.tb), top),
          draw(
            whole,
            trees.sums(whole, p.columns.tb),
            trees.findPath(
              whole,
              trees.pathTo(parts, top).map((n) => parts.names.text[parts.name[n]]),
            ),
          ),
        );
    }
});

test("boxes of a layout lie within their parents and beside each other", () => {
  const p = profile.parse(generate(400, 30), "made", null);
  const tree = trees.build(p, { folded: true }),
    values = trees.sums(tree, p.columns.tb);
  const boxes = trees.layout(tree, values, 0, 1 / 1000);
  const at = new Map(boxes.node.map((node, i) => [node, i]).filter(([, i]) => !boxes.more[i]));
  const ends = new Map();
  boxes.node.forEach((node, i) => {
    if (i === 0) return;
    const parent = at.get(boxes.more[i] ? node : tree.parent[node]);
    assert.strictEqual(boxes.level[i], boxes.level[parent] + 1);
    assert.ok(boxes.x[i] + boxes.width[i] <= boxes.x[parent] + boxes.width[parent] + 1e-9);
    assert.ok(boxes.x[i] >= (ends.get(parent) ?? boxes.x[parent]) - 1e-9);
    ends.set(parent, boxes.x[i] + boxes.width[i]);
    assert.ok(boxes.width[i] >= 1 / 1000);
  });
  assert.ok(boxes.node.length > 20);
});

test("a zoomed layout has the node for its whole width", () => {
  const p = profile.fromData(made(FRAMES, POINTS), "x", null);
  const tree = trees.build(p, { folded: true }),
    values = trees.sums(tree, p.columns.tb);
  const node = trees.findPath(tree, ["app::main", "dep::call"]);
  const boxes = trees.layout(tree, values, node, 0.001);
  assert.deepStrictEqual(boxes.width, [1, 1, 1]);
  assert.deepStrictEqual(
    boxes.node.map((n) => tree.names.text[tree.name[n]]),
    ["dep::call", "app::fill", "Vec::push"],
  );
  assert.strictEqual(
    trees.findPath(tree, ["app::main", "no such"]),
    trees.findPath(tree, ["app::main"]),
  );
});

test("a match is counted once however matches nest", () => {
  const p = profile.fromData(made(FRAMES, POINTS), "x", null);
  const tree = trees.build(p, { folded: true }),
    values = trees.sums(tree, p.columns.tb);
  const matched = (query, top = 0) =>
    trees.matchedValue(tree, values, top, trees.matchNames(tree.names, query));
  assert.strictEqual(matched("app"), 111);
  assert.strictEqual(matched("PUSH"), 110);
  assert.strictEqual(matched("dep call"), 10);
  assert.strictEqual(matched("push", trees.findPath(tree, ["app::main", "dep::call"])), 10);
  assert.strictEqual(matched("nothing"), 0);
  assert.strictEqual(matched("  "), 0);
});

test("recursion a thousand deep is a path of that length", () => {
  const p = profile.fromData(
    made(FRAMES, [[[1, 3, ...new Array(1000).fill(4), 6], { tb: 7, tbk: 1 }]]),
    "x",
    null,
  );
  const tree = trees.build(p, { folded: true }),
    values = trees.sums(tree, p.columns.tb);
  assert.strictEqual(trees.layout(tree, values, 0, 0.001).level.at(-1), 1002);
  assert.strictEqual(tree.count, 1 + 1 + 1000 + 1);
});

test("two profiles in one tree keep the totals of both, and a swap swaps them", () => {
  const a = profile.parse(generate(300, 20), "a", null),
    b = profile.parse(read("busy.json"), "b", null);
  for (const inverted of [false, true]) {
    const pair = trees.buildPair(stackNames.ofPair(a, b), inverted),
      back = trees.buildPair(stackNames.ofPair(b, a), inverted);
    for (const metric of profile.metrics(a, true)) {
      const sums = diff.sums(pair, a.columns[metric.column], b.columns[metric.column]);
      const swapped = diff.sums(back, b.columns[metric.column], a.columns[metric.column]);
      assert.strictEqual(sums.oldSums.at(0), a.totals[metric.id]);
      assert.strictEqual(sums.newSums.at(0), b.totals[metric.id]);
      assert.strictEqual(swapped.newSums.at(0), a.totals[metric.id]);
      assert.strictEqual(sums.both.at(0), a.totals[metric.id] + b.totals[metric.id]);
    }
  }
});

test("the same profile twice differs in no node", () => {
  const text = read("own.json"),
    a = profile.parse(text, "a", null),
    b = profile.parse(text, "b", null);
  const pair = trees.buildPair(stackNames.ofPair(a, b), false);
  const sums = diff.sums(pair, a.columns.tb, b.columns.tb);
  for (let node = 0; node < pair.count; node++) {
    trees.expand(pair, node);
    assert.strictEqual(diff.tint(sums.oldSums.at(node), sums.newSums.at(node)), 0);
  }
  assert.ok(pair.count > 10);
  assert.deepStrictEqual(
    [diff.tint(0, 5), diff.tint(5, 0), diff.tint(4, 2), diff.tint(0, 0)],
    [1, -1, -0.5, 0],
  );
});

test("functions and lines under a node: recursion counts once, the rest is not there", () => {
  const p = profile.fromData(
      made(FRAMES, [...POINTS, [[1, 2, 3, 4, 4, 4, 6, 7, 8], { tb: 1000, tbk: 1 }]]),
      "x",
      null,
    ),
    lines = sites.lines(p, null);
  const tree = trees.build(p, { folded: true }),
    values = trees.sums(tree, p.columns.tb);
  const told = (top) =>
    Object.fromEntries(
      trees
        .functionsUnder(tree, values, top, 9)
        .map((f) => [tree.names.text[f.id], [f.sum, f.self]]),
    );
  assert.deepStrictEqual(told(0), {
    "app::main": [1111, 0],
    "app::fill": [1111, 0],
    "Vec::push": [1110, 1110],
    "dep::call": [10, 0],
    "String::from": [1, 1],
  });
  const dep = trees.findPath(tree, ["app::main", "dep::call"]);
  assert.deepStrictEqual(told(dep)["app::fill"], [10, 0]);
  const under = (top) =>
    trees.linesUnder(tree, values, top, lines, 9).map(({ line, sum }) => [lines.fn[line], sum]);
  assert.deepStrictEqual(under(0), [["app::fill", 1111]]);
  assert.deepStrictEqual(under(dep), [["app::fill", 10]]);
});

test("a closure that moved to another line is compared with itself", () => {
  const at = (line) =>
    profile.fromData(
      made(
        [
          ["malloc", "hook"],
          ["{closure#0}", "user", "app", "/w/src/a.rs", line],
        ],
        [[[1, 2], { tb: 8, tbk: 1 }]],
      ),
      "x",
      null,
    );
  const [a, b] = [at(7), at(9)];
  const pair = trees.buildPair(stackNames.ofPair(a, b), false);
  assert.strictEqual(
    draw(pair, diff.sums(pair, a.columns.tb, b.columns.tb).both),
    "all 16(app::{closure@a.rs} 16(malloc 16))",
  );
});
