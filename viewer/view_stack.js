/* view_stack.js - a call stack: the user's frames in full, runs of std folded. */
"use strict";
(function (heapcoach) {
  const { el, name } = heapcoach.dom;
  const { GROUPS, GROUP_OF_KIND, KINDS, withoutGenerics, shortPath } = heapcoach.names;
  const { visible } = heapcoach.units;
  const STD = 3;
  const WORDS = { unknown: "no name", user: "yours", dep: "dependency", std: "std" };

  function placeText(p, frame) {
    if (p.file[frame])
      return shortPath(p.file[frame], p.base) + (p.line[frame] ? `:${p.line[frame]}` : "");
    return p.module[frame] ? p.module[frame].slice(p.module[frame].lastIndexOf("/") + 1) : "";
  }

  /* For where there is little room: the end of a path is what tells lines apart. */
  function shortPlace(p, frame) {
    const text = placeText(p, frame),
      parts = text.split("/");
    return parts.length > 2 ? "…/" + parts.slice(-2).join("/") : text;
  }

  function row(p, frame) {
    const group = GROUPS[GROUP_OF_KIND[p.kind[frame]]];
    const fn = p.fn[frame];
    const shown = !fn
      ? p.label[frame]
      : group === "std"
        ? p.label[frame]
        : withoutGenerics(fn) || fn;
    return el(
      "li",
      { class: `frame kind-${group}`, title: fn || p.text[frame] },
      el("i", { class: "swatch", title: `${WORDS[group]} (${KINDS[p.kind[frame]]})` }),
      name(shown, "frame-name"),
      p.inlined[frame] ? el("span", { class: "tag" }, "inlined") : null,
      el(
        "span",
        { class: "frame-place", title: visible(placeText(p, frame)) },
        name(placeText(p, frame)),
      ),
    );
  }

  /* Runs of at least three frames of std become one line that opens. */
  function foldedRun(p, run) {
    const outer = run[run.length - 1];
    const open = el(
      "button",
      { type: "button", class: "frame fold", "aria-expanded": "false" },
      el("i", { class: "swatch" }),
      name(p.label[outer], "frame-name"),
      el("span", { class: "tag" }, `${run.length} frames of std`),
    );
    const item = el("li", { class: "kind-std fold-item" }, open);
    open.addEventListener("click", () => {
      const rows = run.map((frame) => row(p, frame));
      item.replaceWith(...rows);
      rows[0].tabIndex = -1;
      rows[0].focus();
    });
    return item;
  }

  /* Frames, innermost first. */
  function list(p, frames) {
    const items = [];
    for (let i = 0; i < frames.length;) {
      let end = i;
      while (end < frames.length && GROUP_OF_KIND[p.kind[frames[end]]] === STD) end++;
      if (end - i >= 3) {
        items.push(foldedRun(p, Array.from(frames.slice(i, end))));
        i = end;
      } else {
        items.push(row(p, frames[i++]));
      }
    }
    return el("ol", { class: "stack", "aria-label": "Stack, innermost frame first" }, items);
  }

  function ofPoint(p, i) {
    return list(p, p.frames.subarray(p.start[i], p.start[i + 1]));
  }

  heapcoach.stack = { list, ofPoint, placeText, shortPlace };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
