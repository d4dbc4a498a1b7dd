/* model_tree.js - the call tree of a profile: built, folded, turned over, grouped, summed. No DOM.
 *
 * A tree is arrays by node, node 0 the root, a parent always before its children, so that sums are
 * one pass backwards. Nodes are merged by the frame's label and whose code it is, not by address:
 * what differs in generic arguments or line only is one node. The tree knows no metric: `sums`
 * makes one column of node values for each, and for every metric
 *     sums(tree, column)[0] = sum of the column over the profile.
 */
"use strict";
(function (heapcoach) {
  const { KIND, GROUP_OF_KIND } = heapcoach.names;
  const STD = 3;

  /* ---- names of nodes, shared by the trees that are compared ---- */

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

  /* All stacks as names, outermost first: {start, names}, as CSR. */
  function sequences(p, names, folded, nameOf) {
    const ofFrame = new Uint32Array(p.frameCount);
    for (let f = 0; f < p.frameCount; f++) {
      const label = p.label[f];
      ofFrame[f] = nameId(names, label ? nameOf(label) : "?", label ? GROUP_OF_KIND[p.kind[f]] : 0);
    }
    const start = new Uint32Array(p.count + 1);
    const all = new Uint32Array(p.frames.length);
    let deepest = 0;
    for (let i = 0; i < p.count; i++) deepest = Math.max(deepest, p.start[i + 1] - p.start[i]);
    const buffer = new Uint32Array(deepest);
    let at = 0;
    for (let i = 0; i < p.count; i++) {
      start[i] = at;
      let n = (folded ? pushFolded : pushWhole)(p, i, ofFrame, buffer);
      if (folded && n === 1 && names.kind[buffer[0]] === STD)
        buffer[0] = onlyRun(p, i, ofFrame) || buffer[0];
      all.set(buffer.subarray(0, n), at);
      at += n;
    }
    start[p.count] = at;
    return { start, names: all.slice(0, at) };
  }

  /* ---- entries: what is put into the tree ---- */

  /* A point is one entry, or under a grouping by threads one per thread, with its share of the
   * blocks: how many bytes each thread asked for is not recorded per site. */
  function entriesOf(p, names, grouping, lines) {
    const point = [],
      part = [],
      whole = [],
      group = [];
    const add = (i, a, b, name) => {
      point.push(i);
      part.push(a);
      whole.push(b);
      group.push(name);
    };
    for (let i = 0; i < p.count; i++) {
      if (grouping === "crate") {
        const frame = lines.frame[lines.ofPoint[i]];
        add(
          i,
          1,
          1,
          nameId(names, p.crate[frame] || "unknown crate", GROUP_OF_KIND[p.kind[frame]]),
        );
        continue;
      }
      const shares = grouping === "thread" ? threadShares(p, i) : null;
      if (!shares) {
        add(i, 1, 1, grouping === "thread" ? nameId(names, "unknown thread", 0) : 0);
        continue;
      }
      const total = shares.reduce((s, share) => s + share[1], 0);
      for (const [thread, blocks] of shares)
        add(i, blocks, total, nameId(names, threadName(p, thread), 0));
    }
    return {
      point: Uint32Array.from(point),
      part: Float64Array.from(part),
      whole: Float64Array.from(whole),
      group: Uint32Array.from(group),
    };
  }

  function threadShares(p, i) {
    const hc = p.points[i].hc;
    const shares =
      hc && Array.isArray(hc.th) ? hc.th.filter((s) => Array.isArray(s) && s[1] > 0) : [];
    return shares.length ? shares : null;
  }

  function threadName(p, number) {
    const thread = p.own && Array.isArray(p.own.threads) && p.own.threads[number];
    return thread ? `thread ${number} ${thread.name || ""}`.trim() : `thread ${number}`;
  }

  /* ---- the tree ---- */

  /* Children are found by a table of (parent, name): open addressing, doubled when half full. */
  function createBuilder(room) {
    const b = {
      count: 1,
      parent: new Uint32Array(room),
      name: new Uint32Array(room),
      slots: new Uint32Array(1 << Math.ceil(Math.log2(room * 2 + 2))),
    };
    return b;
  }

  function slotOf(b, parent, name) {
    const mask = b.slots.length - 1;
    let at = Math.imul(parent, 0x9e3779b1) + name;
    at = Math.imul(at ^ (at >>> 16), 0x85ebca6b);
    at = Math.imul(at ^ (at >>> 13), 0xc2b2ae35);
    at = (at ^ (at >>> 16)) & mask;
    for (let node; (node = b.slots[at]) !== 0; at = (at + 1) & mask)
      if (b.parent[node] === parent && b.name[node] === name) return at;
    return at;
  }

  function grow(b) {
    const parent = new Uint32Array(b.parent.length * 2),
      name = new Uint32Array(b.name.length * 2);
    parent.set(b.parent);
    name.set(b.name);
    Object.assign(b, { parent, name, slots: new Uint32Array(b.slots.length * 2) });
    for (let node = 1; node < b.count; node++) b.slots[slotOf(b, parent[node], name[node])] = node;
  }

  function child(b, parent, name) {
    const at = slotOf(b, parent, name);
    if (b.slots[at]) return b.slots[at];
    const node = b.count++;
    b.parent[node] = parent;
    b.name[node] = name;
    b.slots[at] = node;
    if (b.count === b.parent.length) grow(b);
    return node;
  }

  /* The children of node n are kids[first[n] .. first[n + 1]). */
  function finishTree(b, names) {
    const n = b.count;
    const parent = b.parent.slice(0, n),
      name = b.name.slice(0, n);
    const first = new Uint32Array(n + 2),
      kids = new Uint32Array(n);
    const depth = new Uint16Array(n);
    for (let node = 1; node < n; node++) {
      first[parent[node] + 2]++;
      depth[node] = depth[parent[node]] + 1;
    }
    for (let i = 2; i <= n + 1; i++) first[i] += first[i - 1];
    for (let node = 1; node < n; node++) kids[first[parent[node] + 1]++] = node;
    return { count: n, parent, name, first, kids, depth, names };
  }

  function addAll(b, entries, seq, inverted, leaf) {
    for (let e = 0; e < entries.point.length; e++) {
      const i = entries.point[e];
      let node = entries.group[e] ? child(b, 0, entries.group[e]) : 0;
      if (inverted)
        for (let k = seq.start[i + 1]; k-- > seq.start[i];) node = child(b, node, seq.names[k]);
      else
        for (let k = seq.start[i]; k < seq.start[i + 1]; k++) node = child(b, node, seq.names[k]);
      leaf[e] = node;
    }
  }

  /* options: folded, inverted, group ("", "crate", "thread"), lines (of model_sites, for
   * "crate"), names (of another tree, to be compared with). */
  function build(p, options) {
    const names = options.names || createNames();
    const seq = sequences(p, names, options.folded, (label) => label);
    const entries = entriesOf(p, names, options.group, options.lines);
    const b = createBuilder(1024);
    const leaf = new Uint32Array(entries.point.length);
    addAll(b, entries, seq, options.inverted, leaf);
    return Object.assign(finishTree(b, names), { entries, leaf, options });
  }

  /* Lines move from build to build. */
  function withoutLine(label) {
    return label.replace(/\{closure@([^:{}]+):\d+\}/, "{closure@$1}");
  }

  /* Two profiles in one tree, merged by names: entries of the second lie behind the first's. */
  function buildPair(oldP, newP, options) {
    const names = createNames();
    const b = createBuilder(1024);
    const side = (p) => {
      const seq = sequences(p, names, options.folded, withoutLine);
      const entries = entriesOf(p, names, "", null);
      const leaf = new Uint32Array(entries.point.length);
      addAll(b, entries, seq, options.inverted, leaf);
      return { entries, leaf };
    };
    const oldSide = side(oldP),
      newSide = side(newP);
    return Object.assign(finishTree(b, names), { old: oldSide, new: newSide, options });
  }

  /* ---- sums ---- */

  function addUp(tree, values) {
    for (let node = tree.count - 1; node > 0; node--) values[tree.parent[node]] += values[node];
    return values;
  }

  /* A point's value shared out among its threads without a remainder lost. */
  function leafValues(tree, side, column) {
    const values = new Float64Array(tree.count);
    const { point, part, whole } = side.entries;
    for (let e = 0, given = 0; e < point.length; e++) {
      const value = column[point[e]];
      if (part[e] === whole[e]) {
        values[side.leaf[e]] += value;
        given = 0;
        continue;
      }
      const last = e + 1 === point.length || point[e + 1] !== point[e];
      const share = last ? value - given : Math.floor((value * part[e]) / whole[e]);
      values[side.leaf[e]] += share;
      given = last ? 0 : given + share;
    }
    return values;
  }

  function sums(tree, column) {
    return addUp(tree, leafValues(tree, tree, column));
  }

  /* What ends in the node itself: its sum less its children's. */
  function selfValue(tree, values, node) {
    let self = values[node];
    for (let k = tree.first[node]; k < tree.first[node + 1]; k++) self -= values[tree.kids[k]];
    return self;
  }

  heapcoach.tree = { build, buildPair, sums, addUp, leafValues, selfValue };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
