/** What a device was to be set to, and what was measured: planned dashed, measured whole; holes stay holes. */
import { config } from "../js/config.js";
import { day, minute, number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { joined, tickDecimals, withGaps } from "./trend.js";

export class CourseChart {
  constructor(box, reading) {
    Object.assign(this, { box, reading, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  #size() { return { width: Math.max(200, this.box.clientWidth), height: Math.max(120, this.box.clientHeight) }; }

  /** planned: { t, v } with the end as its last; measured: { t, v }; from, to, now: seconds; unit. */
  draw(given) {
    this.given = given;
    this.chart?.destroy();
    const c = colours(), { planned, measured, from, to, unit } = given;
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, ticks: { stroke: c.rule, width: 1 } };
    const line = (stroke, width, more) => ({ stroke, width, points: { show: false }, spanGaps: false, ...more });
    const told = withGaps(measured, "measured");
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, padding: [8 * c.rem, 24 * c.rem, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: true, auto: false, min: from, max: to }, y: { range: (chart, low, high) => this.#range(low, high) } },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 48 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (76 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, size: 56 * c.rem, space: 28 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, values: (chart, ticks) => ticks.map((v) => number(v, unit, tickDecimals(ticks))) },
      ],
      series: [{}, line(c.line, 1.5, { dash: [5, 4], paths: uPlot.paths.stepped({ align: 1 }), spanGaps: true }), line(c.text, 2.25)],
      hooks: { draw: [(chart) => this.#now(chart, c)], setCursor: [(chart) => this.#read(chart)] },
    }, joined([[planned.t, planned.v], [told.t, told.v]]), this.box);
  }

  #range(low, high) {
    const [least, most] = [Math.min(low ?? 0, 0), Math.max(high ?? 0, 0)];
    const room = (most - least || 1) * 0.08;
    return [least - room, most + room];
  }

  /** The last value at or before an instant: both hold until the next. */
  #held({ t, v }, at) {
    const i = t.findLastIndex((one) => one <= at);
    return i < 0 ? null : v[i];
  }

  #read(chart) {
    const { left } = chart.cursor, { planned, measured, unit } = this.given;
    if (left === undefined || left < 0) { this.reading.textContent = ""; return; }
    const at = chart.posToVal(left, "x");
    const told = [["planned", this.#held(planned, at)], ["measured", at <= this.given.now ? this.#held(measured, at) : null]].filter(([, value]) => value !== null);
    this.reading.textContent = `${day(at * 1000).slice(5)} ${minute(at * 1000)}: ${told.map(([name, value]) => `${name} ${number(value, unit, 1)} ${unit}`).join(", ") || "nothing"}`;
  }

  #now(chart, c) {
    const { ctx, bbox } = chart, { min, max } = chart.scales.x, { now } = this.given;
    if (now < min || now > max) return;
    const x = Math.round(chart.valToPos(now, "x", true));
    ctx.save();
    ctx.strokeStyle = c.text;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
