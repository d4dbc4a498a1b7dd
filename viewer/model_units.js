/* model_units.js - numbers and names as text. Used by every view; no DOM.
 *
 * Decimal units and the same digits as `heapcoach report` has (analyzer/core/figures.c), so that
 * the page and the terminal tell one story. Names are data of the profiled program: `visible`
 * makes characters that would hide or turn text around into signs that can be seen.
 */
"use strict";
(function (heapcoach) {
  const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
  const TIME_UNITS = ["ns", "µs", "ms", "s"];
  const COUNT_UNITS = ["", "k", "M", "G", "T", "P", "E"];
  const EXACT_BYTES_BELOW = 10240; /* 8,192 B says more than 8.2 kB */
  const EXACT_COUNT_BELOW = 10000000;

  /* 1234567 -> "1,234,567". Not toLocaleString: the same page for every reader. */
  function exact(n) {
    const digits = String(Math.round(Math.abs(n)));
    if (!/^\d+$/.test(digits)) return String(n);
    return (n < 0 ? "-" : "") + digits.replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function scaled(value, units) {
    let unit = 0;
    while (unit + 1 < units.length && value >= 1000 - 0.05) {
      value /= 1000;
      unit++;
    }
    const digits = value >= 99.95 || value === Math.floor(value) ? 0 : 1;
    return `${value.toFixed(digits)} ${units[unit]}`.trimEnd();
  }

  function signed(n, format) {
    return n < 0 ? "-" + format(-n) : format(n);
  }

  function bytes(n) {
    return signed(n, (v) => (v < EXACT_BYTES_BELOW ? exact(v) + " B" : scaled(v, BYTE_UNITS)));
  }

  function count(n) {
    return signed(n, (v) => (v < EXACT_COUNT_BELOW ? exact(v) : scaled(v, COUNT_UNITS)));
  }

  /* Where there is little room: "1.3 M". */
  function countShort(n) {
    return n < 1000000 ? count(n) : scaled(n, COUNT_UNITS);
  }

  function ns(n) {
    return n >= 60e9
      ? `${Math.floor(n / 60e9)} min ${Math.round((n % 60e9) / 1e9)} s`
      : scaled(Math.max(n, 0), TIME_UNITS);
  }

  /* A share 0..1 as "12 %"; small ones with a digit, none as "". */
  function percent(share) {
    const p = share * 100;
    if (!Number.isFinite(p)) return "";
    if (p > 0 && p < 0.1) return "<0.1 %";
    return `${p < 9.95 && p !== Math.floor(p) ? p.toFixed(1) : p.toFixed(0)} %`;
  }

  function share(part, whole) {
    return whole > 0 ? percent(part / whole) : "";
  }

  /* "+1,234" and "-1,234"; "0" for no change. */
  function change(n, format) {
    return n > 0 ? "+" + format(n) : format(n);
  }

  /* What hides, reorders or breaks text: control characters, bidi marks, zero-width ones. */
  const HIDDEN =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\t\n]/g;

  function visible(text) {
    return String(text).replace(
      HIDDEN,
      (c) => `‹U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`,
    );
  }

  /* "1 realloc", "2 reallocs". */
  function plural(n, one, many) {
    return `${count(n)} ${n === 1 ? one : many || one + "s"}`;
  }

  /* Of a first word: collect(), with_capacity, format!, io::Error, a.json. Prose has none of these. */
  const IS_CODE = /^\S*([_()!<>`/]|::|\.\w)/;

  /* A title of the rules, which begin small, as a heading. Code keeps the letters it has. */
  function sentence(text) {
    const title = String(text);
    return visible(IS_CODE.test(title) ? title : title.charAt(0).toUpperCase() + title.slice(1));
  }

  /* The same for text of several lines. */
  function visibleLines(text) {
    return String(text)
      .split("\n")
      .map((line) => visible(line.replace(/\t/g, "    ")))
      .join("\n");
  }

  /* A bucket of a log2 histogram: [low, high], both inclusive; bucket 0 holds 0 and 1. */
  function bucketRange(bucket) {
    return bucket === 0 ? [0, 1] : [2 ** bucket, 2 ** (bucket + 1) - 1];
  }

  heapcoach.units = {
    exact,
    bytes,
    count,
    countShort,
    ns,
    percent,
    share,
    change,
    visible,
    visibleLines,
    sentence,
    plural,
    bucketRange,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
