/** Up to eight pens over one time, on an axis for each unit; extremes as a band, silences as gaps, doubts as hatching. */
import { config } from "../js/config.js";
import { byId } from "../js/dom.js";
import { number } from "../js/format.js";
import { quantityWord } from "../js/names.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";
import { extent, paint } from "./trends_forecast.js";
import { joined, tickDecimals } from "./trend.js";
import { tickWords, timeTicks } from "./time_ticks.js";

export const MOST_AXES = 3;
const DASHES = [[], [8, 4], [2, 3]];
const BAD = 3;              // the two low bits of a quality
const LANE = 5;
const SWITCH_RANGE = [-0.4, 11];  // positions stand at the foot of the chart, out of the way of values
const COLUMNS = 3;          // of each pen: its mean, least and greatest value
const SYMBOL = { voltage: "U", active_power: "P", reactive_power: "Q", current: "I", loading: "Loading", tap_position: "Tap", switch_state: "Position" };
const styles = () => getComputedStyle(byId("trends-chart"));

/** Three colours of the page's own, none of an alarm, times three kinds of line. */
export const lineOf = (index) => ({ colour: `--pen-${(index % 3) + 1}`, dash: DASHES[Math.floor(index / 3)] });
const strokeOf = (index) => styles().getPropertyValue(lineOf(index).colour).trim();
const faint = (index) => `color-mix(in srgb, ${styles().getPropertyValue(lineOf(index).colour)} 22%, transparent)`;
export const quietly = (colour) => { const probe = document.createElement("span"); probe.style.color = colour; byId("trends-chart").append(probe); const shown = getComputedStyle(probe).color; probe.remove(); return shown; };

function hatch(ctx, x0, x1, y, colour) {
  ctx.fillStyle = colour;
  for (let x = x0; x < Math.max(x1, x0 + 2); x += 4 * devicePixelRatio) ctx.fillRect(x, y, 2 * devicePixelRatio, (LANE - 1) * devicePixelRatio);
}

const MARK = { 1: (c, x, y, r) => c.rect(x - r, y - r, 2 * r, 2 * r), 2: (c, x, y, r) => { c.moveTo(x, y - r); c.lineTo(x + r, y + r); c.lineTo(x - r, y + r); c.closePath(); }, 3: (c, x, y, r) => { c.moveTo(x, y + r); c.lineTo(x + r, y - r); c.lineTo(x - r, y - r); c.closePath(); }, 4: (c, x, y, r) => { c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y); c.closePath(); } };

export class TrendsChart {
  constructor({ box, onZoom, onCursor }) { Object.assign(this, { box, onZoom, onCursor, pens: [], data: new Map(), events: [], forecasts: new Map(), chart: null }); }

  /** Everything anew: other pens, another time, another theme. */
  draw({ pens, data, events, forecasts, from, to, now }) {
    Object.assign(this, { pens, data, events, forecasts, from, to, now });
    const units = this.units();
    const tables = pens.map(({ key }) => { const { t, mean, min, max } = data.get(key) ?? { t: [], mean: [], min: [], max: [] }; return [t, mean, min, max]; });
    const columns = pens.length ? joined(tables) : [[from, to]];
    const shape = pens.map(({ key }) => key).join() + units.join();
    if (this.chart && shape === this.shape) {
      this.chart.batch(() => { this.chart.setData(columns, false); this.chart.setScale("x", { min: from, max: to }); });
      this.chart.redraw();  // scales of the values follow the data
    } else this.#build(columns, units);
    this.shape = shape;
  }

  /** Those of most pens first, positions last: an axis of numbers says nothing of them. */
  units() {
    const groups = [...Map.groupBy(this.pens, ({ unit, quantity }) => unit || quantity)];
    return groups.sort(([, a], [, b]) => a[0].stepped - b[0].stepped || b.length - a.length).map(([unit]) => unit);
  }

  axes() { return this.units().filter((unit) => unit !== "switch_state").slice(0, MOST_AXES); }

  retheme() { this.shape = null; if (this.chart) this.draw(this); }

  resize() { this.chart?.setSize(this.#size()); }

  width() { return Math.max(200, this.box.clientWidth - 80); }

  #size() { return { width: this.box.clientWidth, height: Math.max(160, this.box.clientHeight) }; }

  #build(columns, units) {
    this.chart?.destroy();
    const c = colours();
    this.colours = c;
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, labelFont: font, ticks: { stroke: c.rule, width: 1 } };
    const series = this.pens.flatMap((pen, i) => {
      const scale = pen.unit || pen.quantity;
      const band = { scale, stroke: "transparent", width: 0, points: { show: false } };
      const path = pen.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
      return [{ scale, stroke: quietly(strokeOf(i)), width: 1.75, dash: lineOf(i).dash, points: { show: false }, ...path }, band, band];
    });
    const bands = this.pens.flatMap((pen, i) => (pen.stepped ? [] : [{ series: [COLUMNS * i + 3, COLUMNS * i + 2], fill: quietly(faint(i)) }]));
    const scales = Object.fromEntries(units.map((unit) => [unit, { range: (chart, low, high) => this.#range(unit, low, high) }]));
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, bands,
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      padding: [18 * c.rem, 28 * c.rem, 0, 0],
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
      scales: { x: { time: true, auto: false, min: this.from, max: this.to }, ...scales },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 50 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (105 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        ...this.axes().map((unit, i) => ({
          ...axis, scale: unit, side: i === 0 ? 3 : 1, label: this.#axisName(unit), size: 64 * c.rem, labelSize: 20 * c.rem, space: 26 * c.rem,
          grid: i === 0 ? { stroke: c.ruleSoft, width: 1 } : { show: false }, values: (chart, ticks) => ticks.map((v) => number(v, unit, tickDecimals(ticks))),
        })),
      ],
      series: [{}, ...series],
      hooks: {
        drawAxes: [() => this.#ahead()],
        draw: [() => this.#over()],
        setCursor: [(chart) => this.onCursor(chart.cursor.left >= 0 ? chart.posToVal(chart.cursor.left, "x") : null)],
        setSelect: [(chart) => {
          if (chart.select.width < 8) return;
          const [from, to] = [chart.posToVal(chart.select.left, "x"), chart.posToVal(chart.select.left + chart.select.width, "x")];
          chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          this.onZoom(from, to);
        }],
      },
    }, columns, this.box);
  }

  #axisName(unit) {
    const numbers = this.pens.flatMap((pen, i) => ((pen.unit || pen.quantity) === unit ? [i + 1] : [])).join(", ");
    const quantities = [...new Set(this.pens.filter((pen) => (pen.unit || pen.quantity) === unit).map(({ quantity }) => SYMBOL[quantity] ?? quantityWord(quantity)))];
    return this.pens.some((pen) => pen.unit === unit) ? `${quantities.join(" ")}, ${unit} (${numbers})` : `${quantities.join(" ")} (${numbers})`;
  }

  /** Room for what is seen, and for limits that are not far from it. */
  #range(unit, low, high) {
    if (unit === "switch_state") return SWITCH_RANGE;
    let [a, b] = [Infinity, -Infinity];
    for (const { key } of this.pens.filter((pen) => (pen.unit || pen.quantity) === unit)) {
      const { t, min, max } = this.data.get(key) ?? { t: [] };
      t.forEach((x, i) => { if (x >= this.from && x <= this.to && min[i] !== null && Number.isFinite(min[i])) { a = Math.min(a, min[i]); b = Math.max(b, max[i]); } });
    }
    for (const { key } of this.pens.filter((pen) => (pen.unit || pen.quantity) === unit && this.forecasts.has(pen.key))) {
      const [low_, high_] = extent(this.forecasts.get(key), this.from, this.to);
      [a, b] = [Math.min(a, low_), Math.max(b, high_)];
    }
    if (!Number.isFinite(a)) return [0, 1];
    if (unit === "tap_position") return [Math.floor(a) - 1, Math.ceil(b) + 1];
    const reach = Math.max(2 * (b - a), Math.abs(b) * 0.3, 1e-6);
    const near = this.pens.filter((pen) => (pen.unit || pen.quantity) === unit).flatMap(({ limits }) => limits).filter(({ limit }) => limit > a - reach && limit < b + reach);
    for (const { limit } of near) [a, b] = [Math.min(a, limit), Math.max(b, limit)];
    const room = (b - a || Math.abs(b) * 0.02 || 1) * 0.08;
    return [a - room, b + room];
  }

  /** Forecasts lie under what was measured; where both meet stands now. */
  #ahead() {
    const { ctx, bbox } = this.chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    this.pens.forEach((pen, i) => {
      const one = this.forecasts.get(pen.key);
      if (one) paint(this.chart, one, pen.unit || pen.quantity, { line: quietly(strokeOf(i)), fill: quietly(faint(i)) }, this.now);
    });
    if (this.to > this.now) {
      const x = this.chart.valToPos(this.now, "x", true);
      ctx.fillStyle = this.colours.text;
      ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
    }
    ctx.restore();
  }

  #over() {
    const { ctx, bbox } = this.chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, 0, bbox.width + 26 * devicePixelRatio * this.colours.rem, bbox.top + bbox.height);
    ctx.clip();
    ctx.font = `${12 * devicePixelRatio * this.colours.rem}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textBaseline = "alphabetic";
    this.#limits(ctx, bbox);
    this.#doubts(ctx, bbox);
    this.#marks(ctx, bbox);
    this.#numbers(ctx, bbox);
    ctx.restore();
  }

  /** One line for each different limit, named by the pens that it belongs to. */
  #limits(ctx, bbox) {
    const lines = Map.groupBy(this.pens.flatMap((pen, i) => (pen.stepped ? [] : pen.limits).map((one) => ({ ...one, scale: pen.unit || pen.quantity, unit: pen.unit, pen: i + 1 }))), ({ scale, limit, name }) => `${scale} ${limit} ${name}`);
    ctx.setLineDash([8 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeStyle = ctx.fillStyle = this.colours.text;
    ctx.textAlign = "left";
    for (const group of lines.values()) {
      const [{ scale, limit, name, unit }] = group;
      const y = this.chart.valToPos(limit, scale, true);
      if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.fillText(`${name} limit ${number(limit, unit)} ${unit} (${[...new Set(group.map(({ pen }) => pen))].join(", ")})`, bbox.left + 6 * devicePixelRatio, y - 4 * devicePixelRatio);
    }
    ctx.setLineDash([]);
  }

  /** At the foot, a lane for each pen: hatched while what it says is questionable or invalid. */
  #doubts(ctx, bbox) {
    this.pens.forEach((pen, i) => {
      const { t = [], quality = [], resolution = 0 } = this.data.get(pen.key) ?? {};
      const y = bbox.top + bbox.height - (i + 1) * LANE * devicePixelRatio;
      let since = null;
      t.forEach((at, n) => {
        const bad = quality[n] !== null && (quality[n] & BAD) !== 0;
        if (bad && since === null) since = at;
        if (since !== null && (!bad || n === t.length - 1)) {
          hatch(ctx, this.chart.valToPos(since, "x", true), this.chart.valToPos(bad ? at + resolution : at, "x", true), y, quietly(strokeOf(i)));
          since = null;
        }
      });
    });
  }

  /** Over the chart: alarms raised by their shapes, switches that moved as a square, filled if it closed. */
  #marks(ctx, bbox) {
    const r = 5 * devicePixelRatio * this.colours.rem;
    const y = bbox.top - 9 * devicePixelRatio * this.colours.rem;
    for (const event of this.events) {
      const x = this.chart.valToPos(Date.parse(event.source_at ?? event.at) / 1000, "x", true);
      if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
      const colour = event.kind === "alarm" ? this.colours[`p${event.priority}`] : this.colours.text;
      ctx.strokeStyle = ctx.fillStyle = colour;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      if (event.kind === "alarm") MARK[event.priority](ctx, x, y, r);
      else ctx.rect(x - 0.7 * r, y - 0.7 * r, 1.4 * r, 1.4 * r);
      if (event.kind === "alarm" || event.what === "closed") ctx.fill();
      else ctx.stroke();
    }
  }

  /** Each line has its number at its end, so that it is told apart without any colour. */
  #numbers(ctx, bbox) {
    ctx.textAlign = "left";
    const ends = this.pens.map((pen, i) => ({ i, y: this.#lastY(pen) })).filter(({ y }) => y !== null).sort((a, b) => a.y - b.y);
    let lowest = -Infinity;
    for (const { i, y } of ends) {
      const at = Math.max(Math.min(y, bbox.top + bbox.height), lowest + 13 * devicePixelRatio * this.colours.rem);
      lowest = at;
      ctx.fillStyle = quietly(strokeOf(i));
      ctx.fillText(String(i + 1), bbox.left + bbox.width + 5 * devicePixelRatio, at + 4 * devicePixelRatio);
    }
  }

  #lastY(pen) {
    const { t = [], mean = [] } = this.data.get(pen.key) ?? {};
    for (let n = t.length - 1; n >= 0; n -= 1) {
      if (t[n] <= this.to && mean[n] !== null && Number.isFinite(mean[n])) return t[n] < this.from ? null : this.chart.valToPos(mean[n], pen.unit || pen.quantity, true);
    }
    return null;
  }
}

/** What a pen said at an instant: the last value before it, unless there was silence. */
export function valueAt(data, at) {
  const { t = [], mean, min, max, quality, resolution } = data ?? {};
  let [low, high] = [0, t.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (t[middle] <= at) low = middle + 1;
    else high = middle;
  }
  const n = low - 1;
  if (n < 0) return null;
  return { at: t[n], value: mean[n], min: min[n], max: max[n], quality: quality[n], resolution };
}
