/** The fan: what is forecast as nested bands, what was as a line, what had been said before as thinner ones. */
import { config } from "../js/config.js";
import { minute, number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { canvasColour } from "./canvas_colour.js";
import { colours } from "./colours.js";
import { STEP_S } from "./forecast_words.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

const BANDS = [["0.05", "0.95", 13], ["0.1", "0.9", 15], ["0.25", "0.75", 20]];  // levels, strength in percent
const SCENARIO = ["0.1", "0.5", "0.9"];
const DASHES = [[7, 4], [2, 3], [10, 3, 2, 3]];
const FAULT_LANE = 9;
const names = (columns) => Object.keys(columns ?? {});

export class FanChart {
  constructor({ box, onCursor = () => {} }) {
    Object.assign(this, { box, onCursor, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  /**
   * from, to, now: seconds. fan, effective, scenario: {t, columns: {level: kW}}. lines: [{key, t, kw}]: 'actual' is what was, others had been said.
   * limits: [{name, kw}]; faults: [{begins_at, ends_at, fault}]; spans: of overrides, [{from, to}].
   */
  draw(given) {
    this.given = given;
    const { from, to } = given;
    const size = Math.max(2, Math.round((to - from) / STEP_S) + 1);
    this.t = Array.from({ length: size }, (_, i) => from + i * STEP_S);
    this.columns = this.#columns();
    this.#build([this.t, ...this.columns.map(({ values }) => values)]);
  }

  #place(t, kw) {
    const values = new Array(this.t.length).fill(null);
    t.forEach((at, i) => {
      const n = Math.round((at - this.given.from) / STEP_S);
      if (n >= 0 && n < values.length && Number.isFinite(kw[i])) values[n] = kw[i] / this.given.scale.by;
    });
    return values;
  }

  #columns() {
    const { fan, effective, scenario, lines = [] } = this.given;
    const shown = effective ?? fan;
    const found = [];
    if (shown) for (const level of names(shown.columns)) found.push({ key: level, kind: "level", values: this.#place(shown.t, shown.columns[level]) });
    if (effective && fan) found.push({ key: "own", kind: "own", values: this.#place(fan.t, fan.columns["0.5"]) });
    if (scenario) for (const level of SCENARIO) found.push({ key: `scenario ${level}`, kind: "scenario", values: this.#place(scenario.t, scenario.columns[level]) });
    for (const line of lines) found.push({ key: line.key, kind: line.key === "actual" ? "actual" : "said", values: this.#place(line.t, line.kw) });
    return found;
  }

  #size() { return { width: Math.max(240, this.box.clientWidth), height: Math.max(140, this.box.clientHeight) }; }

  #colours() {
    const c = colours();
    const of = (value) => canvasColour(this.box, value);
    return { ...c, fan: of("var(--pen)"), band: (strength) => of(`color-mix(in srgb, var(--pen) ${strength}%, transparent)`), override: of("var(--select)") };
  }

  #build(data) {
    this.chart?.destroy();
    const c = this.#colours();
    this.c = c;
    const { from, to, scale } = this.given;
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, labelFont: font, ticks: { stroke: c.rule, width: 1 } };
    const at = (level) => this.columns.findIndex(({ key, kind }) => kind === "level" && key === level) + 1;
    const bands = BANDS.filter(([low, high]) => at(low) && at(high)).map(([low, high, strength]) => ({ series: [at(high), at(low)], fill: c.band(strength) }));
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, bands,
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      padding: [16 * c.rem, 46 * c.rem, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, auto: false, min: from, max: to }, y: { range: (chart, low, high) => this.#range(low, high) } },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 52 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (95 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, label: scale.unit, size: 58 * c.rem, labelSize: 18 * c.rem, space: 34 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, values: (chart, ticks) => ticks.map((v) => number(v, scale.unit, tickDecimals(ticks))) },
      ],
      series: [{}, ...this.columns.map((column, i) => this.#series(column, i))],
      hooks: {
        drawClear: [() => this.#under()],
        draw: [() => this.#over()],
        setCursor: [(chart) => this.onCursor(chart.cursor.left >= 0 ? chart.cursor.idx : null)],
      },
    }, data, this.box);
  }

  #series({ key, kind }) {
    const { c } = this;
    const plain = { points: { show: false }, spanGaps: false };
    if (kind === "actual") return { ...plain, stroke: c.text, width: 2.25 };
    if (kind === "said") return { ...plain, stroke: c.line, width: 1.5, dash: DASHES[this.columns.filter((one) => one.kind === "said").findIndex((one) => one.key === key) % 3] };
    if (kind === "scenario") return { ...plain, stroke: c.override, width: key.endsWith("0.5") ? 2.25 : 1.25, dash: key.endsWith("0.5") ? [9, 4] : [3, 4] };
    if (kind === "own") return { ...plain, stroke: c.fan, width: 1.25, dash: [3, 3] };
    if (key === "0.5") return { ...plain, stroke: this.given.effective ? c.override : c.fan, width: 2 };
    return { ...plain, stroke: "transparent", width: 0 };
  }

  /** Zero belongs to the picture unless all of it is far above. */
  #range(low, high) {
    if (low === null || !Number.isFinite(low)) return [0, 1];
    let [a, b] = [low, high];
    for (const { kw } of this.given.limits ?? []) if (kw / this.given.scale.by < b * 1.6) b = Math.max(b, kw / this.given.scale.by);
    if (a >= 0 && a < 0.5 * b) a = 0;
    const room = (b - a || Math.abs(b) * 0.1 || 1) * 0.07;
    return [a === 0 ? 0 : a - room, b + room];
  }

  #line(x0, y0, x1, y1, dash = []) {
    const { ctx } = this.chart;
    ctx.setLineDash(dash.map((one) => one * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /** Behind everything: in which time a person changed the forecast. */
  #under() {
    const { ctx, bbox } = this.chart;
    ctx.save();
    ctx.fillStyle = this.c.ruleSoft;
    ctx.globalAlpha = 0.6;
    for (const { from, to } of this.given.spans ?? []) {
      const [x0, x1] = [from, to].map((at) => Math.min(Math.max(this.chart.valToPos(at, "x", true), bbox.left), bbox.left + bbox.width));
      ctx.fillRect(x0, bbox.top, x1 - x0, bbox.height);
    }
    ctx.restore();
  }

  #over() {
    const { ctx, bbox } = this.chart;
    ctx.save();
    ctx.font = `${12 * devicePixelRatio * this.c.rem}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.lineWidth = devicePixelRatio;
    ctx.textBaseline = "alphabetic";
    this.#limits(ctx, bbox);
    this.#faults(ctx, bbox);
    this.#ends(ctx, bbox);
    this.#now(ctx, bbox);
    if (this.given.scenario) this.#isScenario(ctx, bbox);
    ctx.restore();
  }

  #now(ctx, bbox) {
    const x = this.chart.valToPos(this.given.now, "x", true);
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) return;
    ctx.strokeStyle = ctx.fillStyle = this.c.text;
    this.#line(x, bbox.top - 4 * devicePixelRatio, x, bbox.top + bbox.height);
    ctx.textAlign = "center";
    ctx.fillText(`now ${minute(this.given.now * 1000)}`, Math.max(x, bbox.left + 30 * devicePixelRatio), bbox.top - 5 * devicePixelRatio);
  }

  /** Nobody takes it for a forecast. */
  #isScenario(ctx, bbox) {
    ctx.fillStyle = this.c.override;
    ctx.textAlign = "right";
    ctx.font = `600 ${ctx.font}`;
    ctx.fillText("Dashed: a SCENARIO, no forecast", bbox.left + bbox.width - 8 * devicePixelRatio, bbox.top + 16 * devicePixelRatio);
  }

  #limits(ctx, bbox) {
    ctx.strokeStyle = ctx.fillStyle = this.c.text;
    ctx.textAlign = "left";
    for (const { name, kw } of this.given.limits ?? []) {
      const { scale } = this.given;
      const y = this.chart.valToPos(kw / scale.by, "y", true);
      if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
      this.#line(bbox.left, y, bbox.left + bbox.width, y, [8, 5]);
      ctx.fillText(`${name} ${number(kw / scale.by, scale.unit, scale.decimals)} ${scale.unit}`, bbox.left + 6 * devicePixelRatio, y - 4 * devicePixelRatio);
    }
  }

  /** At the foot, hatched and named: when the data were not to be trusted. */
  #faults(ctx, bbox) {
    const h = FAULT_LANE * devicePixelRatio;
    const y = bbox.top + bbox.height - h;
    ctx.fillStyle = this.c.muted;
    ctx.textAlign = "left";
    for (const { begins_at: begin, ends_at: end, fault } of this.given.faults ?? []) {
      const [x0, x1] = [begin, end].map((at) => this.chart.valToPos(Date.parse(at) / 1000, "x", true));
      const [a, b] = [Math.max(x0, bbox.left), Math.min(x1, bbox.left + bbox.width)];
      if (b <= a) continue;
      for (let x = a; x < b; x += 5 * devicePixelRatio) ctx.fillRect(x, y, Math.min(2.5 * devicePixelRatio, b - x), h);
      ctx.fillText(fault, a, y - 5 * devicePixelRatio);
    }
  }

  /** Names at the right end, so that no colour must be remembered. */
  #ends(ctx, bbox) {
    ctx.textAlign = "left";
    const words = { 0.1: "P10", 0.5: "P50", 0.9: "P90" };
    let lowest = -Infinity;
    const ends = this.columns.filter(({ kind, key }) => kind === "level" && words[key]).map(({ key, values }) => ({ word: words[key], y: this.#lastY(values) })).filter(({ y }) => y !== null);
    for (const { word, y } of ends.sort((a, b) => a.y - b.y)) {
      const at = Math.max(y, lowest + 13 * devicePixelRatio * this.c.rem);
      lowest = at;
      ctx.fillStyle = word === "P50" ? (this.given.effective ? this.c.override : this.c.fan) : this.c.muted;
      ctx.fillText(word, bbox.left + bbox.width + 6 * devicePixelRatio, at + 4 * devicePixelRatio);
    }
  }

  #lastY(values) {
    const last = values.findLast((value) => value !== null);
    return last === undefined ? null : this.chart.valToPos(last, "y", true);
  }

  /** Everything that is known of the quarter hour under the cursor, in the unit of the chart. */
  at(index) {
    return index === null || !this.chart ? null : { t: this.t[index], ...Object.fromEntries(this.columns.map(({ key, values }) => [key, values[index]])) };
  }
}
