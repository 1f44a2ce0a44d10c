/** Capacity or resistance of racks, night by night: each rack a fine line, their mean a heavy one. */
import { config } from "../js/config.js";
import { number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

const DOTS = 14;  // nights, up to which each is a dot of its own

export class HealthChart {
  constructor(box, field, title) {
    Object.assign(this, { box, field, title, chart: null, racks: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.racks && this.draw(this.racks));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.racks && this.draw(this.racks));
  }

  #size() { return { width: Math.max(200, this.box.clientWidth), height: Math.max(110, this.box.clientHeight) }; }

  /** racks: of storage/plants/…/health. False where no night has told the figure. */
  draw(racks) {
    this.racks = racks;
    this.chart?.destroy();
    this.chart = null;
    const nights = [...new Set(racks.flatMap((rack) => rack.nights.map((night) => Date.parse(night.as_of) / 1000)))].sort((a, b) => a - b);
    const columns = racks.map((rack) => {
      const by = new Map(rack.nights.map((night) => [Date.parse(night.as_of) / 1000, night[this.field]]));
      return nights.map((at) => (by.get(at) === undefined || by.get(at) === null ? null : 100 * by.get(at)));
    });
    const mean = nights.map((_, i) => {
      const told = columns.map((column) => column[i]).filter((value) => value !== null);
      return told.length ? told.reduce((sum, value) => sum + value, 0) / told.length : null;
    });
    if (!mean.some((value) => value !== null)) return false;
    this.chart = this.#plot(nights, [...columns, mean]);
    return true;
  }

  #plot(t, columns) {
    const c = colours(), font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, ticks: { stroke: c.rule, width: 1 } };
    const points = { show: t.length <= DOTS, size: 5 * c.rem };
    const lines = columns.map((_, i) => (i === columns.length - 1 ? { stroke: c.text, width: 2.25, points: { ...points, stroke: c.text, fill: c.text } } : { stroke: c.line, width: 1, points: { ...points, stroke: c.line, fill: c.panel } }));
    const [from, to] = t.length > 1 ? [t[0], t.at(-1)] : [t[0] - 43200, t[0] + 43200];
    return new uPlot({
      ...this.#size(), legend: { show: false }, padding: [8 * c.rem, 10 * c.rem, 0, 0], cursor: { show: false },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: true, auto: false, min: from, max: to }, y: { range: (chart, low, high) => [low - 1, high + 1] } },
      axes: [{ ...axis, grid: { stroke: c.rule, width: 1 }, size: 48 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (96 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, size: 52 * c.rem, space: 24 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, label: this.title, labelFont: font, labelSize: 18 * c.rem, values: (chart, ticks) => ticks.map((v) => number(v, "", tickDecimals(ticks))) }],
      series: [{}, ...lines],
    }, [t, ...columns], this.box);
  }
}
