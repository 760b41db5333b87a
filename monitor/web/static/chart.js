"use strict";
// The smoke graph in the browser, on uPlot: the same picture as pictures/smoke.py draws, to look into.
// Everything is drawn from GET /api/v1/series; without this script the server's SVG stays.
(() => {
  const LIGHT = { page: "#fff", text: "#1b222c", soft: "#4d5866", line: "#cfd5dd", smoke: "51,64,79", works: "rgba(156,189,245,.5)", hole: "#c3cad3",
    incident: "#b42318", week: "#7a8594", loss: { none: "#2f7d5b", to_2: "#6f63c9", to_5: "#b8720a", to_20: "#d1495b", below_100: "#86144b", all: "#000" } };
  const DARK = { page: "#0f1419", text: "#e6ebf1", soft: "#a7b1be", line: "#35404e", smoke: "184,196,210", works: "rgba(47,90,168,.5)", hole: "#3d4a5a",
    incident: "#ff6b5e", week: "#9aa4b2", loss: { none: "#4fbf8c", to_2: "#a79df2", to_5: "#e0a83a", to_20: "#ff7b88", below_100: "#ff9ed0", all: "#fff" } };
  const PHASES = ["#3d6db5", "#2f8f83", "#8a63b8", "#b8720a", "#7a8594"];
  const NAMES = ["dns_s", "connect_s", "tls_s", "wait_s", "body_s"];
  const WEEK = 604800, DAY = 86400, LEFT = 58, PADDING = [10, 18, 0, 0];
  const seconds = (iso) => Date.parse(iso) / 1000;
  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  };

  class Graph {
    constructor(figure) {
      this.figure = figure;
      this.said = figure.dataset;
      this.offset = Number(figure.dataset.zoneOffset) * 60;
      this.lang = document.documentElement.lang === "en" ? "en-GB" : "vi-VN";
      this.isLog = false;
      this.colours = isDark() ? DARK : LIGHT;
      this.build();
      this.load(this.said.series, true);
      this.timer = setInterval(() => this.follow(), 60000);
    }

    say(name) { return this.said["say" + name[0].toUpperCase() + name.slice(1)] || ""; }

    build() {
      this.tools = this.add("div", "graph-tools");
      this.week = this.button(this.say("week"), () => this.compare());
      this.log = this.button(this.say("log"), () => { this.isLog = !this.isLog; this.log.setAttribute("aria-pressed", this.isLog); this.draw(); });
      this.resetter = this.button(this.say("reset"), () => this.reset());
      this.week.setAttribute("aria-pressed", "false");
      this.log.setAttribute("aria-pressed", "false");
      this.note = this.add("p", "note");
      this.note.setAttribute("role", "status");
      this.plot = this.add("div", "graph-part");
      this.strip = this.add("div", "graph-part");
      this.card = this.add("div", "card");
      this.stack = this.add("div", "graph-part");
      this.add("p", "note").textContent = this.say("hint");
      new ResizeObserver(() => this.resize()).observe(this.figure);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.colours = isDark() ? DARK : LIGHT; this.draw(); });
    }

    add(tag, name) {
      const made = document.createElement(tag);
      made.className = name;
      this.figure.append(made);
      return made;
    }

    button(text, act) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button";
      made.textContent = text;
      made.addEventListener("click", act);
      this.tools.append(made);
      return made;
    }

    async fetch(path) {
      const answer = await fetch(path, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }

    // `isWhole`: what double tap goes back to.
    async load(path, isWhole, isFresh = false) {
      const turn = this.turn = (this.turn || 0) + 1;
      if (!this.data) this.note.textContent = this.say("loading");
      try {
        const data = await this.fetch(path);
        if (turn !== this.turn || !this.figure.isConnected) return;
        this.data = data;
        this.edges = [...data.t, seconds(data.until)];
        if (isWhole) { this.whole = [this.edges[0], this.edges[this.edges.length - 1]]; this.wholePath = path; }
        this.isWhole = isWhole;
        this.note.textContent = "";
        this.figure.classList.add("has-chart");
        const sentence = document.getElementById("do-thi-cau");
        if (sentence) sentence.textContent = data.summary;
        if (this.week.getAttribute("aria-pressed") === "true") await this.loadWeek().catch(() => { this.before = null; });
        this.draw(isFresh);
        if (this.said.phases) this.loadPhases();
      } catch {
        if (turn !== this.turn) return;
        this.note.textContent = this.say("failed") + " ";
        const again = document.createElement("button");
        again.className = "button";
        again.type = "button";
        again.textContent = this.say("retry");
        again.addEventListener("click", () => this.load(path, isWhole, isFresh));
        this.note.append(again);
      }
    }

    follow() {
      if (!this.figure.isConnected) { clearInterval(this.timer); return; }
      if (this.isWhole && !document.hidden && this.wholePath.includes("range=")) this.load(this.wholePath, true, this.resetter.disabled);
    }

    // By the server's clock: that of the browser may be wrong.
    now() { return seconds(this.data.asOf); }

    base() { return this.said.series.split("?")[0]; }

    path(from, to, metric) {
      const iso = (at) => encodeURIComponent(new Date(Math.round(at) * 1000).toISOString());
      return `${this.base()}?from=${iso(from)}&to=${iso(to)}` + (metric ? `&metric=${metric}` : "");
    }

    async compare() {
      const on = this.week.getAttribute("aria-pressed") !== "true";
      this.week.setAttribute("aria-pressed", on);
      this.before = null;
      if (on && this.data) { try { await this.loadWeek(); } catch { this.note.textContent = this.say("failed"); } }
      this.draw();
    }

    async loadWeek() {
      const found = await this.fetch(this.path(this.edges[0] - WEEK, this.edges[this.edges.length - 1] - WEEK));
      const step = this.data.stepS, by = new Map(found.t.map((at, n) => [Math.round((at + WEEK) / step), found.med[n]]));
      this.before = this.data.t.map((at) => by.get(Math.round(at / step)) ?? null);
    }

    async loadPhases() {
      const data = this.data, from = this.edges[0], to = this.edges[this.edges.length - 1];
      try {
        const found = await Promise.all(["dns_s", "connect_s", "tls_s", "first_byte_s", "body_s"].map((m) => this.fetch(this.path(from, to, m)).catch(() => null)));
        if (data !== this.data) return;
        const columns = found.map((each) => {
          const by = new Map(each ? each.t.map((at, n) => [at, each.med[n]]) : []);
          return data.t.map((at) => by.get(at) ?? null);
        });
        const [dns, connect, tls, first, body] = columns;
        const wait = first.map((v, n) => (v === null ? null : Math.max(0, v - (dns[n] || 0) - (connect[n] || 0) - (tls[n] || 0))));
        this.phases = [dns, connect, tls, wait, body];
        this.drawPhases();
      } catch { this.stack.replaceChildren(); }
    }

    // ---- words

    scale() {
      const metric = this.data.metric, most = Math.max(...this.data.max.filter((v) => v !== null), 0);
      if (metric.endsWith("_s")) return most < 1 ? [1000, "ms"] : [1, "s"];
      return metric.endsWith("_ratio") ? [100, "%"] : [1, ""];
    }

    number(value, digits) { return new Intl.NumberFormat(this.lang, { maximumFractionDigits: digits }).format(value); }

    figure_(value) {
      if (value === null || value === undefined) return "–";
      const [by, unit] = this.scale(), shown = value * by;
      return this.number(shown, Math.abs(shown) < 10 ? 2 : Math.abs(shown) < 100 ? 1 : 0) + (unit ? " " + unit : "");
    }

    // A date whose local clock shows the province's wall time.
    wall(at) {
      const d = new Date((at + this.offset) * 1000);
      return new Date(d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds());
    }

    time(at, incr) {
      const d = new Date((at + this.offset) * 1000), two = (n) => String(n).padStart(2, "0");
      const day = `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}`, clock = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
      if (incr === undefined) return `${clock} ${day}/${d.getUTCFullYear()}`;
      if (incr >= 28 * DAY) return `${two(d.getUTCMonth() + 1)}/${d.getUTCFullYear()}`;
      if (incr >= DAY) return day;
      if (incr < 60) return `${clock}:${two(d.getUTCSeconds())}`;
      return clock === "00:00" ? day : clock;
    }

    // ---- drawing

    size(height) { return { width: Math.max(280, Math.floor(this.figure.clientWidth)), height }; }

    height() { return innerWidth < 640 ? 240 : 320; }

    resize() {
      if (!this.u || this.width === this.figure.clientWidth) return;
      this.width = this.figure.clientWidth;
      this.u.setSize(this.size(this.height()));
      if (this.l) this.l.setSize(this.size(70));
      if (this.p) this.p.setSize(this.size(180));
    }

    // A column and its last value again at the end of the last bucket: steps need both edges.
    stepped(column) { return [...column, column[column.length - 1]]; }

    top() {
      const data = this.data, most = Math.max(...data.max.filter((v) => v !== null), 0);
      const clip = data.clipY === null || data.clipY <= 0 ? most : Math.min(data.clipY, most);
      return clip > 0 ? clip : 1;
    }

    yRange() {
      const low = Math.min(0, ...this.data.min.filter((v) => v !== null));
      if (!this.isLog) return [low, this.top()];
      const least = Math.min(...this.data.min.filter((v) => v !== null && v > 0), this.top() / 10);
      return [Math.max(least * 0.8, 1e-7), Math.max(...this.data.max.filter((v) => v !== null), this.top())];
    }

    draw(isFresh = false) {
      if (!this.data) return;
      const kept = this.u && !isFresh ? { ...this.u.scales.x } : null, data = this.data, c = this.colours;
      this.u?.destroy();
      this.l?.destroy();
      this.width = this.figure.clientWidth;
      const band = { paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, width: 0, stroke: "transparent" };
      const pairs = [["min", "max", 0.16], ["p10", "p90", 0.22], ["p25", "p75", 0.32]];
      const series = [{}], columns = [this.edges], bands = [];
      for (const [lower, upper, dark] of pairs) {
        series.push({ ...band }, { ...band });
        columns.push(this.stepped(data[upper]), this.stepped(data[lower]));
        bands.push({ series: [series.length - 2, series.length - 1], fill: `rgba(${c.smoke},${dark})` });
      }
      if (this.before) {
        series.push({ paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, width: 1.5, stroke: c.week, dash: [5, 4] });
        columns.push(this.stepped(this.before));
      }
      const axis = this.axes();
      const options = {
        ...this.size(this.height()), tzDate: (at) => this.wall(at), series, bands, legend: { show: false }, axes: axis, padding: PADDING,
        scales: { x: { time: true }, y: { range: () => this.yRange(), distr: this.isLog ? 3 : 1 } },
        cursor: { sync: { key: "smoke" }, y: false, drag: { x: true, y: false, uni: 10 }, points: { show: false }, bind: { dblclick: () => () => { this.reset(); } } },
        hooks: { drawClear: [(u) => this.behind(u)], draw: [(u) => this.infront(u)], setCursor: [(u) => this.tell(u)], setScale: [(u, key) => { if (key === "x") this.moved(u); }] },
      };
      this.u = new uPlot(options, columns, this.plot);
      this.drawLoss();
      this.handle(this.u);
      this.card_(this.u, Math.max(0, data.sent.findLastIndex((v) => v !== null)));
      if (kept && kept.min !== null && this.inside(kept)) this.u.setScale("x", { min: kept.min, max: kept.max });
      this.drawPhases();
    }

    inside(range) { return range.min >= this.edges[0] - 1 && range.max <= this.edges[this.edges.length - 1] + 1; }

    axes() {
      const c = this.colours, ticks = { stroke: c.line, width: 1, size: 5 }, font = "12px system-ui, sans-serif";
      const [by, unit] = this.scale();
      return [
        { stroke: c.soft, font, ticks, grid: { show: false }, space: 62, values: (u, splits, n, space, incr) => splits.map((at) => this.time(at, incr)) },
        { stroke: c.soft, font, ticks, size: LEFT, grid: { stroke: c.line, width: 1 }, values: (u, splits) => splits.map((v) => (v === null ? "" : this.number(v * by, 3))), label: unit || undefined, labelSize: unit ? 16 : 0, labelFont: font },
      ];
    }

    drawLoss() {
      const data = this.data;
      this.strip.replaceChildren();
      this.l = null;
      if (!data.loss.some((v) => v !== null)) return;
      const c = this.colours, font = "11px system-ui, sans-serif";
      this.l = new uPlot({
        ...this.size(70), tzDate: (at) => this.wall(at), legend: { show: false }, series: [{}, { paths: () => null, points: { show: false } }], padding: PADDING,
        scales: { x: { time: true }, y: { range: () => [0, 100] } },
        axes: [{ show: false }, { stroke: c.soft, font, size: LEFT, splits: () => [0, 50, 100], values: (u, s) => s.map((v) => v + "%"), grid: { stroke: c.line, width: 1 }, ticks: { show: false }, label: " ", labelSize: this.scale()[1] ? 16 : 0 }],
        cursor: { sync: { key: "smoke" }, y: false, drag: { x: true, y: false }, points: { show: false }, bind: { dblclick: () => () => { this.reset(); } } },
        hooks: { draw: [(u) => this.bars(u)], setScale: [(u, key) => { if (key === "x" && !this.isMoving && this.u) this.u.setScale("x", { min: u.scales.x.min, max: u.scales.x.max }); }] },
      }, [this.edges, this.edges.map(() => 0)], this.strip);
    }

    buckets(u, act) {
      const { left, top, width, height } = u.bbox;
      for (let n = 0; n < this.data.t.length; n++) {
        const from = u.valToPos(this.edges[n], "x", true), to = u.valToPos(this.edges[n + 1], "x", true);
        if (to < left || from > left + width) continue;
        const start = Math.round(Math.max(left, from)), end = Math.round(Math.min(left + width, to));
        act(n, start, Math.max(1, end - start), top, height);
      }
    }

    bars(u) {
      const data = this.data, c = this.colours;
      this.buckets(u, (n, x, width, top, height) => {
        if (!data.loss[n]) return;
        const ratio = data.loss[n] / data.sent[n];
        u.ctx.fillStyle = c.loss[data.lossClass[n]];
        u.ctx.fillRect(x, top + height * (1 - ratio), width, Math.max(2, height * ratio));
      });
    }

    behind(u) {
      const { ctx } = u, { left, top, width, height } = u.bbox, c = this.colours;
      const within = (stretch) => {
        const from = Math.max(left, u.valToPos(seconds(stretch.from), "x", true));
        const to = stretch.until === null ? left + width : Math.min(left + width, u.valToPos(seconds(stretch.until), "x", true));
        return [from, to];
      };
      ctx.save();
      ctx.fillStyle = c.works;
      for (const each of this.data.maintenance) {
        const [from, to] = within(each);
        if (to > from) ctx.fillRect(from, top, to - from, height);
      }
      ctx.fillStyle = this.hatch(ctx);
      this.buckets(u, (n, x, w) => { if (this.data.sent[n] === null) ctx.fillRect(x, top, w + 1, height); });
      ctx.restore();
    }

    hatch(ctx) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const pen = tile.getContext("2d");
      pen.strokeStyle = this.colours.hole;
      pen.lineWidth = 2;
      pen.beginPath();
      for (const shift of [-8, 0, 8]) { pen.moveTo(shift, 8); pen.lineTo(shift + 8, 0); }
      pen.stroke();
      return ctx.createPattern(tile, "repeat");
    }

    infront(u) {
      const { ctx } = u, { left, top, width, height } = u.bbox, data = this.data, c = this.colours, dot = devicePixelRatio;
      const high = u.scales.y.max;
      ctx.save();
      this.buckets(u, (n, x, w) => {
        const kind = data.lossClass[n] || "none";
        if (kind === "all") {
          ctx.globalAlpha = 0.82;
          ctx.fillStyle = c.loss.all;
          ctx.fillRect(x, top, w, height);
          ctx.globalAlpha = 1;
        } else if (data.med[n] !== null) {
          const y = u.valToPos(Math.min(data.med[n], high), "y", true);
          ctx.fillStyle = c.loss[kind];
          ctx.fillRect(x, y - 1.5 * dot, Math.max(w, 2 * dot), 3 * dot);
          if (data.med[n] > high) {
            const middle = x + w / 2;
            ctx.fillStyle = c.incident;
            ctx.beginPath();
            ctx.moveTo(middle, top);
            ctx.lineTo(middle - 5 * dot, top + 8 * dot);
            ctx.lineTo(middle + 5 * dot, top + 8 * dot);
            ctx.fill();
          }
        }
      });
      ctx.restore();
      this.marks(u, left, width);
    }

    // Incidents on the axis, as links.
    marks(u, left, width) {
      for (const old of u.over.querySelectorAll("a")) old.remove();
      for (const each of this.data.incidents) {
        const from = Math.max(0, u.valToPos(seconds(each.from), "x")), end = each.until === null ? u.over.clientWidth : u.valToPos(seconds(each.until), "x");
        if (end < 0 || from > u.over.clientWidth) continue;
        const link = document.createElement("a");
        link.href = `/su-co/${encodeURIComponent(each.id)}`;
        link.title = link.ariaLabel = `${this.say("incident")} ${each.id}`;
        Object.assign(link.style, { position: "absolute", left: from + "px", bottom: "0", height: "24px", width: Math.max(24, Math.min(end, u.over.clientWidth) - from) + "px", zIndex: 5, borderBottom: `5px solid ${this.colours.incident}` });
        link.addEventListener("mousedown", (event) => event.stopPropagation());
        u.over.append(link);
      }
    }

    tell(u) {
      const at = u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") : null;
      if (at === null) return;
      const n = this.edges.findIndex((edge) => edge > at) - 1;
      if (n >= 0 && n < this.data.t.length) this.card_(u, n);
    }

    // The values of one bucket, below the graph: a finger would cover a tip beside the cursor.
    card_(u, n) {
      const d = this.data, facts = [[this.say("time"), this.time(d.t[n])]];
      if (d.sent[n] === null) facts.push(["", this.say("nodata")]);
      else {
        facts.push([this.say("median"), this.figure_(d.med[n])], ["10–90 %", `${this.figure_(d.p10[n])} – ${this.figure_(d.p90[n])}`], ["min – max", `${this.figure_(d.min[n])} – ${this.figure_(d.max[n])}`]);
        if (d.loss[n] !== null) facts.push([this.say(d.metric === "rtt_s" ? "loss" : "failures"), `${this.number(d.loss[n], 0)}/${this.number(d.sent[n], 0)} (${this.number((100 * d.loss[n]) / (d.sent[n] || 1), 1)} %)`]);
        if (this.before) facts.push([this.say("lastweek"), this.figure_(this.before[n])]);
        if (d.med[n] > this.yRange()[1]) facts.push(["", this.say("clipped")]);
      }
      this.card.replaceChildren(...facts.map(([name, value]) => {
        const row = document.createElement("span"), bold = document.createElement("b");
        row.className = "fact";
        bold.textContent = value;
        row.append(name, bold);
        return row;
      }));
    }

    drawPhases() {
      this.p?.destroy();
      this.p = null;
      this.stack.replaceChildren();
      if (!this.phases || this.phases[0].length !== this.data.t.length || !this.phases.some((each) => each.some((v) => v !== null))) return;
      const c = this.colours, sums = [], below = this.data.t.map(() => 0);
      for (const phase of this.phases) sums.push(phase.map((v, n) => (this.phases[3][n] === null ? null : (below[n] += v || 0))));
      const head = document.createElement("h3");
      head.textContent = this.say("phases");
      const legend = document.createElement("ul");
      legend.className = "legend phase-legend";
      NAMES.forEach((name, n) => {
        const item = document.createElement("li"), box = document.createElement("span");
        box.className = `phase-${n}`;
        item.append(box, this.said[`phase${name.split("_").map((w) => w[0].toUpperCase() + w.slice(1)).join("")}`] || name);
        legend.append(item);
      });
      this.stack.append(head, legend);
      const line = { paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, width: 1 };
      const series = [{}, ...sums.map((_, n) => ({ ...line, stroke: PHASES[4 - n], fill: PHASES[4 - n] }))];
      this.p = new uPlot({
        ...this.size(180), tzDate: (at) => this.wall(at), legend: { show: false }, series, axes: this.axes(), padding: PADDING,
        scales: { x: { time: true }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.05 : 1] } },
        cursor: { sync: { key: "smoke" }, y: false, drag: { x: false, y: false }, points: { show: false } },
      }, [this.edges, ...sums.reverse().map((column) => this.stepped(column))], this.stack);
      if (this.u) this.p.setScale("x", { min: this.u.scales.x.min, max: this.u.scales.x.max });
    }

    // ---- moving

    moved(u) {
      const { min, max } = u.scales.x;
      if (min === null || this.isMoving) return;
      this.isMoving = true;
      for (const other of [this.l, this.p]) other?.setScale("x", { min, max });
      this.isMoving = false;
      this.resetter.disabled = this.isWhole && Math.abs(max - min - (this.whole[1] - this.whole[0])) < 1;
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.settle(min, max), 450);
    }

    // Look closer when the view has come to rest: finer buckets of what is seen, and its address.
    settle(min, max) {
      if (!this.data || !this.figure.isConnected) return;
      const seen = max - min, loaded = this.edges[this.edges.length - 1] - this.edges[0];
      if (seen > loaded * 0.6 && this.inside({ min: min + 1, max: max - 1 })) return;
      if (seen < 120 || min >= this.now()) return;
      const iso = (at) => new Date((at + this.offset) * 1000).toISOString().slice(0, 16);
      history.replaceState(history.state, "", `${this.said.page}&from=${iso(min)}&to=${iso(max)}#do-thi`);
      this.load(this.path(min, Math.min(max, this.now())), false, true);
    }

    reset() {
      if (!this.whole) return;
      history.replaceState(history.state, "", `${this.said.page}&${this.said.asked.replace("range=", "khoang=")}#do-thi`);
      if (this.isWhole) this.u.setScale("x", { min: this.whole[0], max: this.whole[1] });
      else this.load(this.wholePath, true, true);
    }

    zoom(at, by) {
      const { min, max } = this.u.scales.x, span = Math.max(120, (max - min) * by), part = (at - min) / (max - min);
      this.show(at - part * span, at + (1 - part) * span);
    }

    pan(by) {
      const { min, max } = this.u.scales.x, step = (max - min) * by;
      this.show(min + step, max + step);
    }

    show(min, max) {
      const now = this.now(), span = max - min;
      if (max > now && this.edges[this.edges.length - 1] <= now) { max = now; min = now - span; }
      this.u.setScale("x", { min, max });
    }

    handle(u) {
      const over = u.over;
      over.tabIndex = 0;
      over.setAttribute("role", "application");
      over.setAttribute("aria-label", this.say("hint"));
      over.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && document.activeElement !== over) return; // else the page could not be scrolled past it
        event.preventDefault();
        this.zoom(u.posToVal(event.offsetX, "x"), event.deltaY > 0 ? 1.25 : 0.8);
      }, { passive: false });
      over.addEventListener("keydown", (event) => {
        const act = { ArrowLeft: () => this.pan(-0.25), ArrowRight: () => this.pan(0.25), "+": () => this.zoom((u.scales.x.min + u.scales.x.max) / 2, 0.5), "-": () => this.zoom((u.scales.x.min + u.scales.x.max) / 2, 2), 0: () => this.reset(), Escape: () => this.reset() }[event.key];
        if (!act || event.altKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        act();
      });
      let apart = 0, tapped = 0;
      const gap = (touches) => Math.abs(touches[0].clientX - touches[1].clientX);
      over.addEventListener("touchstart", (event) => {
        if (event.touches.length === 2) apart = gap(event.touches);
        else if (event.timeStamp - tapped < 320) { event.preventDefault(); this.reset(); tapped = 0; } else tapped = event.timeStamp;
        const place = event.touches[0].clientX - over.getBoundingClientRect().left;
        u.setCursor({ left: place, top: 10 });
      }, { passive: false });
      over.addEventListener("touchmove", (event) => {
        const box = over.getBoundingClientRect();
        if (event.touches.length === 2 && apart > 0) {
          event.preventDefault();
          const now = Math.max(1, gap(event.touches)), middle = (event.touches[0].clientX + event.touches[1].clientX) / 2 - box.left;
          this.zoom(u.posToVal(middle, "x"), apart / now);
          apart = now;
        } else u.setCursor({ left: event.touches[0].clientX - box.left, top: 10 });
      }, { passive: false });
    }
  }

  const begin = () => {
    for (const figure of document.querySelectorAll("figure[data-graph]:not([data-begun])")) {
      figure.dataset.begun = "";
      new Graph(figure);
    }
  };
  begin();
  // A page that was exchanged after a form brings a new figure.
  const content = document.getElementById("noi-dung");
  if (content) new MutationObserver(begin).observe(content, { childList: true, subtree: true });
})();
