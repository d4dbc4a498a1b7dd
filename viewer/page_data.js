/* page_data.js - what lies in the page: the profile, its report, an older profile, source. Used by
 * page.js alone.
 */
"use strict";
(function (heapcoach) {
  function embedded(id) {
    const node = document.getElementById(id);
    return node ? node.textContent : null;
  }

  /* Our own writing: nothing to be careful about but its absence. */
  function embeddedJson(id) {
    const text = embedded(id);
    if (!text || !text.trim()) return null;
    try {
      return JSON.parse(text);
    } catch (e) {
      throw new Error(
        `The page's own data "${id}" is no whole JSON (${e.message}). Was the page cut off?`,
      );
    }
  }

  function readEmbedded(app) {
    app.about = embeddedJson("hc-about") || {};
    app.report = embeddedJson("hc-report");
    app.diff = embeddedJson("hc-diff");
    app.extraSources = embeddedJson("hc-sources");
    const text = embedded("hc-profile");
    if (text === null || !text.trim()) return false;
    app.profile = heapcoach.profile.parse(text, app.about.file || "the profile", app.report);
    const old = embedded("hc-old-profile");
    if (old && old.trim()) app.oldText = old;
    document.getElementById("hc-profile").textContent = "";
    return true;
  }

  function extraSource(app, place) {
    const list =
      app.extraSources && Object.prototype.hasOwnProperty.call(app.extraSources, place.file)
        ? [].concat(app.extraSources[place.file])
        : [];
    const part = list.find((s) => s.first <= place.line && place.line < s.first + s.lines.length);
    if (!part) return null;
    const from = Math.max(0, place.line - part.first - 2);
    return {
      first: part.first + from,
      lines: part.lines.slice(from, from + 5),
      changed: Boolean(part.changed),
    };
  }

  /* Gives app what views ask for and is made when first asked. */
  function serve(app) {
    /* The older profile is read when it is first looked at. */
    app.old = () => {
      if (!app.oldProfile && app.oldText) {
        app.oldProfile = heapcoach.profile.parse(
          app.oldText,
          app.about.old || "the older profile",
          null,
        );
        heapcoach.profile.adoptKinds(app.oldProfile, app.profile);
        app.oldText = null;
      }
      return app.oldProfile;
    };

    app.lines = () =>
      app.cache.lines || (app.cache.lines = heapcoach.sites.lines(app.profile, app.report));
    app.stacks = () =>
      app.cache.stacks || (app.cache.stacks = heapcoach.sites.stacks(app.profile, app.lines()));

    /* Source around a place, where the page has it. */
    app.source = (place) => {
      if (!place || !place.file || !place.line) return null;
      if (!app.cache.sources) {
        app.cache.sources = new Map();
        for (const s of (app.report && app.report.sources) || [])
          app.cache.sources.set(`${s.file}:${s.line}`, s);
      }
      return app.cache.sources.get(`${place.file}:${place.line}`) || extraSource(app, place);
    };
  }

  heapcoach.data = { readEmbedded, serve };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
