/* view_compare.js - this profile against an older one: what changed in all, where in the call tree, in
 * which lines, and what became of the advice. */
'use strict';
(function (heapcoach) {
    const {el, name, replace, segmented, select, searchBox, empty} = heapcoach.dom;
    const {units, tree: trees, diff: model, profile: profiles, state: states} = heapcoach;

    function format(metric, n) {
        return profiles.formatMetric(metric, n);
    }

    function commonMetrics(app) {
        const old = app.old();
        return profiles.metrics(app.profile, true).filter((m) => profiles.hasMetric(old, m));
    }

    function metricOf(app) {
        const list = commonMetrics(app);
        return list.find((m) => m.id === app.state.cmetric) || list[0];
    }

    function relative(oldValue, newValue) {
        if (oldValue === newValue)
            return 'no change';
        if (!oldValue)
            return 'new';
        if (!newValue)
            return 'gone';
        const share = (newValue - oldValue) / oldValue;
        return share > 0 ? `+${units.percent(share)}` : share > -0.9995 ? `-${units.percent(-share)}` : '-99.9 %';
    }

    function sense(change) {
        return change > 0 ? 'more' : change < 0 ? 'less' : '';
    }

    /* ---- the whole ---- */

    function totals(app, onpick) {
        const old = app.old().totals, now = app.profile.totals, chosen = metricOf(app);
        return el('div', {class: 'totals', role: 'radiogroup', 'aria-label': 'Metric'}, commonMetrics(app).map((m) => {
            const stated = model.total(app.diff, m.id), a = stated ? stated.old : old[m.id], b = stated ? stated.new : now[m.id];
            return el('button', {type: 'button', role: 'radio', 'aria-checked': String(m === chosen), class: 'total', onclick: () => onpick(m.id),
                                 title: `${m.title}: ${units.exact(a)} → ${units.exact(b)}`},
                      el('span', {class: 'total-name'}, m.short), el('b', {}, format(m, b)),
                      el('span', {class: `total-change ${sense(b - a)}`}, b === a ? 'no change' : `${relative(a, b)} of ${format(m, a)}`));
        }));
    }

    function warnings(app) {
        const list = (app.diff && app.diff.warnings) || [];
        return list.length ? el('div', {class: 'warnings'}, list.map((w) => el('p', {}, units.visible(w)))) : null;
    }

    /* ---- the tree ---- */

    function pairOf(app) {
        const key = `pair ${app.state.cway}`;
        return app.cache[key] || (app.cache[key] = trees.buildPair(app.old(), app.profile, {folded: true, inverted: app.state.cway === 'up'}));
    }

    function sumsOf(app, pair, metric) {
        const key = `pair sums ${app.state.cway} ${metric.id}`;
        return app.cache[key] || (app.cache[key] = model.sums(pair, app.old().columns[metric.column], app.profile.columns[metric.column]));
    }

    function rgb(hex) {
        const n = parseInt(hex.slice(1), 16);
        return [n >> 16, (n >> 8) & 255, n & 255];
    }

    /* From the ground to the colour of more or less; small changes are seen, too. */
    function blend(from, to, amount) {
        const a = rgb(from), b = rgb(to);
        return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * amount)).join(' ')})`;
    }

    function createTree(app) {
        const v = {pair: null, sums: null, metric: null, top: 0};
        const crumbs = el('div', {class: 'crumb-bar'}), found = el('span', {class: 'bar-note found'});
        const text = (node) => v.pair.names.text[v.pair.name[node]];
        const zoomTo = (node) => app.set({czoom: states.joinPath(trees.pathTo(v.pair, node).map(text))});
        const canvas = heapcoach.flameCanvas.create({
            id: 'compare', label: 'Differential flame graph: red allocates more than before, blue less', rootText: 'all',
            fill: (node) => {
                const css = (variable) => heapcoach.chart.css(canvas.root, variable);
                v.colors = v.colors || {none: css('--std-box'), more: css('--more-box'), less: css('--less-box')};
                const t = model.tint(v.sums.oldSums[node], v.sums.newSums[node]);
                return t === 0 ? v.colors.none : blend(v.colors.none, t > 0 ? v.colors.more : v.colors.less, 0.25 + 0.75 * Math.sqrt(Math.abs(t)));
            },
            tip: (node, more) => tip(v, node, more, text),
            say: (node) => `${node ? units.visible(text(node)) : 'all'}, was ${format(v.metric, v.sums.oldSums[node])}, is ${format(v.metric, v.sums.newSums[node])}`,
            onzoom: zoomTo, onout: () => v.top && zoomTo(v.pair.parent[v.top]),
        });
        document.addEventListener('heapcoach-theme', () => { v.colors = null; });
        const root = el('div', {class: 'compare-tree'}, crumbs, el('div', {class: 'flame-box'}, canvas.root));
        function update() {
            v.metric = metricOf(app);
            v.pair = pairOf(app);
            v.sums = sumsOf(app, v.pair, v.metric);
            const widths = {both: v.sums.both, old: v.sums.oldSums, new: v.sums.newSums};
            v.top = trees.findPath(v.pair, states.splitPath(app.state.czoom));
            const hits = app.state.cq.trim() ? trees.matchNames(v.pair.names, app.state.cq) : null;
            replace(crumbs, heapcoach.flame.breadcrumb(v.pair, trees.pathTo(v.pair, v.top), zoomTo), el('span', {class: 'spring'}), key());
            canvas.show({tree: v.pair, values: widths[app.state.cwidth] || widths.both, top: v.top, hits});
        }
        return {root, update, focus: () => canvas.focus(), found};
    }

    function key() {
        return el('span', {class: 'kinds'}, el('span', {}, el('i', {class: 'swatch less'}), 'less than before'), el('span', {}, el('i', {class: 'swatch same'}), 'the same'),
                  el('span', {}, el('i', {class: 'swatch more'}), 'more'));
    }

    function tip(v, node, more, text) {
        if (more)
            return [el('b', {}, `${units.exact(more)} more, too narrow to draw`)];
        const a = v.sums.oldSums[node], b = v.sums.newSums[node];
        return [el('div', {class: 'tip-name'}, node ? name(text(node)) : 'All of the program'),
                el('div', {class: 'tip-value'}, `${format(v.metric, a)} → `, el('b', {}, format(v.metric, b)), ` ${v.metric.title.toLowerCase()}`),
                el('div', {class: `total-change ${sense(b - a)}`}, b === a ? 'no change' : `${units.change(b - a, (n) => format(v.metric, n))}, ${relative(a, b)}`)];
    }

    /* ---- lines ---- */

    function place(app, side) {
        return side && side.file ? heapcoach.names.shortPath(side.file, app.base) + (side.line ? `:${side.line}` : '') : '';
    }

    function lineCell(app, row) {
        const now = place(app, row.new), was = place(app, row.old);
        return [name(now || was), row.new && row.old && now !== was ? el('span', {class: 'quiet'}, ` was :${row.old.line}`) : null];
    }

    function createLines(app) {
        let order = {key: 'change', rising: false}, drawn = '';
        const table = heapcoach.table.create({
            label: 'Changed lines', onopen: () => {}, onselect: () => {},
            onsort: (id) => { order = {key: id, rising: order.key === id ? !order.rising : false}; update(); },
        });
        function columns(metric, largest) {
            const of = (row) => model.change(row, metric.id);
            const figure = (id, title, cell) => ({id, title, number: true, width: '120px', least: 120, cell});
            return [
                {id: 'fn', title: 'Function', width: 'minmax(240px, 3fr)', least: 240, cell: (row) => [name(model.nameOf(row) || '(the rest)'), ' ',
                    model.MATCH_WORDS[row.match] ? el('span', {class: 'tag'}, model.MATCH_WORDS[row.match]) : null]},
                {id: 'place', title: 'Line', width: 'minmax(220px, 3fr)', least: 220, cell: (row) => el('span', {class: 'cell-place'}, lineCell(app, row))},
                figure('old', 'Before', (row) => format(metric, of(row).old)),
                figure('new', 'Now', (row) => format(metric, of(row).new)),
                figure('change', 'Change', (row) => [el('i', {class: `cell-bar ${sense(of(row).change)}`, style: {width: `${(100 * Math.abs(of(row).change)) / largest}%`}}),
                    el('span', {class: `value total-change ${sense(of(row).change)}`}, units.change(of(row).change, (n) => format(metric, n)))]),
                figure('relative', '', (row) => el('span', {class: 'quiet'}, relative(of(row).old, of(row).new))),
            ];
        }
        function update() {
            const metric = metricOf(app), key = `${metric.id} ${order.key} ${order.rising}`;
            if (key === drawn)
                return;
            drawn = key;
            const rows = model.changed(app.diff, metric.id, order.key === 'place' || order.key === 'relative' ? 'change' : order.key, order.rising);
            const largest = Math.max(1, ...rows.map((row) => Math.abs(model.change(row, metric.id).change)));
            replace(root, rows.length ? table.root : empty('No line changed', `by ${metric.title.toLowerCase()}.`));
            table.show(columns(metric, largest), rows, order.key, order.rising, -1);
        }
        const root = el('div', {class: 'split-right'});
        return {root, update, focus: () => table.focus()};
    }

    /* ---- advice ---- */

    function findingRow(app, pair) {
        const f = pair.new || pair.old;
        const calls = (side) => (side && side.saving ? units.count(side.saving.calls) : '0');
        return el('div', {class: 'also'},
            el('div', {class: 'detail-marks'}, el('span', {class: `severity severity-${f.severity}`}, f.severity), el('span', {class: 'tag'}, f.rule), el('b', {}, units.sentence(f.title))),
            el('div', {class: 'detail-place'}, name(f.function, 'strong'), name(place(app, f), 'place')),
            el('p', {}, units.visible(f.what)),
            el('p', {class: 'quiet'}, `Calls that it would save: ${calls(pair.old)} before, ${calls(pair.new)} now.`));
    }

    function createFindings(app) {
        const root = el('div', {class: 'page'});
        let drawn = false;
        return {root, focus: () => root.focus(), update() {
            if (drawn)
                return;
            drawn = true;
            const all = (app.diff && app.diff.findings) || {};
            const groups = model.FATES.map(([key2, title]) => [title, all[key2] || [], key2]).filter((g) => g[1].length);
            replace(root, groups.length ? el('div', {class: 'fates'}, groups.map(([title, list, fate]) =>
                el('section', {class: `panel fate-${fate}`}, el('h2', {}, `${title} `, el('span', {class: 'badge'}, list.length)), list.map((pair) => findingRow(app, pair)))))
                : empty('No findings on either side'));
        }};
    }

    /* ---- the view ---- */

    const PARTS = {flame: createTree, lines: createLines, findings: createFindings};

    function partsToChoose(app) {
        const count = (list) => (list || []).length;
        const all = (app.diff && app.diff.findings) || {};
        const told = count(all.fixed) + count(all.new) + count(all.better) + count(all.worse);
        return app.diff ? [['flame', 'Flame graph'], ['lines', `Changed lines ${count(app.diff.sites) || ''}`], ['findings', `Findings ${told || ''}`]] : [['flame', 'Flame graph']];
    }

    function create(app, root) {
        const head = el('div'), bar = el('div', {class: 'bar'}), body = el('div', {class: 'part'}), made = {};
        const search = searchBox('Search frames', app.state.cq, (v) => app.set({cq: v}));
        root.append(head, bar, body);
        let headKey = '', barKey = '';
        function current() {
            const part = PARTS[app.state.cpart] && (app.diff || app.state.cpart === 'flame') ? app.state.cpart : 'flame';
            if (!made[part]) {
                made[part] = PARTS[part](app);
                body.appendChild(made[part].root);
            }
            for (const [id, p] of Object.entries(made))
                p.root.hidden = id !== part;
            return part;
        }
        function update() {
            const s = app.state, part = current();
            if (headKey !== s.cmetric)
                replace(head, warnings(app), totals(app, (id) => app.set({cmetric: id})));
            headKey = s.cmetric;
            const now = [part, s.cway, s.cwidth].join(' ');
            if (barKey !== now)
                replace(bar, segmented('Part', partsToChoose(app), part, (v) => app.set({cpart: v})),
                        part === 'flame' ? [segmented('Direction', [['down', 'Top-down'], ['up', 'Callers of']], s.cway, (v) => app.set({cway: v, czoom: ''})),
                            select('Width', [['both', 'before and now'], ['old', 'before'], ['new', 'now']], s.cwidth, (v) => app.set({cwidth: v})), search] : null,
                        el('span', {class: 'spring'}), el('span', {class: 'bar-note'}, 'against ', name(app.about.old || 'the older profile', 'strong')));
            barKey = now;
            made[part].update();
        }
        return {update, search: () => (search.isConnected ? search.focus() : null), focus: () => made[current()].focus()};
    }

    heapcoach.views = heapcoach.views || {};
    heapcoach.views.compare = {title: 'Compare', available: (app) => Boolean(app.oldText || app.oldProfile), create};
})(globalThis.heapcoach = globalThis.heapcoach || {});
