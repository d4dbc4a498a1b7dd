/* view_findings.js - the advice: a ranked list, and the chosen finding beside it with its line, what
 * happens there, what to write instead and what that saves. */
'use strict';
(function (heapcoach) {
    const {el, name, button, select, replace, copyText, empty} = heapcoach.dom;
    const {findings: model, units} = heapcoach;

    const SEVERITIES = {high: 'High', medium: 'Medium', low: 'Low', info: 'Info'};

    function severity(f) {
        return el('span', {class: `severity severity-${f.severity}`}, SEVERITIES[f.severity] || f.severity);
    }

    /* ---- the list ---- */

    function card(app, f, number, chosen) {
        const saved = model.headline(f.saving);
        return el('div', {
            class: 'card', role: 'option', id: `finding-${number}`, 'aria-selected': String(chosen),
            onclick: () => app.set({finding: f.id}),
        },
        el('div', {class: 'card-top'}, severity(f),
           el('span', {class: 'card-saving'}, saved.figure && el('b', {}, saved.figure), saved.note && ` ${saved.note}`)),
        el('div', {class: 'card-title'}, units.sentence(f.title)),
        el('div', {class: 'card-place'}, name((model.editedPlace(f) || {}).function || '', 'card-function'),
           name(lastParts(model.place(f, app.base)), 'card-line')));
    }

    function lastParts(path) {
        const parts = path.split('/');
        return parts.length > 2 ? parts.slice(-2).join('/') : path;
    }

    /* ---- the finding ---- */

    function heading(app, f) {
        const saved = model.headline(f.saving);
        return el('div', {class: 'detail-head'},
            el('div', {class: 'detail-title'},
               el('div', {class: 'detail-marks'}, severity(f), el('span', {class: 'tag'}, f.rule),
                  f.scope !== 'own' && f.scope !== 'program' && el('span', {class: 'tag'}, f.scope)),
               el('h2', {}, units.sentence(f.title)),
               el('div', {class: 'detail-place'}, name((model.editedPlace(f) || {}).function || '', 'strong'),
                  name(model.place(f, app.base), 'place'))),
            saved.figure && el('div', {class: 'saving'}, el('span', {}, 'saves about'), el('b', {}, saved.figure),
                               saved.note && el('span', {}, saved.note)));
    }

    function callee(app, f) {
        if (f.scope !== 'dependency' || !f.caller)
            return null;
        return el('p', {class: 'quiet'}, 'It happens in ', name(f.location.function, 'strong'), ' of ',
                  name(f.crate), ', called from this line.');
    }

    function savingLine(f) {
        const parts = model.savingParts(f.saving);
        return el('div', {class: 'facts'},
                  parts.map(([figure, what]) => el('div', {class: 'fact'}, el('b', {}, figure), el('span', {}, what))),
                  el('div', {class: 'fact'}, el('b', {}, f.confidence), el('span', {}, 'confidence' + (f.condition ? `, ${f.condition}` : ''))));
    }

    function disclosure(title, ...content) {
        return el('details', {class: 'more'}, el('summary', {}, title), el('div', {class: 'more-body'}, content));
    }

    function evidenceTable(f) {
        return el('table', {class: 'pairs'}, el('tbody', {}, model.evidence(f).map(([key, value]) =>
            el('tr', {}, el('th', {scope: 'row'}, units.visible(key)), el('td', {}, name(value))))));
    }

    function alsoList(app, f) {
        return (f.also || []).map((a) => el('div', {class: 'also'},
            el('div', {class: 'detail-marks'}, severity(a), el('span', {class: 'tag'}, a.rule), el('b', {}, units.sentence(a.title))),
            el('p', {}, units.visible(a.what)), el('p', {}, units.visible(a.advice)),
            a.code ? heapcoach.code.snippet(a.code) : null));
    }

    function actions(app, f) {
        const point = Number.isInteger(f.point) && f.point < app.profile.count ? f.point : -1;
        return el('div', {class: 'actions'},
            button('Copy as Markdown', () => copyText(model.markdown(f, app.base)), {id: 'copy-markdown'}),
            point >= 0 && button('Site detail', () => app.openSite(point)),
            point >= 0 && button('In the flame graph', () => app.openFlame(point)));
    }

    function more(app, f) {
        const p = app.profile, hasStack = Number.isInteger(f.point) && f.point < p.count;
        return [
            f.also && f.also.length ? disclosure(`Also at this line (${f.also.length})`, alsoList(app, f)) : null,
            hasStack && disclosure('Stack, where it happens most', heapcoach.stack.ofPoint(p, f.point)),
            Object.keys(f.evidence || {}).length ? disclosure('What was counted', evidenceTable(f)) : null,
            f.how && disclosure('How the saving was reckoned', el('p', {}, units.visible(f.how))),
            el('p', {class: 'quiet'}, `More: heapcoach explain ${f.rule}`,
               f.reference && `; The Rust Performance Book, ${f.reference}`),
        ];
    }

    function detail(app, f) {
        const {line} = model.editedPlace(f) || {};
        const source = f.source || (app.source(model.editedPlace(f)) || null);
        return [
            heading(app, f),
            source && Array.isArray(source.lines) && heapcoach.code.excerpt(source, line),
            el('section', {class: 'block'}, el('h3', {}, 'What happens'), el('p', {}, units.visible(f.what)), callee(app, f)),
            el('section', {class: 'block'}, el('h3', {}, 'Do this instead'), el('p', {}, units.visible(f.advice)),
               f.code ? heapcoach.code.snippet(f.code) : null),
            el('section', {class: 'block'}, el('h3', {}, 'Saving'), savingLine(f)),
            actions(app, f),
            more(app, f),
        ];
    }

    /* ---- nothing to show ---- */

    const MOST_LINES = 6;

    /* Where there is no advice, the lines that take most are what to look at. */
    function largestLines(app) {
        const rows = app.lines(), p = app.profile;
        const order = heapcoach.sites.order(p, rows, 'tb', false).subarray(0, MOST_LINES);
        return el('div', {class: 'misses'}, el('h3', {}, 'Where memory goes'), Array.from(order, (r) =>
            el('button', {type: 'button', class: 'line', onclick: () => app.set({view: 'sites', rows: 'line', site: 'l' + r, sq: ''})},
               el('span', {class: 'holder-name'}, name(rows.fn[r]), name(heapcoach.stack.placeText(p, rows.frame[r]), 'place')),
               el('span', {}, el('b', {}, units.bytes(rows.columns.tb[r])), ` in ${units.plural(rows.columns.tbk[r], 'block')}`),
               el('span', {class: 'quiet'}, units.share(rows.columns.tb[r], p.totals.bytes)))));
    }

    function noFindings(app, all) {
        const report = app.report;
        if (!report)
            return [empty('No advice for a file that was dropped here',
                          'The rules are in the command: heapcoach view FILE makes this page with findings.'), largestLines(app)];
        if (model.filter(all, {}).length)
            return empty('No finding passes the filter', 'Choose less to see more.');
        const misses = report.nearest_misses || [];
        return [el('div', {class: 'empty'}, el('h2', {}, 'Nothing here is worth changing'), el('p', {}, 'No rule found a line whose change would be felt.'),
                   all.length ? el('div', {class: 'actions'}, button(`Show ${all.length} of little weight`, () => app.set({fsev: 'all'}), {id: 'show-all'})) : null),
                misses.length ? el('div', {class: 'misses'}, el('h3', {}, 'What came nearest'), misses.map((m) =>
                    el('div', {class: 'also'}, el('div', {class: 'detail-marks'}, el('span', {class: 'tag'}, m.rule),
                       name(m.location.function, 'strong')), el('p', {}, units.visible(m.what)), el('p', {class: 'quiet'}, units.sentence(m.lacks))))) : null,
                largestLines(app)];
    }

    /* ---- the view ---- */

    function filterBar(app, all, shown) {
        const {state} = app;
        const base = state.fsev === 'all' ? all : model.filter(all, {});
        const option = (key, label, text) => {
            const choices = model.choices(base, key);
            return choices.length > 1 || state[key]
                ? select(label, [['', `all (${base.length})`], ...choices.map(([v, n]) => [v, `${text(v)} (${n})`])],
                         state[key], (v) => app.set({[key]: v, finding: ''}))
                : null;
        };
        const light = all.length - model.filter(all, {}).length;
        const sum = model.totalSaving(shown);
        return el('div', {class: 'bar'},
            option('frule', 'Rule', (v) => v),
            option('fcrate', 'Crate', (v) => v),
            option('ffile', 'File', (v) => lastParts(heapcoach.names.shortPath(v, app.base))),
            light > 0 && el('label', {class: 'check'},
                el('input', {type: 'checkbox', checked: state.fsev === 'all', id: 'show-light',
                             onchange: (e) => app.set({fsev: e.target.checked ? 'all' : ''})}),
                `${light} of little weight`),
            el('span', {class: 'spring'}),
            sum.ns > 0 && el('span', {class: 'bar-note'}, el('b', {}, `about ${units.ns(sum.ns)}`),
                             sum.share >= 0.0005 ? ` in all, ${units.percent(sum.share)} of the run` : ' in all'));
    }

    function create(app, root) {
        const bar = el('div');
        const warnings = (app.report && app.report.warnings) || [];
        if (warnings.length)
            root.append(el('div', {class: 'notices', role: 'note'}, warnings.map((w) => el('p', {}, units.sentence(w)))));
        const list = el('div', {class: 'cards', role: 'listbox', tabindex: '0', 'aria-label': 'Findings, most important first', id: 'finding-list'});
        const pane = el('article', {class: 'detail', tabindex: '-1', 'aria-live': 'off'});
        const body = el('div', {class: 'split'}, list, pane);
        root.append(bar, body);
        let shown = [], drawnKey = null, drawnDetail = null;

        function chosenIndex() {
            const at = shown.findIndex((f) => f.id === app.state.finding);
            return at >= 0 ? at : 0;
        }

        function draw() {
            const all = model.list(app.report);
            shown = model.filter(all, app.state);
            const key = JSON.stringify(['frule', 'fcrate', 'ffile', 'fsev'].map((k) => app.state[k]));
            if (key !== drawnKey)
                replace(bar, all.length ? filterBar(app, all, shown) : null);
            body.classList.toggle('bare', !shown.length);
            if (!shown.length) {
                replace(pane, noFindings(app, all));
                drawnKey = key;
                return;
            }
            if (key !== drawnKey)
                replace(list, shown.map((f, i) => card(app, f, i, i === chosenIndex())));
            drawnKey = key;
            [...list.children].forEach((node, i) => node.setAttribute('aria-selected', String(i === chosenIndex())));
            list.setAttribute('aria-activedescendant', `finding-${chosenIndex()}`);
            const f = shown[chosenIndex()];
            if (f !== drawnDetail) {
                replace(pane, detail(app, f));
                pane.scrollTop = 0;
                drawnDetail = f;
                list.children[chosenIndex()].scrollIntoView({block: 'nearest'});
            }
        }

        list.addEventListener('keydown', (e) => {
            const step = {ArrowDown: 1, ArrowUp: -1, Home: -1e9, End: 1e9}[e.key];
            if (step) {
                e.preventDefault();
                const next = Math.min(Math.max(chosenIndex() + step, 0), shown.length - 1);
                app.set({finding: shown[next].id});
            } else if (e.key === 'Enter') {
                pane.focus();
            }
        });
        pane.addEventListener('keydown', (e) => {
            if (e.key === 'Escape')
                list.focus();
        });
        return {update: draw, focus: () => list.focus()};
    }

    heapcoach.views = heapcoach.views || {};
    heapcoach.views.findings = {
        title: 'Findings',
        badge: (app) => model.filter(model.list(app.report), {}).length || '',
        available: () => true,
        create,
    };
})(globalThis.heapcoach = globalThis.heapcoach || {});
