/* model_frames.js - the frames of a profile as columns: function, file, line, whose code, label. No DOM.
 *
 * Used by model_profile.js, which has checked that there is an array of them.
 */
"use strict";
(function (heapcoach) {
  const { KIND, parseFrameText, kindOfForeign, crateOfForeign, shortName } = heapcoach.names;

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
      p.label[i] = p.fn[i] ? shortName(p.fn[i], p.kind[i]) : addressLabel(p, i);
    }
  }

  heapcoach.frames = { readFrames, text };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
