/* model_rust.js - a line of Rust cut into words to be coloured, and prose into words and code. No DOM.
 *
 * A reader's aid, no parser: it knows comments, literals, lifetimes, keywords, types and macros within
 * one line. The pieces joined are the line.
 */
"use strict";
(function (heapcoach) {
  const PIECE = new RegExp(
    [
      "(?<comment>//.*)",
      "(?<string>b?\"(?:[^\"\\\\]|\\\\.)*\"?|'(?:[^'\\\\]|\\\\.)')",
      "(?<lifetime>'[a-z_]\\w*)",
      "(?<number>\\b\\d[\\d_]*(?:\\.\\d+)?(?:[iuf]\\d+|usize|isize)?\\b)",
      "(?<macro>\\b[a-z_]\\w*!)",
      "(?<keyword>\\b(?:as|async|await|break|const|continue|else|enum|false|fn|for|if|impl|in|let|loop|match|mod|move|mut|pub|ref|return|self|Self|static|struct|super|trait|true|type|unsafe|use|where|while)\\b)",
      "(?<type>\\b[A-Z]\\w*)",
    ].join("|"),
    "gu",
  );

  /* [[class or "", text], ...] */
  function pieces(line) {
    const out = [];
    let at = 0;
    for (const match of line.matchAll(PIECE)) {
      if (match.index > at) out.push(["", line.slice(at, match.index)]);
      out.push([
        Object.keys(match.groups).find((name) => match.groups[name] !== undefined),
        match[0],
      ]);
      at = match.index + match[0].length;
    }
    if (at < line.length) out.push(["", line.slice(at)]);
    return out;
  }

  /* What is `in backticks`; paths, generic types, calls, and names with an underscore. */
  const GENERIC = "(?:<[^<>`]{1,80}(?:<[^<>`]{1,80}>[^<>`]{0,80})*>)?";
  const CODE = new RegExp(
    `\`([^\`\n]+)\`|[A-Za-z_]\\w*${GENERIC}(?:(?:::|\\.)[\\w{}#]+${GENERIC})*(?:\\(\\))?`,
    "gu",
  );

  /* Prose of the rules: [[text, whether it is code], ...]; without the backticks. */
  function spans(text) {
    const out = [];
    let at = 0;
    for (const match of text.matchAll(CODE)) {
      if (match[1] === undefined && !/::|_|<|\(\)/.test(match[0])) continue;
      if (match.index > at) out.push([text.slice(at, match.index), false]);
      out.push([match[1] || match[0], true]);
      at = match.index + match[0].length;
    }
    if (at < text.length) out.push([text.slice(at), false]);
    return out;
  }

  heapcoach.rust = { pieces, spans };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
