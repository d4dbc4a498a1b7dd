/* model_state.js - what the page shows, as the fragment of its address. No DOM.
 *
 * Every view keeps its choices here under keys of its own, as texts; a key that has its default is
 * left out, so that a link is short. Unknown keys are kept: a link of a later version survives.
 */
"use strict";
(function (heapcoach) {
  const DEFAULTS = {
    view: "findings",
    finding: "",
    frule: "",
    fcrate: "",
    ffile: "",
    fsev: "",
    fq: "",
    metric: "bytes",
    way: "down",
    group: "",
    std: "folded",
    zoom: "",
    q: "",
    rows: "line",
    sort: "tb",
    rising: "",
    cols: "",
    sq: "",
    site: "",
    stack: "",
    cmetric: "bytes",
    cway: "down",
    czoom: "",
    cq: "",
    cpart: "flame",
    cwidth: "both",
    tsite: "",
  };

  function decode(fragment) {
    const state = Object.assign({}, DEFAULTS);
    for (const [key, value] of new URLSearchParams(fragment.replace(/^#/, "")))
      if (key !== "__proto__") state[key] = value;
    return state;
  }

  function encode(state) {
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries(state))
      if (value !== (DEFAULTS[key] === undefined ? "" : DEFAULTS[key])) params.set(key, value);
    return params.toString();
  }

  /* Paths of names, which may hold anything, as one text. */
  function joinPath(texts) {
    return texts.map((t) => t.replace(/[\\>]/g, (c) => "\\" + c)).join(">");
  }

  function splitPath(path) {
    if (!path) return [];
    const out = [""];
    for (let i = 0; i < path.length; i++) {
      if (path[i] === "\\" && i + 1 < path.length) out[out.length - 1] += path[++i];
      else if (path[i] === ">") out.push("");
      else out[out.length - 1] += path[i];
    }
    return out;
  }

  heapcoach.state = { DEFAULTS, decode, encode, joinPath, splitPath };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
