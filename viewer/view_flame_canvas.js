/* view_flame_canvas.js - boxes of a call tree on a canvas: drawing, pointer, keys. Used by the flame
 * graph and by the comparison, which differ in colours and in what a box says.
 *
 * Only boxes in sight and wide enough are drawn, so that a tree of a million nodes costs what the
 * screen holds. What the canvas shows is told to assistive technology by one tree item that follows
 * the focus, and by the list beside the graph.
 */
"use strict";
(function (heapcoach) {
  const { el, replace } = heapcoach.dom;
  const { units } = heapcoach;
  const ROW = 21,
    TALL_ROW = 26,
    LEAST_PIXELS = 0.6,
    TEXT_FROM = 26,
    PAD = 5;

  /* options: label, fill(node) -> [fill, text] css variables or colours, tip(node, more) -> children,
   * say(node) -> text, onzoom(node), onout(). show({tree, values, top, hits}). */
  function create(options) {
    const canvas = el("canvas", { class: "flame-canvas", "aria-hidden": "true" });
    const spacer = el("div", { class: "flame-spacer" });
    const item = el("div", {
      role: "treeitem",
      class: "offscreen",
      id: `${options.id}-focus`,
      "aria-selected": "true",
    });
    const tip = el("div", { class: "tip", hidden: true });
    const root = el(
      "div",
      {
        class: "flame",
        role: "tree",
        tabindex: "0",
        "aria-label": options.label,
        "aria-activedescendant": item.id,
      },
      canvas,
      spacer,
      item,
    );
    const f = {
      options,
      root,
      canvas,
      spacer,
      item,
      tip,
      boxes: null,
      hover: -1,
      focus: -1,
      theme: null,
      shown: null,
    };
    document.body.appendChild(tip);
    root.addEventListener(
      "scroll",
      () => {
        hideTip(f);
        draw(f);
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      if (f.shown) relayout(f);
    }).observe(root);
    document.addEventListener("heapcoach-theme", () => {
      f.theme = null;
      draw(f);
    });
    listen(f);
    return { root, show: (shown) => show(f, shown), focus: () => root.focus() };
  }

  function show(f, shown) {
    const moved =
      !f.shown ||
      f.shown.tree !== shown.tree ||
      f.shown.top !== shown.top ||
      f.shown.values !== shown.values;
    f.shown = shown;
    if (moved) {
      hideTip(f);
      relayout(f);
      f.root.scrollTop = 0;
    } else {
      draw(f);
    }
  }

  function relayout(f) {
    const width = f.root.clientWidth || 1,
      { tree, values, top } = f.shown;
    f.boxes = heapcoach.tree.layout(tree, values, top, LEAST_PIXELS / width);
    const levels = f.boxes.level.length ? f.boxes.level[f.boxes.level.length - 1] + 1 : 1;
    f.row =
      levels * TALL_ROW <= f.root.clientHeight
        ? TALL_ROW
        : ROW; /* room is used where there is some */
    f.spacer.style.height = `${Math.max(levels * f.row - f.root.clientHeight, 0)}px`;
    f.hover = f.focus = -1;
    f.item.textContent = f.options.say(top); /* until an arrow moves the focus */
    f.item.setAttribute("aria-level", "1");
    draw(f);
  }

  /* ---- drawing ---- */

  const COLORS = [
    "--user-box",
    "--dep-box",
    "--std-box",
    "--unknown-box",
    "--match-box",
    "--box-text",
    "--paper",
    "--accent",
    "--text-3",
    "--sunken",
    "--more",
    "--less",
    "--mono",
    "--ground",
    "--text",
  ];

  function themeOf(f) {
    if (!f.theme) {
      f.theme = {};
      for (const name of COLORS) f.theme[name] = heapcoach.chart.css(f.root, name);
    }
    return f.theme;
  }

  function draw(f) {
    const { canvas, root, boxes } = f,
      ratio = window.devicePixelRatio || 1;
    const width = root.clientWidth,
      height = root.clientHeight;
    if (!boxes || !width || !height) return;
    if (
      canvas.width !== Math.round(width * ratio) ||
      canvas.height !== Math.round(height * ratio)
    ) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const c = canvas.getContext("2d"),
      theme = themeOf(f);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = `${f.row === TALL_ROW ? 12 : 11}px ${theme["--mono"]}`;
    c.textBaseline = "middle";
    const letter = c.measureText("m").width,
      offset = root.scrollTop;
    for (let i = 0; i < boxes.node.length; i++) {
      const y = boxes.level[i] * f.row - offset;
      if (y + f.row > 0 && y < height)
        drawBox(f, c, theme, i, boxes.x[i] * width, y, boxes.width[i] * width, letter);
    }
  }

  function drawBox(f, c, theme, i, x, y, w, letter) {
    const { boxes, options, shown } = f,
      node = boxes.node[i],
      more = boxes.more[i];
    const gap = w > 3 ? 1 : 0;
    const hit = !more && shown.hits && shown.hits[shown.tree.name[node]];
    const fill = more ? theme["--sunken"] : hit ? theme["--match-box"] : options.fill(node, theme);
    c.globalAlpha = shown.hits && !hit && node !== shown.top ? 0.4 : 1;
    c.fillStyle = fill;
    c.fillRect(x, y, w - gap, f.row - 1);
    c.globalAlpha = 1;
    if (i === f.hover || i === f.focus) {
      c.strokeStyle = i === f.focus ? theme["--accent"] : theme["--text"];
      c.lineWidth = i === f.focus ? 2 : 1;
      c.strokeRect(x + 0.5, y + 0.5, Math.max(w - gap - 1, 1), f.row - 2);
    }
    if (w < TEXT_FROM) return;
    const text = more
      ? `${units.exact(more)} more`
      : units.visible(shown.tree.names.text[shown.tree.name[node]]);
    c.fillStyle = theme[more ? "--text-3" : "--box-text"];
    c.fillText(
      fit(node ? text : options.rootText || text, Math.floor((w - gap - 2 * PAD) / letter)),
      x + PAD,
      y + f.row / 2,
    );
  }

  /* A name too long loses the front of its path first: what is called is in its end. */
  function fit(text, room) {
    if (text.length <= room) return text;
    const parts = text.split("::");
    while (parts.length > 1 && text.length > room) {
      parts.shift();
      text = parts.join("::");
    }
    return text.length <= room ? text : room > 2 ? text.slice(0, room - 1) + "…" : "";
  }

  /* ---- which box ---- */

  function boxAt(f, px, py) {
    const x = px / f.root.clientWidth,
      level = Math.floor((py + f.root.scrollTop) / f.row),
      { boxes } = f;
    if (!boxes) return -1;
    for (let i = 0; i < boxes.node.length; i++)
      if (boxes.level[i] === level && x >= boxes.x[i] && x < boxes.x[i] + boxes.width[i]) return i;
    return -1;
  }

  function showTip(f, i, clientX, clientY) {
    const { tip, boxes, options } = f;
    replace(tip, options.tip(boxes.node[i], boxes.more[i]));
    tip.hidden = false;
    const width = tip.offsetWidth,
      height = tip.offsetHeight;
    const x =
      clientX + 14 + width > window.innerWidth ? Math.max(8, clientX - width - 14) : clientX + 14;
    const y =
      clientY + 18 + height > window.innerHeight
        ? Math.max(8, clientY - height - 12)
        : clientY + 18;
    tip.style.transform = `translate(${x}px, ${y}px)`;
  }

  function hideTip(f) {
    f.tip.hidden = true;
    f.hover = -1;
  }

  function setFocus(f, i) {
    const { boxes, root } = f;
    f.focus = i;
    f.item.textContent = boxes.more[i] ? `${boxes.more[i]} more` : f.options.say(boxes.node[i]);
    f.item.setAttribute("aria-level", String(boxes.level[i] + 1));
    const y = boxes.level[i] * f.row;
    if (y < root.scrollTop) root.scrollTop = y;
    else if (y + f.row > root.scrollTop + root.clientHeight)
      root.scrollTop = y + f.row - root.clientHeight;
    draw(f);
    const area = root.getBoundingClientRect();
    showTip(f, i, area.left + boxes.x[i] * area.width + 8, area.top + y - root.scrollTop + 6);
  }

  /* The box that an arrow leads to: the widest child, the parent, the neighbour. */
  function neighbour(f, key) {
    const { boxes, shown } = f,
      at = Math.max(f.focus, 0),
      { node, level, x, width, more } = boxes;
    if (f.focus < 0) return 0;
    if (key === "ArrowDown") {
      for (let i = at + 1; i < node.length; i++)
        if (
          level[i] === level[at] + 1 &&
          x[i] >= x[at] - 1e-12 &&
          x[i] < x[at] + width[at] &&
          !more[at]
        )
          return i;
    } else if (key === "ArrowUp") {
      for (let i = at - 1; i >= 0; i--)
        if (
          level[i] === level[at] - 1 &&
          (more[at] ? node[i] === node[at] : node[i] === shown.tree.parent[node[at]])
        )
          return i;
    } else {
      const next = at + (key === "ArrowRight" ? 1 : -1);
      if (next >= 0 && next < node.length && level[next] === level[at]) return next;
    }
    return at;
  }

  function listen(f) {
    const { root, canvas, options } = f;
    canvas.addEventListener("pointermove", (e) => {
      const i = boxAt(f, e.offsetX, e.offsetY);
      if (i !== f.hover) {
        f.hover = i;
        draw(f);
      }
      if (i >= 0) showTip(f, i, e.clientX, e.clientY);
      else f.tip.hidden = true;
    });
    canvas.addEventListener("pointerleave", () => {
      hideTip(f);
      draw(f);
    });
    canvas.addEventListener("click", (e) => {
      const i = boxAt(f, e.offsetX, e.offsetY);
      if (i >= 0) open(f, i);
    });
    root.addEventListener("blur", () => {
      f.focus = -1;
      hideTip(f);
      draw(f);
    });
    root.addEventListener("keydown", (e) => {
      if (/^Arrow/.test(e.key) && f.boxes && f.boxes.node.length) {
        e.preventDefault();
        setFocus(f, neighbour(f, e.key));
      } else if (e.key === "Enter" && f.focus >= 0) {
        e.preventDefault();
        open(f, f.focus);
      } else if (e.key === "Escape" || e.key === "Backspace") {
        e.preventDefault();
        options.onout();
      }
    });
  }

  function open(f, i) {
    if (f.boxes.more[i]) return;
    const node = f.boxes.node[i];
    if (node === f.shown.top) f.options.onout();
    else f.options.onzoom(node);
  }

  heapcoach.flameCanvas = { create, fit };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
