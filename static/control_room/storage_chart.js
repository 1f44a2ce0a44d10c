/** Charge, power and price of a plant or a fleet over one axis of time: planned dashed, come true whole. */
import { config } from "../js/config.js";
import { h } from "../js/dom.js";
import { day, minute, number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";
import { canvasColour } from "./canvas_colour.js";
import { known, kw, money, percent } from "./storage_words.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

const DASH = [5, 4], LAST = 2, A_MWH = 1000;
const scaled = (values, factor) => values.map((value) => (value === null ? null : value * factor));
const where = (values, test) => values.map((value, i) => (test(i) ? value : null));

export class StorageChart {
  constructor(box, reading) {
    Object.assign(this, { box, reading, charts: [], given: null });
    this.panes = [0, 1, 2].map(() => h("div", { class: "pane" }));
    box.replaceChildren(...this.panes);
    new ResizeObserver(() => this.charts.forEach((chart, i) => chart.setSize(this.#size(this.panes[i])))).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  #size(pane) { return { width: Math.max(200, pane.clientWidth), height: Math.max(90, pane.clientHeight) }; }

  /** given: what storage/outlook tells. */
  draw(given) {
    this.given = given;
    this.charts.forEach((chart) => chart.destroy());
    const c = { ...colours(), pen: canvasColour(this.box, "var(--pen)") };
    const begin = Date.parse(given.starts_at) / 1000, t = given.soc.map((_, i) => begin + i * given.step_s);
    this.t = t;
    this.charts = [this.#charge(c, given, t), this.#power(c, given, t), this.#price(c, given, t)];
    const sync = uPlot.sync("storage");
    this.charts.forEach((chart) => sync.sub(chart));
  }

  #charge(c, { soc, soc_sigma: sigma, planned_soc: planned }, t) {
    const low = soc.map((value, i) => (value === null || sigma[i] === null ? null : 100 * Math.max(value - sigma[i], 0)));
    const high = soc.map((value, i) => (value === null || sigma[i] === null ? null : 100 * Math.min(value + sigma[i], 1)));
    const ahead = [null, ...planned.slice(0, -1)];  // at the end of a step is at the begin of the next
    const series = [{}, line(c.line, 1.5, DASH), { ...line("transparent", 0), band: true }, line("transparent", 0), line(c.text, 2.25)];
    return this.#plot(0, c, t, [scaled(ahead, 100), high, low, scaled(soc, 100)], series, "Charge, %", { range: [0, 100], bands: [{ series: [2, 3], fill: c.faint }] });
  }

  #power(c, { power_kw: power, planned_kw: planned }, t) {
    const step = uPlot.paths.stepped({ align: 1 });
    return this.#plot(1, c, t, [planned, power], [{}, { ...line(c.line, 1.5, DASH), paths: step }, { ...line(c.text, 2.25), paths: step }], "Power, kW", { zero: true });
  }

  #price(c, { price, price_is_known: isKnown, stored_value: value, currency }, t) {
    const step = uPlot.paths.stepped({ align: 1 });
    const told = price.length ? scaled(price, A_MWH) : t.map(() => null);
    const columns = [where(told, (i) => !isKnown[i]), where(told, (i) => isKnown[i]), scaled(value, A_MWH)];
    const series = [{}, { ...line(c.line, 1.5, DASH), paths: step }, { ...line(c.text, 1.75), paths: step }, { ...line(c.pen, 1.75), paths: step }];
    return this.#plot(2, c, t, columns, series, currency ? `${currency}/MWh` : "Price", {});
  }

  #plot(at, c, t, columns, series, title, { range, bands, zero }) {
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, ticks: { stroke: c.rule, width: 1 } };
    const below = at === LAST;
    const time = { ...axis, grid: { stroke: c.rule, width: 1 }, size: (below ? 48 : 8) * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (76 * c.rem)), values: (chart, ticks) => (below ? tickWords(ticks) : ticks.map(() => "")) };
    const values = { ...axis, size: 70 * c.rem, space: 24 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, label: title, labelFont: font, labelSize: 18 * c.rem, values: (chart, ticks) => ticks.map((v) => number(v, "", tickDecimals(ticks))) };
    return new uPlot({
      ...this.#size(this.panes[at]), legend: { show: false }, padding: [6 * c.rem, 10 * c.rem, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false }, sync: { key: "storage" } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: true, auto: false, min: t[0], max: t.at(-1) + this.given.step_s }, y: range ? { auto: false, range } : { range: (chart, low, high) => span(low, high, zero) } },
      axes: [time, values], series, bands,
      hooks: { draw: [(chart) => this.#now(chart, c)], setCursor: [(chart) => this.#read(chart)] },
    }, [t, ...columns], this.panes[at]);
  }

  #read({ cursor }) {
    const { left } = cursor, i = left === undefined || left < 0 ? -1 : cursor.idx ?? -1;
    if (i < 0 || !this.given) { this.reading.textContent = ""; return; }
    const g = this.given, ms = this.t[i] * 1000;
    const told = [
      known(g.soc[i]) && `charge ${percent(g.soc[i], 1)} ± ${percent(g.soc_sigma[i], 1)} %`,
      known(g.planned_soc[i - 1]) && `planned ${percent(g.planned_soc[i - 1], 1)} %`,
      known(g.power_kw[i]) && `power ${kw(g.power_kw[i])} kW`,
      known(g.planned_kw[i]) && `planned ${kw(g.planned_kw[i])} kW`,
      known(g.price[i]) && `${g.price_is_known[i] ? "price" : "expected price"} ${money(A_MWH * g.price[i])}`,
      known(g.stored_value[i]) && `worth of what is stored ${money(A_MWH * g.stored_value[i])}`,
    ].filter(Boolean);
    this.reading.textContent = `${day(ms).slice(5)} ${minute(ms)}: ${told.join(", ") || "not known"}`;
  }

  #now(chart, c) {
    const { ctx, bbox } = chart, at = Date.parse(this.given.now) / 1000;
    const x = Math.round(chart.valToPos(at, "x", true));
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

const line = (stroke, width, dash) => ({ stroke, width, dash, points: { show: false }, spanGaps: false });

/** Some room around what is shown; around nothing an empty scale. */
function span(low, high, zero) {
  if (low === null || high === null) return [zero ? -1 : 0, 1];
  const [from, to] = zero ? [Math.min(low, 0), Math.max(high, 0)] : [low, high];
  const room = (to - from || Math.abs(to) || 1) * 0.06;
  return [from - room, to + room];
}
