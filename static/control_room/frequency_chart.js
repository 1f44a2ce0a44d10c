/** Courses of the frequency: after a loss, and as meters read it. */
import { config } from "../js/config.js";
import { number, time } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { canvasColour } from "./canvas_colour.js";
import { colours } from "./colours.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

const DASH = [5, 4], FINE = [2, 2], NEAR_HZ = 0.05, BACK_S = 900;
const line = (stroke, width, dash) => ({ stroke, width, dash, points: { show: false } });

class FrequencyChart {
  constructor(box) {
    Object.assign(this, { box, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  size() { return { width: Math.max(200, this.box.clientWidth - 16), height: Math.max(120, this.box.clientHeight - 4) }; }

  plot(columns, series, { isTime, nearest, hooks = {} }) {
    this.chart?.destroy();
    const c = colours(), font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, labelFont: font, ticks: { stroke: c.rule, width: 1 } };
    const words = (chart, ticks) => (isTime ? tickWords(ticks) : ticks.map((v) => number(v, "", tickDecimals(ticks))));
    const splits = isTime ? { splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (76 * c.rem)) } : {};
    this.chart = new uPlot({
      ...this.size(), legend: { show: false }, padding: [8 * c.rem, 12 * c.rem, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: isTime, range: (chart, low, high) => (isTime ? [high - BACK_S, high] : [low, high]) }, y: { range: (chart, low, high) => [Math.min(low, nearest - NEAR_HZ) - 0.02, Math.max(high, nearest + NEAR_HZ) + 0.02] } },
      axes: [{ ...axis, ...splits, size: 42 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, label: isTime ? undefined : "Seconds after the loss", labelSize: 16 * c.rem, values: words },
        { ...axis, size: 56 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, label: "Hz", labelSize: 16 * c.rem, values: (chart, ticks) => ticks.map((v) => number(v, "", tickDecimals(ticks))) }],
      series: [{}, ...series], hooks,
    }, columns, this.box);
  }
}

export class ResponseChart extends FrequencyChart {
  constructor(box, reading) { super(box); this.reading = reading; }

  /** given: a run's response, and the limit in Hz. */
  draw(given) {
    this.given = given;
    const c = colours(), { response: r, limit, nominal } = given;
    const columns = [r.time_s, r.without_hz, r.now_hz, r.with_hz, r.time_s.map(() => limit)];
    const series = [line(c.line, 1.5, DASH), line(canvasColour(this.box, "var(--pen)"), 1.75), line(c.text, 2.25), line(c.muted, 1, FINE)];
    this.plot(columns, series, { isTime: false, nearest: nominal, hooks: { setCursor: [(chart) => this.read(chart)] } });
  }

  read({ cursor }) {
    const i = cursor.left === undefined || cursor.left < 0 ? null : cursor.idx, r = this.given?.response;
    this.reading.textContent = i === null || i === undefined || !r ? "" : `After ${number(r.time_s[i], "", 1)} s: ${number(r.without_hz[i], "", 3)} Hz without a reserve, ${number(r.now_hz[i], "", 3)} as set now, ${number(r.with_hz[i], "", 3)} scheduled (plants of the reserve give ${number(r.fast_kw[i], "kW", 0)} kW).`;
  }
}

export class MeasuredChart extends FrequencyChart {
  /** given: points with t and mean; the nominal frequency. */
  draw(given) {
    this.given = given;
    const c = colours(), told = given.points.filter((one) => one.t.length);
    if (!told.length) { this.chart?.destroy(); this.chart = null; return; }
    const columns = uPlot.join(told.map((one) => [one.t, one.mean]));
    const series = told.map((one, n) => ({ ...line(n ? c.line : c.text, n ? 1 : 1.75), spanGaps: true, label: one.name }));
    this.plot(columns, series, { isTime: true, nearest: given.nominal });
  }

  static words(point) { return point ? `${point.name}, ${point.at ? time(Date.parse(point.at)) : "never heard"}` : ""; }
}
