/* view_words.js - what the words on the page mean, and its keys. A part of view_about.js. */
"use strict";
(function (heapcoach) {
  const { el } = heapcoach.dom;
  const { units } = heapcoach;

  const WORDS = [
    [
      "block",
      "What one malloc, calloc or aligned allocation returned, until it is freed. A block that is realloc'd stays the same block.",
    ],
    [
      "site, line",
      "Where blocks are asked for: a line of source, with all call stacks that end in it.",
    ],
    [
      "birth site",
      "The site of a block's first allocation. Reallocs are charged to it, wherever they happen; the lines that grew the block are listed beside it.",
    ],
    [
      "bytes, blocks",
      "All that was ever asked for. A realloc counts as one more block and its whole new size.",
    ],
    [
      "at peak",
      "Live at the moment when the whole program had most bytes live; the latest of equal moments.",
    ],
    ["at end", "Not freed when the program ended."],
    ["short-lived", heapcoach.profile.shortLivedWords],
    ["reallocs, copied", "Reallocs of blocks, and the bytes that the ones that moved had to copy."],
    ["growth chain", "The sizes that one block went through, from birth to free."],
    [
      "handover",
      "A container that grows without realloc: it asks for a bigger block, copies, frees the old one.",
    ],
    [
      "yours, dependency, std",
      "Whose code a frame is: outside of cargo's and rustc's folders; in a crate from a registry; in the standard library, the C library or the runtime.",
    ],
    [
      "saving",
      "Calls removed times what this allocator's calls cost in this run, and bytes not copied. Of this run, not a promise for others.",
    ],
    ["in and below", "Bytes of all stacks that pass through the crate."],
  ];

  function words(app) {
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, "What the words mean"),
      el(
        "dl",
        { class: "words" },
        WORDS.map(([word, text]) => [
          el("dt", {}, word),
          el("dd", {}, typeof text === "function" ? units.visible(text(app.profile)) : text),
        ]),
      ),
    );
  }

  const KEYS = [
    ["/", "search"],
    ["1 – 6", "the views"],
    ["arrows", "move in lists, in the flame graph, in charts"],
    ["Enter", "open, zoom in"],
    ["Esc", "back, zoom out, close"],
    ["Tab", "the next control"],
  ];

  function keys() {
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, "Keys"),
      el(
        "table",
        { class: "pairs" },
        el(
          "tbody",
          {},
          KEYS.map(([key, text]) =>
            el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, key)), el("td", {}, text)),
          ),
        ),
      ),
    );
  }

  heapcoach.words = { words, keys };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
