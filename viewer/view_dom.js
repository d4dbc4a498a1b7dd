/* view_dom.js - making elements. All views are made of these.
 *
 * Names are data of the profiled program: they get into the page as text nodes only, with what would
 * hide or turn text made visible. Nothing in viewer/ uses innerHTML.
 */
"use strict";
(function (heapcoach) {
  const { visible } = heapcoach.units;

  /* el('p', {class: 'x', onclick: f, 'aria-label': 'y'}, 'text', child, [children], null) */
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key === "style" && typeof value === "object")
        for (const [name, v] of Object.entries(value)) node.style.setProperty(name, v);
      else node.setAttribute(key, value === true ? "" : value);
    }
    return add(node, children);
  }

  function add(node, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  }

  /* What a control is, so that its like can be found after it was made anew. */
  function identity(node) {
    return [node.tagName, node.id, node.getAttribute("aria-label"), node.textContent].join("\n");
  }

  /* New content; the focus goes to the control that is as the one that had it. */
  function replace(node, ...children) {
    const held = node.contains(document.activeElement) && node !== document.activeElement;
    const focused = held ? document.activeElement : null;
    const wanted = held ? identity(focused) : "";
    node.textContent = "";
    add(node, children);
    if (held && !focused.isConnected) {
      const like = [...node.querySelectorAll(focused.tagName)].find((n) => identity(n) === wanted);
      if (like) like.focus();
    } else if (held) {
      focused.focus();
    }
    return node;
  }

  /* Text of the program: isolated, with hidden characters shown. */
  function name(text, className) {
    return el("bdi", { class: className ? `name ${className}` : "name" }, visible(text));
  }

  /* A sentence of the rules, in which code is shown as such. */
  function prose(text) {
    return heapcoach.rust
      .spans(visible(text))
      .map(([part, isCode]) => (isCode ? el("code", { class: "inline" }, part) : part));
  }

  function button(label, onclick, attributes) {
    return el(
      "button",
      Object.assign({ type: "button", class: "button", onclick }, attributes),
      label,
    );
  }

  /* One of several: [[value, label], ...]. onpick(value). */
  function segmented(label, options, value, onpick) {
    const group = el("div", { class: "segmented", role: "radiogroup", "aria-label": label });
    for (const [v, text, title] of options)
      group.appendChild(
        el(
          "button",
          {
            type: "button",
            role: "radio",
            "aria-checked": String(v === value),
            title,
            tabindex: v === value ? "0" : "-1",
            onclick: () => onpick(v),
            onkeydown: (e) => moveRadio(e, group),
          },
          text,
        ),
      );
    return group;
  }

  function moveRadio(e, group) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key];
    if (!step) return;
    e.preventDefault();
    e.stopPropagation();
    const all = [...group.children];
    const next = all[(all.indexOf(e.currentTarget) + step + all.length) % all.length];
    next.focus(); /* before the click, which may have the group made anew */
    next.click();
  }

  function select(label, options, value, onpick) {
    const node = el("select", {
      "aria-label": label,
      class: "select",
      onchange: () => onpick(node.value),
    });
    for (const [v, text] of options)
      node.appendChild(el("option", { value: v, selected: v === value }, visible(text)));
    return el("label", { class: "field" }, el("span", { class: "field-label" }, label), node);
  }

  function searchBox(label, value, oninput, placeholder) {
    return el("input", {
      type: "search",
      class: "search",
      "aria-label": label,
      placeholder: placeholder || label,
      value,
      spellcheck: "false",
      autocomplete: "off",
      oninput: (e) => oninput(e.target.value),
      title: `${label} (press /)`,
    });
  }

  /* A figure with its name below: for strips of key numbers. */
  function figure(value, label, title) {
    return el("div", { class: "figure", title }, el("b", {}, value), el("span", {}, label));
  }

  function toast(text) {
    const node = document.getElementById("toast");
    node.textContent = text;
    node.classList.add("shown");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => node.classList.remove("shown"), 1800);
  }

  /* The clipboard is not there for every file:// page; the older way is. */
  function copyText(text) {
    const old = () => {
      const area = el("textarea", { class: "offscreen", "aria-hidden": "true" });
      area.value = text;
      document.body.appendChild(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    };
    const tell = (done) =>
      toast(done ? "Copied" : "Could not copy: the browser does not allow it here");
    if (navigator.clipboard && window.isSecureContext)
      navigator.clipboard.writeText(text).then(
        () => tell(true),
        () => tell(old()),
      );
    else tell(old());
  }

  function empty(title, ...text) {
    return el(
      "div",
      { class: "empty" },
      el("h2", {}, title),
      text.map((t) => el("p", {}, t)),
    );
  }

  heapcoach.dom = {
    el,
    add,
    replace,
    name,
    prose,
    button,
    segmented,
    select,
    searchBox,
    figure,
    toast,
    copyText,
    empty,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
