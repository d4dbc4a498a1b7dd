/* model_findings.js - findings of a report: filtered, summed, as Markdown. No DOM. */
"use strict";
(function (heapcoach) {
  const { units } = heapcoach;

  function list(report) {
    return report && Array.isArray(report.findings) ? report.findings : [];
  }

  /* The line that the user can edit: of a dependency's finding the one that called it. */
  function editedPlace(finding) {
    return finding.scope === "dependency" && finding.caller ? finding.caller : finding.location;
  }

  function place(finding, base) {
    return placeText(editedPlace(finding), base);
  }

  /* "main.rs:12" of a location, as short as a page of that base folder needs it. */
  function placeText(location, base) {
    const { file, line } = location || {};
    return file ? heapcoach.names.shortPath(file, base) + (line ? `:${line}` : "") : "";
  }

  const FILTERS = {
    frule: (f) => f.rule,
    fcrate: (f) => f.crate || "",
    ffile: (f) => (editedPlace(f) || {}).file || "",
  };
  const WEIGHTY = new Set(["high", "medium"]);

  function isWeighty(f) {
    return WEIGHTY.has(f.severity) || (f.also || []).some((a) => WEIGHTY.has(a.severity));
  }

  function hasRule(f, rule) {
    return f.rule === rule || (f.also || []).some((a) => a.rule === rule);
  }

  function hasWords(f, query) {
    const at = editedPlace(f) || {};
    const text = [f.title, f.rule, f.crate, f.what, at.function, at.file].join("\n").toLowerCase();
    return query
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word));
  }

  /* state: frule, fcrate, ffile; fsev "all": those of little weight, too; fq: words to be found. A
   * finding passes by rule if one of those merged into it has the rule. */
  function filter(findings, state) {
    return findings.filter(
      (f) =>
        (state.fsev === "all" || isWeighty(f)) &&
        (!state.frule || hasRule(f, state.frule)) &&
        (!state.fcrate || FILTERS.fcrate(f) === state.fcrate) &&
        (!state.ffile || FILTERS.ffile(f) === state.ffile) &&
        (!state.fq || hasWords(f, state.fq)),
    );
  }

  /* What there is to choose from, most frequent first: [value, count]. */
  function choices(findings, filterKey) {
    const counts = new Map();
    for (const f of findings) {
      const value = FILTERS[filterKey](f);
      if (value) counts.set(value, (counts.get(value) || 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  /* "394,026 calls of the allocator", "1.1 MB allocated", ... */
  function savingParts(saving) {
    const parts = [];
    const s = saving || {};
    if (s.calls)
      parts.push([
        units.count(s.calls),
        s.calls === 1 ? "call of the allocator" : "calls of the allocator",
      ]);
    if (s.bytes) parts.push([units.bytes(s.bytes), "allocated"]);
    if (s.bytes_copied) parts.push([units.bytes(s.bytes_copied), "copied"]);
    if (s.peak_bytes) parts.push([units.bytes(s.peak_bytes), "at the peak"]);
    return parts;
  }

  /* With the time of those told with it that are about other blocks. */
  function savingInAll(finding) {
    return { ...finding.saving, ...finding.together };
  }

  /* The saving in one figure and what it is of: time, else peak, bytes, calls. */
  function headline(finding) {
    const s = savingInAll(finding);
    if (s.ns)
      return {
        figure: units.ns(s.ns),
        note: s.share >= 0.0005 ? `${units.percent(s.share)} of the run` : "",
      };
    if (s.peak_bytes) return { figure: units.bytes(s.peak_bytes), note: "at the peak" };
    if (s.bytes) return { figure: units.bytes(s.bytes), note: "allocated" };
    if (s.calls) return { figure: units.count(s.calls), note: "calls" };
    return { figure: "", note: "" };
  }

  function confidence(finding) {
    return finding.confidence + (finding.condition ? `, ${finding.condition}` : "");
  }

  function longestRow(text) {
    return Math.max(0, ...(text.match(/`+/g) || []).map((row) => row.length));
  }

  /* Code within a line; more backticks than the text has in a row. */
  function inlineCode(text) {
    const shown = units.visible(text),
      row = longestRow(shown),
      marks = "`".repeat(row + 1);
    return row ? `${marks} ${shown} ${marks}` : `${marks}${shown}${marks}`;
  }

  /* A text that shows as it is in Markdown, on one line. */
  function escape(text) {
    return units.visible(text).replace(/[\\`*_{}[\]<>#|~]/g, "\\$&");
  }

  function prose(text) {
    return heapcoach.rust
      .spans(text)
      .map(([part, isCode]) => (isCode ? inlineCode(part) : escape(part)))
      .join("");
  }

  function codeBlock(text) {
    const shown = units.visibleLines(text.replace(/\n+$/, ""));
    const marks = "`".repeat(Math.max(3, longestRow(shown) + 1));
    return `${marks}rust\n${shown}\n${marks}\n`;
  }

  function sourceText(finding) {
    const source = finding.source;
    if (!source || !Array.isArray(source.lines)) return "";
    return codeBlock(
      source.lines
        .map((text, i) => {
          const number = source.first + i,
            here = number === (editedPlace(finding) || {}).line;
          return `${here ? ">" : " "} ${String(number).padStart(5)} | ${text}`;
        })
        .join("\n"),
    );
  }

  function markdown(finding, base) {
    const saved = headline(finding);
    const at = place(finding, base);
    const parts = [`### ${escape(finding.title)}\n`];
    parts.push(
      `${inlineCode((editedPlace(finding) || {}).function || "?")}${at ? ` at ${inlineCode(at)}` : ""} ` +
        `(${escape(finding.rule)}, ${finding.severity})\n`,
    );
    const source = sourceText(finding);
    if (source) parts.push(source);
    parts.push(`${prose(finding.what)}\n`, `**Instead:** ${prose(finding.advice)}\n`);
    if (finding.code) parts.push(codeBlock(finding.code));
    const saving = savingParts(finding.saving)
      .map((pair) => pair.join(" "))
      .join(", ");
    if (saved.figure)
      parts.push(
        `**Saves** about ${saved.figure}${saved.note ? ` (${saved.note})` : ""}` +
          `${saving ? `: ${saving}` : ""}. Confidence ${escape(confidence(finding))}.\n`,
      );
    return parts.join("\n");
  }

  /* "first_bytes_p50" -> "first bytes p50" and its value with the unit that the key carries. */
  function evidence(finding) {
    return Object.entries(finding.evidence || {}).map(([key, value]) => {
      const shown =
        typeof value !== "number"
          ? String(value)
          : /share|ratio/.test(key) && value <= 1
            ? units.percent(value)
            : /bytes|copied|size|capacity/.test(key) && !/elements/.test(key)
              ? units.bytes(value)
              : /(?:^|_)ns$/.test(key)
                ? units.ns(value)
                : Number.isInteger(value)
                  ? units.exact(value)
                  : value.toFixed(2);
      return [key.replace(/_/g, " "), shown];
    });
  }

  /* Of all together, the whole run at most: as finding_saving_bound has it. */
  function totalSaving(findings) {
    const savings = findings.map(savingInAll);
    const ns = savings.reduce((sum, saving) => sum + (saving.ns || 0), 0);
    const share = savings.reduce((sum, saving) => sum + (saving.share || 0), 0);
    const largest = savings.reduce((most, saving) => Math.max(most, saving.ns || 0), 0);
    return share > 1 ? { ns: Math.max(Math.round(ns / share), largest), share: 1 } : { ns, share };
  }

  heapcoach.findings = {
    list,
    editedPlace,
    place,
    placeText,
    filter,
    choices,
    savingParts,
    headline,
    confidence,
    markdown,
    evidence,
    totalSaving,
    WEIGHTY,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
