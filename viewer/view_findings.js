/* view_findings.js - the advice: a ranked list, and the chosen finding beside it (view_finding.js). */
"use strict";
(function (heapcoach) {
  const { el, name, prose, select, searchBox, replace } = heapcoach.dom;
  const { findings: model, units } = heapcoach;
  const { severity, detail, noFindings } = heapcoach.finding;

  /* ---- the list ---- */

  function card(app, f, number, chosen) {
    const saved = model.headline(f);
    return el(
      "div",
      {
        class: "card",
        role: "option",
        id: `finding-${number}`,
        "aria-selected": String(chosen),
        onclick: () => app.set({ finding: f.id }),
      },
      el(
        "div",
        { class: "card-top" },
        severity(f),
        el(
          "span",
          { class: "card-saving" },
          saved.figure && el("b", {}, saved.figure),
          saved.note && ` ${saved.note}`,
        ),
      ),
      el("div", { class: "card-title" }, prose(units.sentence(f.title))),
      el(
        "div",
        { class: "card-place" },
        name((model.editedPlace(f) || {}).function || "", "card-function"),
        name(lastParts(model.place(f, app.base)), "card-line"),
      ),
    );
  }

  function lastParts(path) {
    const parts = path.split("/");
    return parts.length > 2 ? parts.slice(-2).join("/") : path;
  }

  /* ---- the view ---- */

  function filterBar(app, all, shown, search) {
    const { state } = app;
    const base = state.fsev === "all" ? all : model.filter(all, {});
    const option = (key, label, text) => {
      const choices = model.choices(base, key);
      return choices.length || state[key]
        ? select(
            label,
            [["", `all (${base.length})`], ...choices.map(([v, n]) => [v, `${text(v)} (${n})`])],
            state[key],
            (v) => app.set({ [key]: v, finding: "" }),
          )
        : null;
    };
    const light = all.length - model.filter(all, {}).length;
    const sum = model.totalSaving(shown);
    return [
      search,
      option("frule", "Rule", (v) => v),
      option("fcrate", "Crate", (v) => v),
      option("ffile", "File", (v) => lastParts(heapcoach.names.shortPath(v, app.base))),
      light > 0 &&
        el(
          "label",
          { class: "check" },
          el("input", {
            type: "checkbox",
            checked: state.fsev === "all",
            id: "show-light",
            onchange: (e) => app.set({ fsev: e.target.checked ? "all" : "" }),
          }),
          `${light} of little weight`,
        ),
      el("span", { class: "spring" }),
      sum.ns > 0 &&
        el(
          "span",
          { class: "bar-note" },
          el("b", {}, `about ${units.ns(sum.ns)}`),
          sum.share >= 0.0005 ? ` in all, ${units.percent(sum.share)} of the run` : " in all",
        ),
    ];
  }

  function create(app, root) {
    const bar = el("div", { class: "bar" });
    const search = searchBox("Search findings", app.state.fq, (fq) => app.set({ fq, finding: "" }));
    const warnings = (app.report && app.report.warnings) || [];
    if (warnings.length)
      root.append(
        el(
          "div",
          { class: "notices", role: "note" },
          warnings.map((w) => el("p", {}, prose(units.sentence(w)))),
        ),
      );
    const list = el("div", {
      class: "cards",
      role: "listbox",
      tabindex: "0",
      "aria-label": "Findings, most important first",
      id: "finding-list",
    });
    const pane = el("article", { class: "detail", tabindex: "-1", "aria-live": "off" });
    const body = el("div", { class: "split" }, list, pane);
    root.append(bar, body);
    let shown = [],
      drawnKey = null,
      drawnDetail = null;

    function chosenIndex() {
      const at = shown.findIndex((f) => f.id === app.state.finding);
      return at >= 0 ? at : 0;
    }

    function draw() {
      const all = model.list(app.report);
      shown = model.filter(all, app.state);
      const key = JSON.stringify(
        ["frule", "fcrate", "ffile", "fsev", "fq"].map((k) => app.state[k]),
      );
      if (key !== drawnKey) replace(bar, all.length ? filterBar(app, all, shown, search) : null);
      body.classList.toggle("bare", !shown.length);
      if (!shown.length) {
        replace(pane, noFindings(app, all));
        drawnKey = key;
        return;
      }
      if (key !== drawnKey)
        replace(
          list,
          shown.map((f, i) => card(app, f, i, i === chosenIndex())),
        );
      drawnKey = key;
      [...list.children].forEach((node, i) =>
        node.setAttribute("aria-selected", String(i === chosenIndex())),
      );
      list.setAttribute("aria-activedescendant", `finding-${chosenIndex()}`);
      const f = shown[chosenIndex()];
      if (f !== drawnDetail) {
        replace(pane, detail(app, f));
        pane.scrollTop = 0;
        drawnDetail = f;
        list.children[chosenIndex()].scrollIntoView({ block: "nearest" });
      }
    }

    list.addEventListener("keydown", (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1, Home: -1e9, End: 1e9 }[e.key];
      if (step) {
        e.preventDefault();
        const next = Math.min(Math.max(chosenIndex() + step, 0), shown.length - 1);
        app.set({ finding: shown[next].id });
      } else if (e.key === "Enter") {
        pane.focus();
      }
    });
    pane.addEventListener("keydown", (e) => {
      if (e.key === "Escape") list.focus();
    });
    return {
      update: draw,
      search: () => (search.isConnected ? search.focus() : null),
      focus: () => list.focus(),
    };
  }

  heapcoach.views = heapcoach.views || {};
  heapcoach.views.findings = {
    title: "Findings",
    badge: (app) => model.filter(model.list(app.report), {}).length || "",
    available: () => true,
    create,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
