/* model_tree.js - the call tree of a profile, from main down or turned over, grouped, summed. No DOM.
 *
 * A tree is made as it is looked at: a node knows the entries (model_stacks.js) that pass through it, as
 * order[from .. to), and gets its children when somebody asks for them (`expand`), which parts its
 * entries by their next name. A tree of 100,000 stacks has millions of nodes, of which a screen shows a
 * few hundred: those cost milliseconds, where the whole would take seconds.
 *
 * Nodes are numbers, 0 the root, a parent always before its children; the children of an expanded node
 * are first[node] .. last[node] - 1. The tree knows no metric: `sums` makes node values of a column,
 * and for every metric
 *     sums(tree, column, unit).at(0) = sum of the column over the profile.
 */
"use strict";
(function (heapcoach) {
  const { stackNames } = heapcoach;
  const NODE_ARRAYS = ["parent", "name", "depth", "from", "to", "first", "last"];

  function create(stacks, entries, inverted) {
    const tree = { stacks, names: stacks.names, entries, inverted, count: 1 };
    for (const key of NODE_ARRAYS) tree[key] = new Uint32Array(1024);
    tree.order = Uint32Array.from(entries.point, (_, e) => e);
    tree.to[0] = tree.order.length;
    tree.groups = entries.group ? 1 : 0; /* levels of the tree above the stacks' */
    /* while a node is being expanded: see there */
    tree.next = new Uint32Array(tree.order.length);
    tree.scratch = new Uint32Array(tree.order.length);
    tree.childOf = new Uint32Array(0); /* by name */
    return tree;
  }

  /* options: folded, inverted, group ("", "crate", "thread"), lines (of model_sites, for
   * "crate"). */
  function build(p, options) {
    const stacks = stackNames.ofProfile(p, Boolean(options.folded));
    const entries = stackNames.entries(p, stacks, options.group || "", options.lines);
    return create(stacks, entries, Boolean(options.inverted));
  }

  /* Of the stacks of two profiles (stackNames.ofPair) in one tree, merged by names. */
  function buildPair(stacks, inverted) {
    return create(stacks, stackNames.entries(null, stacks, "", null), inverted);
  }

  /* ---- the names of an entry, by level ---- */

  /* How many nodes an entry passes through below the root. */
  function depthOf(tree, e) {
    const { start } = tree.stacks,
      i = tree.entries.point[e];
    return tree.groups + start[i + 1] - start[i];
  }

  /* The name at a level, 0 for a child of the root. */
  function nameAt(tree, e, level) {
    const { pool, start } = tree.stacks,
      i = tree.entries.point[e];
    if (level < tree.groups) return tree.entries.group[e];
    const k = level - tree.groups;
    return pool[tree.inverted ? start[i + 1] - 1 - k : start[i] + k];
  }

  /* ---- nodes ---- */

  function addNode(tree, parent, name) {
    const node = tree.count++;
    if (node === tree.parent.length)
      for (const key of NODE_ARRAYS) {
        const longer = new Uint32Array(node * 2);
        longer.set(tree[key]);
        tree[key] = longer;
      }
    tree.parent[node] = parent;
    tree.name[node] = name;
    tree.depth[node] = tree.depth[parent] + 1;
    return node;
  }

  /* The name by which each entry of a node goes on, into `next` by its place; 0: it ends there. */
  function readNext(tree, node) {
    const { order, next, inverted } = tree,
      { pool, start } = tree.stacks,
      { point, group } = tree.entries,
      level = tree.depth[node],
      to = tree.to[node];
    if (level < tree.groups) {
      for (let k = tree.from[node]; k < to; k++) next[k] = group[order[k]];
      return;
    }
    for (let k = tree.from[node]; k < to; k++) {
      const i = point[order[k]],
        begin = start[i],
        end = start[i + 1],
        at = inverted ? end - 1 - level + tree.groups : begin + level - tree.groups;
      next[k] = at >= begin && at < end ? pool[at] : 0;
    }
  }

  /* Children in the order in which their first entries come; in `to` how many entries each has. */
  function addChildren(tree, node) {
    const { next, childOf } = tree,
      end = tree.to[node];
    let ending = 0 /* entries that end in the node itself */,
      { to } = tree;
    for (let k = tree.from[node]; k < end; k++) {
      const name = next[k];
      if (!name) {
        ending++;
        continue;
      }
      if (!childOf[name]) {
        childOf[name] = addNode(tree, node, name);
        to = tree.to; /* it may have been made longer */
      }
      to[childOf[name]]++;
    }
    return ending;
  }

  /* Entries by child, those that end here first; within each they keep their order. */
  function partEntries(tree, node) {
    const { order, next, scratch, childOf, to } = tree,
      from = tree.from[node],
      end = to[node];
    let ended = from;
    for (let k = from; k < end; k++) scratch[next[k] ? to[childOf[next[k]]]++ : ended++] = order[k];
    for (let k = from; k < end; k++) order[k] = scratch[k];
  }

  /* Gives the node its children, if it has not got them yet. */
  function expand(tree, node) {
    if (tree.last[node]) return;
    if (tree.childOf.length < tree.names.text.length)
      tree.childOf = new Uint32Array(tree.names.text.length);
    readNext(tree, node);
    const first = tree.count,
      ending = addChildren(tree, node);
    tree.first[node] = first;
    tree.last[node] = tree.count;
    for (let child = first, at = tree.from[node] + ending; child < tree.count; child++) {
      at += tree.to[child];
      tree.from[child] = tree.to[child] = at - tree.to[child];
    }
    if (ending || tree.count > first + 1) partEntries(tree, node);
    else if (tree.count > first) tree.to[first] = tree.to[node]; /* all go the same way */
    for (let child = first; child < tree.count; child++) tree.childOf[tree.name[child]] = 0;
  }

  /* ---- sums ---- */

  /* Node values of values by entry: {entry, at(node)}. A sum is made when it is first asked for. */
  function valuesOf(tree, entry) {
    let known = new Float64Array(1024).fill(NaN);
    return {
      entry,
      at(node) {
        if (node >= known.length) {
          const longer = new Float64Array(tree.parent.length).fill(NaN);
          longer.set(known);
          known = longer;
        }
        if (Number.isNaN(known[node])) {
          let sum = 0;
          for (let k = tree.from[node]; k < tree.to[node]; k++) sum += entry[tree.order[k]];
          known[node] = sum;
        }
        return known[node];
      },
    };
  }

  /* Of a profile's column; unit "bytes" or "count" says by what threads share. */
  function sums(tree, column, unit) {
    return valuesOf(tree, stackNames.entryValues(tree.entries, column, unit));
  }

  /* What ends in the node itself: its sum less its children's. */
  function selfValue(tree, values, node) {
    expand(tree, node);
    let self = values.at(node);
    for (let kid = tree.first[node]; kid < tree.last[node]; kid++) self -= values.at(kid);
    return self;
  }

  heapcoach.tree = { build, buildPair, expand, depthOf, nameAt, valuesOf, sums, selfValue };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
