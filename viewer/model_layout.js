/* model_layout.js - what of a call tree is drawn, and where: boxes, paths, matches. No DOM.
 *
 * Works on any tree of model_tree.js with any column of its node values.
 */
"use strict";
(function (heapcoach) {
  /* Boxes of the subtree at `top`, as it is drawn: {node, x, width, level} with x and width in
   * 0..1 of the root's width. What is narrower than `least` is left out; the rest of a parent's
   * children is told by `more`, a box with the number of them. Level 0 is `top`. */
  function layout(tree, values, top, least) {
    const boxes = { node: [], x: [], width: [], level: [], more: [] };
    const total = values[top];
    if (!(total > 0)) return boxes;
    const push = (node, x, width, level, more) => {
      boxes.node.push(node);
      boxes.x.push(x);
      boxes.width.push(width);
      boxes.level.push(level);
      boxes.more.push(more);
    };
    push(top, 0, 1, 0, 0);
    for (let at = 0; at < boxes.node.length; at++) {
      if (boxes.more[at]) continue;
      layChildren(tree, values, total, least, boxes, at, push);
    }
    return boxes;
  }

  function layChildren(tree, values, total, least, boxes, at, push) {
    const node = boxes.node[at],
      wide = [];
    let rest = 0,
      restCount = 0;
    for (let k = tree.first[node]; k < tree.first[node + 1]; k++) {
      const kid = tree.kids[k],
        value = values[kid];
      if (value >= total * least) wide.push(kid);
      else if (value > 0) {
        rest += value;
        restCount++;
      }
    }
    wide.sort((a, b) => values[b] - values[a] || a - b);
    let x = boxes.x[at];
    for (const kid of wide) {
      push(kid, x, values[kid] / total, boxes.level[at] + 1, 0);
      x += values[kid] / total;
    }
    if (rest >= total * least) push(node, x, rest / total, boxes.level[at] + 1, restCount);
  }

  /* From the root to the node, the root left out. */
  function pathTo(tree, node) {
    const path = [];
    for (; node; node = tree.parent[node]) path.unshift(node);
    return path;
  }

  /* The node of a path of names, as far as there is one. */
  function findPath(tree, texts) {
    let node = 0;
    for (const text of texts) {
      let next = 0;
      for (let k = tree.first[node]; k < tree.first[node + 1] && !next; k++)
        if (tree.names.text[tree.name[tree.kids[k]]] === text) next = tree.kids[k];
      if (!next) return node;
      node = next;
    }
    return node;
  }

  /* ---- search ---- */

  /* Which names match: all words, in any case; 1 or 0 by name. */
  function matchNames(names, query) {
    const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const hits = new Uint8Array(names.text.length);
    if (words.length)
      for (let i = 1; i < hits.length; i++) {
        const text = names.text[i].toLowerCase();
        hits[i] = words.every((w) => text.includes(w)) ? 1 : 0;
      }
    return hits;
  }

  /* What passes through a match under `top`: no value counted twice where matches nest. */
  function matchedValue(tree, values, top, hits) {
    let sum = 0;
    const stack = [top];
    while (stack.length) {
      const node = stack.pop();
      if (node && hits[tree.name[node]]) {
        sum += values[node];
        continue;
      }
      for (let k = tree.first[node]; k < tree.first[node + 1]; k++) stack.push(tree.kids[k]);
    }
    return sum;
  }

  /* ---- what is under a node ---- */

  /* Sums by name under `top`: of all that passes through a name once, however it recurs. */
  function functionsUnder(tree, values, top, most) {
    const sums = new Float64Array(tree.names.text.length),
      self = new Float64Array(tree.names.text.length);
    const onPath = new Uint16Array(tree.names.text.length);
    const stack = [top],
      done = [];
    while (stack.length) {
      const node = stack[stack.length - 1],
        id = tree.name[node];
      if (done.length && done[done.length - 1] === node) {
        done.pop();
        stack.pop();
        onPath[id]--;
        continue;
      }
      if (node && onPath[id]++ === 0) sums[id] += values[node];
      else if (!node) onPath[id]++;
      let own = values[node];
      done.push(node);
      for (let k = tree.first[node]; k < tree.first[node + 1]; k++) {
        own -= values[tree.kids[k]];
        if (values[tree.kids[k]] > 0) stack.push(tree.kids[k]);
      }
      self[id] += own;
    }
    const order = heapcoach.sites.orderByNumber(sums);
    return Array.from(order.subarray(0, most))
      .filter((id) => id && sums[id] > 0)
      .map((id) => ({ id, sum: sums[id], self: self[id] }));
  }

  /* Sums by line (of model_sites) under `top`, the largest first: [{line, sum}]. */
  function linesUnder(tree, column, top, lines, most) {
    const inside = new Uint8Array(tree.count);
    inside[top] = 1;
    for (let node = top + 1; node < tree.count; node++) inside[node] |= inside[tree.parent[node]];
    const sums = new Float64Array(lines.count);
    const { point, part, whole } = tree.entries;
    for (let e = 0; e < point.length; e++)
      if (inside[tree.leaf[e]])
        sums[lines.ofPoint[point[e]]] += (column[point[e]] * part[e]) / whole[e];
    const order = Array.from(heapcoach.sites.orderByNumber(sums).subarray(0, most));
    return order.filter((line) => sums[line] > 0).map((line) => ({ line, sum: sums[line] }));
  }

  Object.assign(heapcoach.tree, {
    layout,
    pathTo,
    findPath,
    matchNames,
    matchedValue,
    functionsUnder,
    linesUnder,
  });
})((globalThis.heapcoach = globalThis.heapcoach || {}));
