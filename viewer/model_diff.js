/* model_diff.js - two profiles in one call tree, and the rows of `heapcoach diff`. No DOM.
 *
 * The tree is merged by frame names (stackNames.ofPair). Lines and findings are matched by the
 * analyzer, which knows more of them; the page shows what it says.
 */
"use strict";
(function (heapcoach) {
  const { tree: trees } = heapcoach;

  /* {oldSums, newSums, both} of a pair's tree for a column of each side: the older profile's entries
   * are first. */
  function sums(pair, oldColumn, newColumn) {
    const { count, oldCount } = pair.stacks;
    const oldValues = new Float64Array(count),
      newValues = new Float64Array(count),
      both = new Float64Array(count);
    oldValues.set(oldColumn);
    newValues.set(newColumn, oldCount);
    both.set(oldColumn);
    both.set(newColumn, oldCount);
    return {
      oldSums: trees.valuesOf(pair, oldValues),
      newSums: trees.valuesOf(pair, newValues),
      both: trees.valuesOf(pair, both),
    };
  }

  /* How much of the larger side has changed: -1 gone, 0 the same, 1 new. */
  function tint(oldValue, newValue) {
    const larger = Math.max(oldValue, newValue);
    return larger > 0 ? (newValue - oldValue) / larger : 0;
  }

  /* Keys of a diff's metrics, by ours. */
  const KEYS = {
    bytes: "bytes",
    blocks: "blocks",
    peak_bytes: "peak_bytes",
    peak_blocks: "peak_blocks",
    end_bytes: "end_bytes",
    end_blocks: "end_blocks",
    short_lived: "short_lived_blocks",
    reallocs: "reallocs",
    copied: "bytes_copied",
  };

  function rows(diff) {
    return diff && Array.isArray(diff.sites) ? diff.sites : [];
  }

  function change(row, metricId) {
    const c = row.changes && row.changes[KEYS[metricId]];
    return c ? { old: c.old, new: c.new, change: c.change, relative: c.relative } : null;
  }

  function total(diff, metricId) {
    const c = diff && diff.totals && diff.totals[KEYS[metricId]];
    return c ? { old: c.old, new: c.new, change: c.change, relative: c.relative } : null;
  }

  /* Rows that changed by the metric, the largest change first; key "change", "old", "new", "fn". */
  function changed(diff, metricId, key, rising) {
    const list = rows(diff).filter((row) => change(row, metricId));
    const value = (row) =>
      key === "change" ? Math.abs(change(row, metricId).change) : change(row, metricId)[key];
    const sign = rising ? -1 : 1;
    return list.sort(
      key === "fn"
        ? (a, b) => sign * (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0)
        : (a, b) => sign * (value(b) - value(a)),
    );
  }

  function nameOf(row) {
    return (row.new || row.old || {}).function || "";
  }

  const MATCH_WORDS = {
    same: "",
    function: "rewritten",
    stack: "found by its callers",
    new: "new",
    gone: "gone",
    rest: "what no line accounts for",
  };
  const FATES = [
    ["fixed", "Fixed"],
    ["new", "New"],
    ["worse", "Worse"],
    ["better", "Better"],
    ["unchanged", "Unchanged"],
  ];

  heapcoach.diff = { sums, tint, changed, change, total, nameOf, MATCH_WORDS, FATES };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
