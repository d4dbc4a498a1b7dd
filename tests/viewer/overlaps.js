/* overlaps.js - which texts of the page are drawn over each other: evaluated in it by test_page.py.
 *
 * A text is where its lines are, as far as they are in sight: clipped by what they scroll in. Heads that
 * stay while the rest scrolls below them are for themselves. [[how many texts], ["one | other", ...]]. */
(() => {
  const HIDDEN = "script, style, noscript, option, .offscreen, details:not([open]) > :not(summary)";
  const clipped = (element, rect) => {
    let { left, top, right, bottom } = rect;
    const within = (r) => {
      left = Math.max(left, r.left);
      right = Math.min(right, r.right);
      top = Math.max(top, r.top);
      bottom = Math.min(bottom, r.bottom);
    };
    for (let n = element; n && n !== document.documentElement; n = n.parentElement) {
      const style = getComputedStyle(n);
      if (style.visibility === "hidden") return null;
      if (style.overflowX !== "visible" || style.overflowY !== "visible")
        within(n.getBoundingClientRect());
    }
    within({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (!node.data.trim() || node.parentElement.closest(HIDDEN)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const seen = clipped(node.parentElement, rect);
      if (seen)
        texts.push({ node, seen, head: node.parentElement.closest(".side-head, .table-head") });
    }
  }
  const found = [];
  texts.forEach((a, i) =>
    texts.slice(i + 1).forEach((b) => {
      if (a.node === b.node || a.head !== b.head) return;
      const width = Math.min(a.seen.right, b.seen.right) - Math.max(a.seen.left, b.seen.left);
      const height = Math.min(a.seen.bottom, b.seen.bottom) - Math.max(a.seen.top, b.seen.top);
      if (width > 2 && height > 3) found.push(`${a.node.data.trim()} | ${b.node.data.trim()}`);
    }),
  );
  return [texts.length, found];
})();
