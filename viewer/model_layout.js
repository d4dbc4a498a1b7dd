/* model_layout.js - what of a call tree is drawn, and where: boxes, paths, matches. No DOM.
 *
 * Works on any tree of model_tree.js with any values of its nodes. What concerns all stacks below a node
 * goes through its entries, not through nodes, of which only those in sight are made.
 */
"use strict";
(function (heapcoach) {
  const { expand, depthOf, nameAt } = heapcoach.tree;

  /* Boxes of the subtree at `top`, as it is drawn: {node, x, width, level} with x and width in
   * 0..1 of the root's width. What is narrower than `least` is left out; the rest of a parent's
   * children is told by `more`, a box with the number of them. Level 0 is `top`. */
  function layout(tree, values, top, least) {
    const boxes = { node: [], x: [], width: [], level: [], more: [] };
    const total = values.at(top);
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
    expand(tree, node);
    for (let kid = tree.first[node]; kid < tree.last[node]; kid++) {
      const value = values.at(kid);
      if (value >= total * least) wide.push(kid);
      else if (value > 0) {
        rest += value;
        restCount++;
      }
    }
    wide.sort((a, b) => values.at(b) - values.at(a) || a - b);
    let x = boxes.x[at];
    for (const kid of wide) {
      push(kid, x, values.at(kid) / total, boxes.level[at] + 1, 0);
      x += values.at(kid) / total;
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
      const next = childWhere(tree, node, (name) => tree.names.text[name] === text);
      if (!next) return node;
      node = next;
    }
    return node;
  }

  function childWhere(tree, node, fits) {
    expand(tree, node);
    for (let kid = tree.first[node]; kid < tree.last[node]; kid++)
      if (fits(tree.name[kid])) return kid;
    return 0;
  }

  /* The node in which an entry ends. */
  function nodeOfEntry(tree, e) {
    let node = 0;
    for (let level = 0; level < depthOf(tree, e); level++)
      node = childWhere(tree, node, (name) => name === nameAt(tree, e, level));
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

  /* The first level that counts as "under" a node: the node's own. */
  function levelOf(tree, node) {
    return Math.max(tree.depth[node] - 1, 0);
  }

  /* What passes through a match under `top`: no value counted twice where matches nest. */
  function matchedValue(tree, values, top, hits) {
    const level = levelOf(tree, top);
    let sum = 0;
    for (let k = tree.from[top]; k < tree.to[top]; k++) {
      const e = tree.order[k],
        depth = depthOf(tree, e);
      for (let l = level; l < depth; l++)
        if (hits[nameAt(tree, e, l)]) {
          sum += values.entry[e];
          break;
        }
    }
    return sum;
  }

  /* ---- what is under a node ---- */

  /* Sums by name under `top`: of all that passes through a name once, however it recurs. */
  function functionsUnder(tree, values, top, most) {
    const names = tree.names.text.length,
      level = Math.max(levelOf(tree, top), tree.groups); /* a group is no function */
    const sums = new Float64Array(names),
      self = new Float64Array(names);
    const seenAt = new Uint32Array(names); /* 1 + where in the order the name was seen last */
    for (let k = tree.from[top]; k < tree.to[top]; k++) {
      const e = tree.order[k],
        value = values.entry[e],
        depth = depthOf(tree, e);
      for (let l = level; l < depth; l++) {
        const id = nameAt(tree, e, l);
        if (seenAt[id] !== k + 1) sums[id] += value;
        seenAt[id] = k + 1;
        if (l + 1 === depth) self[id] += value;
      }
    }
    const order = heapcoach.sites.orderByNumber(sums);
    return Array.from(order.subarray(0, most))
      .filter((id) => id && sums[id] > 0)
      .map((id) => ({ id, sum: sums[id], self: self[id] }));
  }

  /* Sums by line (of model_sites) under `top`, the largest first: [{line, sum}]. */
  function linesUnder(tree, values, top, lines, most) {
    const sums = new Float64Array(lines.count);
    for (let k = tree.from[top]; k < tree.to[top]; k++) {
      const e = tree.order[k];
      sums[lines.ofPoint[tree.entries.point[e]]] += values.entry[e];
    }
    const order = Array.from(heapcoach.sites.orderByNumber(sums).subarray(0, most));
    return order.filter((line) => sums[line] > 0).map((line) => ({ line, sum: sums[line] }));
  }

  Object.assign(heapcoach.tree, {
    layout,
    pathTo,
    findPath,
    nodeOfEntry,
    matchNames,
    matchedValue,
    functionsUnder,
    linesUnder,
  });
})((globalThis.heapcoach = globalThis.heapcoach || {}));
