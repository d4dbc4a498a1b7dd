/* model_frames.js - the frames of a profile as columns: function, file, line, whose code, label. No DOM.
 *
 * Used by model_profile.js, which has checked that there is an array of them.
 */
"use strict";
(function (heapcoach) {
  const { KIND, KINDS, parseFrameText, kindOfForeign, crateOfForeign, shortName } = heapcoach.names;

  function text(value) {
    return typeof value === "string" ? value : "";
  }

  function ownFrame(p, i, frame) {
    p.fn[i] = text(frame.fn);
    p.file[i] = text(frame.file);
    p.crate[i] = text(frame.crate);
    p.line[i] = Number(frame.line) || 0;
    p.kind[i] = KIND[frame.kind] || 0;
    p.inlined[i] = frame.inl ? 1 : 0;
    const module = p.own.modules && p.own.modules[frame.mod];
    p.module[i] = module ? text(module.path) : "";
  }

  function foreignFrame(p, i) {
    const parts = parseFrameText(p.text[i]);
    p.fn[i] = parts.fn;
    p.file[i] = parts.file;
    p.line[i] = parts.line;
    p.module[i] = parts.module;
    p.kind[i] = kindOfForeign(parts);
    p.crate[i] = crateOfForeign(parts.fn, p.kind[i]);
  }

  /* Code without a name: "rg+0x1234". */
  function addressLabel(p, i) {
    const address = /^0x[0-9a-f]+/i.exec(p.text[i]);
    const module = p.module[i] || (/ \(in (.+)\)$/.exec(p.text[i]) || ["", ""])[1];
    const base = module.slice(module.lastIndexOf("/") + 1);
    return address ? `${base || "?"}+${address[0]}` : p.text[i] || "?";
  }

  /* ---- names without a path, as builds with line tables alone have them for inlined functions ---- */

  const HAS_MODULE = new Uint8Array(KINDS.length);
  for (const kind of ["user", "dep", "std"]) HAS_MODULE[KIND[kind]] = 1;

  function crateOfPath(file) {
    const folder = /\/(?:registry\/src|git\/checkouts)\/[^/]+\/([^/]+?)-\d+\.\d+[^/]*\//.exec(file);
    return folder ? folder[1].replace(/-/g, "_") : "";
  }

  /* Another frame of the same file may know the crate; else a folder of cargo's, or the only one. */
  function fillCrates(p) {
    const ofFile = new Map(),
      users = new Set();
    for (let i = 1; i < p.frameCount; i++)
      if (p.crate[i] && HAS_MODULE[p.kind[i]]) {
        ofFile.set(p.file[i], p.crate[i]);
        if (p.kind[i] === KIND.user) users.add(p.crate[i]);
      }
    const only = users.size === 1 ? [...users][0] : "";
    for (let i = 1; i < p.frameCount; i++)
      if (!p.crate[i] && HAS_MODULE[p.kind[i]] && p.file[i])
        p.crate[i] =
          ofFile.get(p.file[i]) || crateOfPath(p.file[i]) || (p.kind[i] === KIND.user ? only : "");
  }

  /* The module that a file is, by its name: "compiler" of .../nfa/compiler.rs; "" of main, lib. */
  function moduleOfFile(file) {
    const [, folder, stem] = /(?:([^/]+)\/)?([^/]+)\.rs$/.exec(file) || [];
    const module = stem === "mod" ? folder : stem;
    return module === undefined || module === "main" || module === "lib" ? "" : module;
  }

  /* "build" would be one function of many crates: "regex_automata::compiler::build". A closure is told
   * by its line, as rustc does. */
  function qualified(p, i, fn) {
    const closure = /^\{\{?closure\}?(?:#\d+)?\}$/.test(fn) && p.line[i];
    const base = p.file[i].slice(p.file[i].lastIndexOf("/") + 1);
    const last = closure ? `{closure@${base}:${p.line[i]}}` : fn;
    const module = moduleOfFile(p.file[i]);
    const crate = p.kind[i] === KIND.std ? "" : p.crate[i];
    return [crate, module === crate || closure ? "" : module, last].filter(Boolean).join("::");
  }

  function label(p, i) {
    const short = shortName(p.fn[i], p.kind[i]);
    return short.includes("::") || !HAS_MODULE[p.kind[i]] || !p.file[i]
      ? short
      : qualified(p, i, short);
  }

  /* Whose code the same functions are in another profile, which the analyzer has judged. */
  function adoptKinds(p, judged) {
    const kinds = new Map();
    for (let i = 1; i < judged.frameCount; i++)
      kinds.set(`${judged.fn[i]}\n${judged.file[i]}`, judged.kind[i]);
    for (let i = 1; i < p.frameCount; i++) {
      const kind = kinds.get(`${p.fn[i]}\n${p.file[i]}`);
      if (kind === undefined || kind === p.kind[i]) continue;
      p.kind[i] = kind;
      p.label[i] = p.fn[i] ? label(p, i) : p.label[i];
    }
  }

  /* ---- all of them ---- */

  /* Whose code a frame of a foreign file is, as the analyzer knows it, is taken from the report. */
  function readFrames(p, data, report) {
    const n = p.frameCount;
    const own = p.own && Array.isArray(p.own.frames) ? p.own.frames : [];
    const kinds = (report && report.kind_of_frame) || [],
      crates = (report && report.crate_of_frame) || [];
    for (const key of ["text", "fn", "file", "crate", "module", "label"])
      p[key] = new Array(n).fill("");
    p.kind = new Uint8Array(n);
    p.inlined = new Uint8Array(n);
    p.line = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      p.text[i] = text(data.ftbl[i]);
      if (i === 0 && p.text[i] === "[root]") continue;
      if (own[i] && typeof own[i] === "object") ownFrame(p, i, own[i]);
      else foreignFrame(p, i);
      if (kinds[i] in KIND) p.kind[i] = KIND[kinds[i]];
      if (crates[i]) p.crate[i] = text(crates[i]);
    }
    fillCrates(p);
    for (let i = 1; i < n; i++) p.label[i] = p.fn[i] ? label(p, i) : addressLabel(p, i);
  }

  heapcoach.frames = { readFrames, adoptKinds, text };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
