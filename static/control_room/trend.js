import { h } from "../js/dom.js";
import { day, minute, number, time } from "../js/format.js";
import { config } from "../js/config.js";
import { live } from "../js/live.js";
import { quantityWord } from "../js/names.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";

const GAP_FACTOR = 4;   // a pause of more than so many usual steps is a gap, and is drawn as one
const GAP_AT_LEAST_S = { estimated: 12, measured: 150 };  // a meter may send on change only
const STEPPED = new Set(["tap_position", "switch_state"]);
const KEEP = 20_000;
const SYNC = uPlot.sync("trend");
const SYMBOL = { voltage: "U", active_power: "P", reactive_power: "Q", current: "I", loading: "Loading", tap_position: "Tap", switch_state: "Position" };
const DASHES = [[], [6, 4], [2, 3]];
export const AXIS = 28;
const POSITIONS = ["open", "closed"];

/** A pause becomes an explicit hole, so that no line ever bridges what nobody knows. */
export function withGaps({ t, v }, kind) {
  const steps = t.slice(1).map((x, i) => x - t[i]).sort((a, b) => a - b);
  const longest = Math.max(GAP_AT_LEAST_S[kind], GAP_FACTOR * (steps[steps.length >> 1] ?? 0));
  const out = { t: [], v: [] };
  t.forEach((x, i) => {
    if (i && x - t[i - 1] > longest) { out.t.push(t[i - 1] + longest / 2); out.v.push(null); }
    out.t.push(x);
    out.v.push(v[i] ?? null);
  });
  return out;
}

const EXPAND = 2;  // uPlot: what lies beside a hole is one, also where only others have values

/** Columns [t, ...values] over one time. A hole stays one as far as the next value of its own column. */
export const joined = (tables) => uPlot.join(tables, tables.map((table) => table.map(() => EXPAND)));

/** As many decimals as tell two ticks apart, and tell them truly. */
export function tickDecimals(ticks) {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) || 1;
  const isTrue = (decimals) => Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) < 1e-6;
  return [0, 1, 2, 3].find((decimals) => isTrue(decimals)) ?? 4;
}

function limitLines(chart, limits, c) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([8 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.strokeStyle = ctx.fillStyle = c.text;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.font = `${12 * devicePixelRatio * c.rem}px sans-serif`;
  for (const { value, name } of limits) {
    const y = chart.valToPos(value, "y", true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(name, bbox.left + 6 * devicePixelRatio, y - 4 * devicePixelRatio);
  }
  ctx.restore();
}

/** A meter that sends on change holds its value until the next: what counts at a moment is the last one before it. */
function heldAt(chart, series, idx) {
  if (series === 0 || idx === null) return idx;
  const values = chart.data[series];
  let at = idx;
  while (at > 0 && values[at] === undefined) at -= 1;
  return values[at] === undefined ? idx : at;
}

/** As exact as the ticks are near each other. */
function clockFor(ticks) {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  if (ticks.at(-1) - ticks[0] > 90_000) return (s) => `${day(s * 1000).slice(5)} ${minute(s * 1000)}`;
  return step >= 60 ? (s) => minute(s * 1000) : (s) => time(s * 1000);
}

const steps = (positions) => (chart, low, high) => (positions ? [-0.3, 1.3] : [Math.floor(low ?? 0) - 1, Math.ceil(high ?? 0) + 1]);

/** Whole numbers only: there is no half a position. */
function whole(chart, axis, low, high) {
  const step = Math.max(1, Math.ceil((high - low) / 6));
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, i) => first + i * step);
}

/** Room for the data, and for every limit that is not far away from it. */
function range(limits, unit) {
  return (chart, low, high) => {
    if (low === null || !Number.isFinite(low)) return [0, 1];
    let [a, b] = unit === "%" ? [Math.min(0, low), Math.max(100, high)] : [low, high];
    const reach = Math.max(2 * (high - low), Math.abs(high) / 2, Math.abs(low) / 2, 1e-6);
    for (const { value } of limits) if (value > a - reach && value < b + reach) [a, b] = [Math.min(a, value), Math.max(b, value)];
    const room = (b - a || Math.abs(b) * 0.02 || 8) * 0.12;
    return [unit === "%" && a === 0 ? 0 : a - room, b + room];
  };
}

export class Trend {
  /** pens: [{key, label, kind: estimated|measured, series: {t, v}}], all in one unit. */
  constructor({ box, quantity, unit, by, limits, pens, seconds, since, height, isLast }) {
    Object.assign(this, { unit, by, limits, seconds, since, height, isLast, box: h("figure", { class: "trend" }, h("figcaption", {}, quantityWord(quantity))) });
    this.axis = [SYMBOL[quantity] ?? quantityWord(quantity), unit].filter(Boolean).join(", ");
    box.append(this.box);
    this.stepped = STEPPED.has(quantity);
    this.positions = quantity === "switch_state";
    this.pens = pens.map((pen) => ({ ...pen, series: this.stepped ? { t: [...pen.series.t], v: [...pen.series.v] } : withGaps(pen.series, pen.kind) }));
    this.#draw();
  }

  #data() {
    const end = this.#end();
    return joined(this.pens.map(({ kind, isHeld, series: { t, v } }) => {
      const holds = (kind === "measured" && isHeld !== false) && t.length > 0 && t.at(-1) < end;  // its value still stands
      return holds ? [[...t, end], [...v, v.at(-1)]] : [t, v];
    }));
  }

  #draw() {
    const c = colours();
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, labelFont: font, grid: { stroke: c.rule, width: 1 }, ticks: { stroke: c.rule, width: 1 } };
    const shown = (chart, v) => (v === null || v === undefined ? "–" : `${this.#say(v)} ${this.unit}`);
    const stepped = { paths: uPlot.paths.stepped({ align: 1 }) };
    const kinds = { estimated: 0, measured: 0 };
    this.chart?.destroy();
    this.chart = new uPlot({
      width: this.box.clientWidth, height: this.height, tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      cursor: { sync: { key: SYNC.key }, drag: { x: true, y: false }, points: { size: 6 }, dataIdx: heldAt },
      scales: { x: { range: () => { const end = this.#end(); return [Math.max(end - this.seconds, this.since), end]; } }, y: { range: this.stepped ? steps(this.positions) : range(this.limits, this.unit) } },
      axes: [
        { ...axis, values: (chart, ticks) => ticks.map(this.isLast ? clockFor(ticks) : () => ""), size: (this.isLast ? AXIS : 8) * c.rem, space: 90 * c.rem },
        { ...axis, label: this.axis, size: 62 * c.rem, labelSize: 22 * c.rem, space: 22 * c.rem, values: (chart, ticks) => ticks.map((v) => this.#say(v, tickDecimals(ticks))), ...(this.stepped ? { splits: whole } : {}) },
      ],
      series: [
        { label: "time", value: (chart, s) => (s ? time(s * 1000) : "–") },
        ...this.pens.map(({ label, kind }) => ({
          label, value: shown, width: kind === "estimated" ? 1.75 : 1, stroke: kind === "estimated" ? c.text : c.line,
          ...(kind === "measured" ? stepped : {}),
          dash: DASHES[kinds[kind]++ % DASHES.length], points: { show: false },
        })),
      ],
      hooks: { draw: [(chart) => limitLines(chart, this.limits, c)] },
    }, this.#data(), this.box);
    this.#readLast();
  }

  /** Without a cursor on the chart its readout shows the newest values. */
  #readLast() {
    if (this.chart.cursor.idx !== null && this.chart.cursor.left >= 0) return;
    const last = this.chart.data[0].length - 1;
    this.chart.setLegend({ idxs: this.chart.data.map((_, series) => heldAt(this.chart, series, last)) });
  }

  #say(value, decimals) {
    if (this.positions) return POSITIONS[value] ?? "";
    return number(value, this.unit, decimals);
  }

  #end() { return Math.max(live.now() / 1000, ...this.pens.map(({ series }) => series.t.at(-1) ?? 0)); }

  get first() { return Math.min(...this.pens.map(({ series }) => series.t[0] ?? Infinity)); }

  append(key, t, v) {
    const pen = this.pens.find((candidate) => candidate.key === key);
    if (!pen || !(t > (pen.series.t.at(-1) ?? 0))) return;
    const last = pen.series.t.at(-1);
    if (last && t - last > Math.max(GAP_AT_LEAST_S[pen.kind], GAP_FACTOR * config.scanPeriodS) && !this.stepped) { pen.series.t.push(last + 1); pen.series.v.push(null); }
    pen.series.t.push(t);
    pen.series.v.push(v === null ? null : v / this.by);
    const spare = pen.series.t.length - KEEP;
    if (spare > 0) { pen.series.t.splice(0, spare); pen.series.v.splice(0, spare); }
  }

  redraw() {
    this.chart.setData(this.#data());
    this.#readLast();
  }

  retheme() { this.#draw(); }

  resize(height) {
    this.height = height;
    this.chart.setSize({ width: this.box.clientWidth, height });
  }
}
