/* view_code.js - source and suggested code, with line numbers and a little colour. */
"use strict";
(function (heapcoach) {
  const { el } = heapcoach.dom;
  const { visible, visibleLines } = heapcoach.units;

  function lineOfCode(text) {
    return heapcoach.rust
      .pieces(text)
      .map(([kind, piece]) =>
        kind ? el("span", { class: `rust-${kind}` }, visible(piece)) : visible(piece),
      );
  }

  /* source: {first, changed, lines[]}; here: the line that is meant. */
  function excerpt(source, here) {
    const rows = source.lines.map((text, i) => {
      const number = source.first + i,
        marked = number === here;
      return el(
        "div",
        { class: marked ? "code-line here" : "code-line" },
        el("span", { class: "code-number" }, number),
        el("code", {}, lineOfCode(visibleLines(text))),
      );
    });
    return el(
      "div",
      { class: "code", role: "group", tabindex: "0", "aria-label": "Source" },
      rows,
      source.changed &&
        el("p", { class: "code-note" }, "The file was changed after the program was started."),
    );
  }

  function snippet(code) {
    const lines = visibleLines(code.replace(/\n+$/, "")).split("\n");
    return el(
      "div",
      { class: "code snippet", role: "group", tabindex: "0", "aria-label": "Suggested code" },
      lines.map((text) => el("div", { class: "code-line" }, el("code", {}, lineOfCode(text)))),
    );
  }

  heapcoach.code = { excerpt, snippet };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
