/* page.js - the page itself: reads the data that lies in it, keeps the state, shows one view.
 *
 * Loaded last. A view is {title, badge(app), available(app), create(app, root)}; create returns
 * {update(), search(), focus()} and is called when the view is first shown. Whatever the reader
 * chooses goes through app.set, which writes it to the address and has the view drawn anew.
 */
"use strict";
(function (heapcoach) {
  const { el, replace, name, button } = heapcoach.dom;
  const { units } = heapcoach;
  const STEPS = ["view", "zoom", "czoom"]; /* what the browser's Back takes back */
  const ORDER = ["findings", "flame", "timeline", "sites", "compare", "about"];

  const app = {
    profile: null,
    report: null,
    oldProfile: null,
    diff: null,
    about: {},
    base: "",
    state: heapcoach.state.decode(location.hash),
    made: {},
    cache: {},
  };
  heapcoach.app = app;
  heapcoach.data.serve(app);

  /* ---- state ---- */

  app.set = (patch) => {
    Object.assign(app.state, patch);
    const hash = "#" + heapcoach.state.encode(app.state);
    const step = STEPS.some((key) => key in patch);
    try {
      history[step && hash !== location.hash ? "pushState" : "replaceState"](null, "", hash);
    } catch (e) {
      /* Browsers refuse where a held key changes the address too often; the next change makes it good. */
    }
    show();
  };

  /* The browser's way back, and an address changed by hand. */
  window.addEventListener("popstate", () => {
    app.state = heapcoach.state.decode(location.hash);
    if (app.profile) show();
  });

  app.openSite = (point) => {
    const line = app.lines().ofPoint[point];
    app.set({ view: "sites", rows: "line", site: "l" + line, sq: "", stack: "" });
  };

  /* The flame graph with the point's path zoomed as far as its line. */
  app.openFlame = (point) =>
    app.set({
      view: "flame",
      way: "down",
      group: "",
      q: "",
      zoom: heapcoach.flame.pathOfPoint(app, point),
    });

  /* ---- the frame around the views ---- */

  function stats() {
    const p = app.profile,
      t = p.totals,
      g = (p.own && p.own.program) || {};
    const parts = [
      [units.bytes(t.bytes), "allocated"],
      [units.count(t.blocks), "blocks"],
    ];
    if (t.peak_bytes !== undefined)
      parts.push(
        [
          units.bytes((p.own && p.own.totals && p.own.totals.peak_bytes) || t.peak_bytes),
          "at the peak",
        ],
        [units.bytes(t.end_bytes), "at the end"],
      );
    if (t.reallocs !== undefined && !(p.own && p.own.sampling))
      parts.push([units.count(t.reallocs), t.reallocs === 1 ? "realloc" : "reallocs"]);
    if (g.duration_ns) parts.push([units.ns(g.duration_ns), "run"]);
    return el(
      "div",
      { class: "stats", id: "stats" },
      parts.map(([b, s]) => el("span", {}, el("b", {}, b), ` ${s}`)),
    );
  }

  function shortCommand(p) {
    const words = p.command.split(" ");
    const first = words[0].slice(words[0].lastIndexOf("/") + 1);
    return [first, ...words.slice(1)].join(" ");
  }

  function tabs() {
    const list = ORDER.filter((id) => heapcoach.views[id] && heapcoach.views[id].available(app));
    return el(
      "nav",
      { class: "tabs", role: "tablist", "aria-label": "Views" },
      list.map((id, i) => {
        const view = heapcoach.views[id],
          badge = view.badge && view.badge(app);
        return el(
          "button",
          {
            type: "button",
            role: "tab",
            id: `tab-${id}`,
            "aria-controls": `view-${id}`,
            class: "tab",
            title: `${view.title} (${i + 1})`,
            onclick: () => app.set({ view: id }),
            onkeydown: tabKey,
          },
          view.title,
          badge ? el("span", { class: "badge" }, badge) : null,
        );
      }),
    );
  }

  function tabKey(e) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const all = [...e.currentTarget.parentNode.children];
    const next = all[(all.indexOf(e.currentTarget) + step + all.length) % all.length];
    next.click();
    next.focus();
  }

  function theme() {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const flip = () => {
      const now = document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
      document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
      document.dispatchEvent(new Event("heapcoach-theme"));
    };
    dark.addEventListener("change", () => document.dispatchEvent(new Event("heapcoach-theme")));
    return button("◐", flip, {
      class: "button icon",
      "aria-label": "Light or dark",
      title: "Light or dark",
      id: "theme",
    });
  }

  function drawFrame() {
    const p = app.profile;
    document.title = `${shortCommand(p)} – heapcoach`;
    replace(
      document.getElementById("top"),
      el(
        "div",
        { class: "identity" },
        el(
          "div",
          { class: "command", title: units.visible(p.command) },
          el("span", { class: "brand" }, "heapcoach"),
          name(shortCommand(p), "strong"),
        ),
        stats(),
      ),
      tabs(),
      theme(),
    );
    replace(document.getElementById("stage"));
  }

  function currentView() {
    const id = app.state.view;
    return heapcoach.views[id] && heapcoach.views[id].available(app) ? id : "findings";
  }

  function show() {
    const id = currentView();
    if (!app.made[id]) {
      const root = el("section", {
        class: `view view-${id}`,
        id: `view-${id}`,
        role: "tabpanel",
        "aria-labelledby": `tab-${id}`,
      });
      document.getElementById("stage").appendChild(root);
      app.made[id] = Object.assign({ root }, heapcoach.views[id].create(app, root));
    }
    for (const [other, made] of Object.entries(app.made)) made.root.hidden = other !== id;
    for (const tab of document.querySelectorAll(".tab")) {
      const on = tab.id === `tab-${id}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    app.made[id].update();
  }

  /* ---- keys that work everywhere ---- */

  /* A key that nothing has the focus for is for the view: nobody has to find its list by Tab. */
  function passOn(e, made) {
    if (made && made.focus) made.focus();
    const to = document.activeElement;
    if (to === document.body) return;
    const again = new KeyboardEvent("keydown", { key: e.key, bubbles: true, cancelable: true });
    if (!to.dispatchEvent(again)) e.preventDefault();
  }

  function onkey(e) {
    const typing =
      /^(?:INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.type !== "checkbox";
    if (e.key === "Escape" && typing) {
      e.target.blur();
      const made = app.made[currentView()];
      if (made && made.focus) made.focus();
      return;
    }
    if (typing || e.ctrlKey || e.metaKey || e.altKey || !app.profile) return;
    const made = app.made[currentView()];
    if (e.target === document.body && /^(?:Arrow|Page|Home$|End$|Enter$|Escape$)/.test(e.key))
      passOn(e, made);
    if (e.key === "/" && made) {
      e.preventDefault();
      if (made.search) made.search();
      else {
        app.set({ view: "sites" });
        app.made.sites.search();
      }
    } else if (/^[1-6]$/.test(e.key)) {
      const tab = document.querySelectorAll(".tab")[Number(e.key) - 1];
      if (tab) {
        tab.click();
        if (app.made[currentView()].focus) app.made[currentView()].focus();
      }
    }
  }

  /* ---- start ---- */

  function fresh() {
    Object.assign(app, {
      profile: null,
      report: null,
      oldProfile: null,
      oldText: null,
      diff: null,
      about: {},
      extraSources: null,
      made: {},
      cache: {},
    });
  }

  function showProblem(message) {
    replace(
      document.getElementById("top"),
      el(
        "div",
        { class: "identity" },
        el("div", { class: "command" }, el("span", { class: "brand" }, "heapcoach")),
      ),
      theme(),
    );
    heapcoach.drop.draw(document.getElementById("stage"), message, readFile);
  }

  function begin() {
    app.base = app.profile.base;
    drawFrame();
    show();
    document.documentElement.dataset.ready = "1";
  }

  /* What is shown stays when another file cannot be read. */
  function refuse(message) {
    if (!app.profile) {
      showProblem(message);
      return;
    }
    const banner = el(
      "div",
      { class: "problem banner", role: "alert" },
      el("b", {}, "This profile cannot be shown"),
      el("p", { id: "problem" }, units.visible(message)),
      button("Close", () => banner.remove()),
    );
    for (const old of document.querySelectorAll(".banner")) old.remove();
    document.body.appendChild(banner);
    banner.lastChild.focus();
  }

  function readFile(file) {
    for (const old of document.querySelectorAll(".banner")) old.remove();
    file
      .text()
      .then((text) => {
        const profile = heapcoach.profile.parse(
          text,
          file.name,
          null,
        ); /* throws before anything is lost */
        fresh();
        app.profile = profile;
        app.about = { file: file.name };
        app.state = heapcoach.state.decode("");
        begin();
        app.set({ view: "flame" });
      })
      .catch((e) => refuse(`${file.name}: ${e.message}`));
  }

  function start() {
    document.addEventListener("keydown", onkey);
    heapcoach.drop.listen(readFile);
    try {
      if (heapcoach.data.readEmbedded(app)) begin();
      else showProblem("");
    } catch (e) {
      fresh();
      showProblem(e.message);
    }
  }

  start();
})(globalThis.heapcoach);
