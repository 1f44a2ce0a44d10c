/** A chart of what holds over steps: a whole line, a dashed one, bands below them, the present; gaps stay gaps. */
import { config } from "../js/config.js";
import { day, minute, number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { canvasColour } from "./canvas_colour.js";
import { colours } from "./colours.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

export class PriceChart {
  /** reading: where what is under the pointer is written. */
  constructor(box, reading, unit, names) {
    Object.assign(this, { box, reading, unit, names, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  #size() { return { width: Math.max(200, this.box.clientWidth), height: Math.max(120, this.box.clientHeight) }; }

  /** t: seconds of the begin of each step; whole, dashed: values by t, null where there is none; step, now: seconds.
      bands: { name, low, high, strength }, values by t and percent of the colour; the widest first. */
  draw(given) {
    const { left, top } = this.chart?.cursor ?? {};
    this.given = given;
    this.chart?.destroy();
    const c = colours(), { t, whole, dashed, step, now, bands = [] } = given;
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, ticks: { stroke: c.rule, width: 1 } };
    const line = (stroke, width, dash) => ({ stroke, width, dash, points: { show: false }, spanGaps: false });
    const edges = t.flatMap((at) => [at, at + step - 1]);  // a price holds to the end of its step, before a gap too
    const held = (values) => values.flatMap((value) => [value, value]);
    const edge = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: false };
    const pen = (strength) => canvasColour(this.box, `color-mix(in srgb, var(--pen) ${strength}%, transparent)`);
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, padding: [8 * c.rem, 44 * c.rem, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: true, auto: false, min: t[0], max: t.at(-1) + step } },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 44 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (70 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, size: (chart, words) => Math.max(48, 16 + 7 * Math.max(0, ...(words ?? []).map((word) => word.length))) * c.rem, space: 30 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, values: (chart, ticks) => ticks.map((v) => number(v, this.unit, tickDecimals(ticks))) },
      ],
      bands: bands.map(({ strength }, i) => ({ series: [2 * i + 2, 2 * i + 1], fill: pen(strength) })),
      series: [{}, ...bands.flatMap(() => [edge, edge]), line(c.line, 1.5, [5, 4]), line(c.text, 2.25)],
      hooks: { draw: [(chart) => this.#now(chart, c, now, font)], setCursor: [(chart) => this.#read(chart)] },
    }, [edges, ...bands.flatMap(({ low, high }) => [held(low), held(high)]), held(dashed), held(whole)], this.box);
    if (left >= 0) this.chart.setCursor({ left, top });  // a pointer at rest goes on reading
  }

  #read(chart) {
    const { t, whole, dashed, step, bands = [] } = this.given, { left } = chart.cursor;
    const at = left === undefined || left < 0 ? -1 : Math.floor((chart.posToVal(left, "x") - t[0]) / step);
    if (at < 0 || at >= t.length) { this.reading.textContent = ""; return; }
    const told = [[whole[at], this.names[0]], [dashed[at], this.names[1]]].filter(([value]) => value !== null);
    const spans = bands.filter(({ low }) => low[at] !== null).map(({ name, low, high }) => `${name} ${number(low[at], "", 2)} to ${number(high[at], "", 2)}`);
    const values = [...told.map(([value, name]) => `${name} ${number(value, this.unit, 2)}`), ...spans].join(", ") || "not known";
    this.reading.textContent = `${day(t[at] * 1000).slice(5)} ${minute(t[at] * 1000)}: ${values}`;
  }

  #now(chart, c, now, font) {
    const { ctx, bbox } = chart;
    const { min, max } = chart.scales.x;
    if (now < min || now > max) return;
    const x = Math.round(chart.valToPos(now, "x", true));
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = c.text;
    ctx.lineWidth = devicePixelRatio;
    ctx.font = font.replace(/^\d+/, (px) => px * devicePixelRatio);
    ctx.textAlign = "left";
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText("now", x + 4 * devicePixelRatio, bbox.top + 12 * c.rem * devicePixelRatio);
    ctx.restore();
  }
}
