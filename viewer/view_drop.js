/* view_drop.js - reading a DHAT file that is dropped onto the page or chosen. */
"use strict";
(function (heapcoach) {
  const { el, button, replace } = heapcoach.dom;

  function chooser(onfile) {
    const input = el("input", {
      type: "file",
      class: "offscreen",
      id: "file-input",
      accept: ".json,.out,application/json",
      tabindex: "-1",
      "aria-label": "DHAT file",
      onchange: () => input.files[0] && onfile(input.files[0]),
    });
    return [button("Choose a file", () => input.click(), { class: "button primary" }), input];
  }

  /* The page without data, or with data that cannot be read: message says what is wrong. */
  function draw(root, message, onfile) {
    replace(
      root,
      el(
        "div",
        { class: "drop", id: "drop" },
        message
          ? el(
              "div",
              { class: "problem", role: "alert" },
              el("b", {}, "This profile cannot be shown"),
              el("p", { id: "problem" }, heapcoach.units.visible(message)),
            )
          : null,
        el("h1", {}, "Drop a heap profile here"),
        el(
          "p",
          {},
          "A DHAT file, version 2: of heapcoach run, valgrind --tool=dhat, or dhat-rs. It is read in this page and goes nowhere.",
        ),
        el("div", { class: "actions" }, chooser(onfile)),
        el(
          "p",
          { class: "quiet" },
          "For advice on the lines to change, let the command make the page: heapcoach view FILE.",
        ),
      ),
    );
  }

  function listen(onfile) {
    let depth = 0;
    const over = (on) => document.body.classList.toggle("dragging", on);
    document.addEventListener("dragenter", () => over(++depth > 0));
    document.addEventListener("dragleave", () => over(--depth > 0));
    document.addEventListener("dragover", (e) => e.preventDefault());
    document.addEventListener("drop", (e) => {
      e.preventDefault();
      over((depth = 0) > 0);
      const file = e.dataTransfer && e.dataTransfer.files[0];
      if (file) onfile(file);
    });
  }

  heapcoach.drop = { draw, listen };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
