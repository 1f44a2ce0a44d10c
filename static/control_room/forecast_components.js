/** What a load was and will be made of: parts as areas, what generates below it downwards from zero. */
import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText, svg } from "../js/dom.js";
import { number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { canvasColour } from "./canvas_colour.js";
import { colours } from "./colours.js";
import { plainPower, power, scaleOf, when } from "./forecast_words.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

// Every part has a strength, a pattern and its name in the chart: none is told by colour alone.
const LOOKS = {
  base: ["--line", 34], heating: ["--pen", 62], cooling: ["--select", 45], solar: ["--select", 70], wind: ["--pen", 30],
  curve: ["--pen", 40], rest: [null, 0],
};
const GENERATION = new Set(["solar", "wind"]);
const LEAST_SHARE = 0.02;   // of the greatest power: below it a part gets no name in the chart

/** Each area from where the one before it ended: upwards what uses, downwards what generates. */
function stacked(parts, by) {
  const size = parts[0]?.kw.length ?? 0;
  const ends = { up: new Array(size).fill(0), down: new Array(size).fill(0) };
  return parts.filter(({ name }) => LOOKS[name][0]).map((part) => {
    const side = GENERATION.has(part.name) ? "down" : "up";
    const from = [...ends[side]];
    ends[side] = from.map((v, i) => (part.kw[i] === null || v === null ? null : v + part.kw[i] / by));
    return { ...part, from, to: ends[side] };
  });
}

class ComponentsChart {
  constructor(box) {
    Object.assign(this, { box, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  #size() { return { width: Math.max(240, this.box.clientWidth), height: Math.max(120, this.box.clientHeight) }; }

  /** found: what the API said; from, to, now: seconds, as the chart above has them. */
  draw(given) {
    this.given = given;
    const { found, from, to, scale } = given;
    this.chart?.destroy();
    const c = colours();
    this.c = c;
    this.areas = stacked(found.parts, scale.by);
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, labelFont: font, ticks: { stroke: c.rule, width: 1 } };
    const hidden = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: false };
    const series = [{}], data = [found.t], bands = [];
    for (const { name, from: low, to: high } of this.areas) {
      data.push(low, high);
      const [colour, strength] = LOOKS[name];
      bands.push({ series: GENERATION.has(name) ? [series.length, series.length + 1] : [series.length + 1, series.length], fill: canvasColour(this.box, `color-mix(in srgb, var(${colour}) ${strength}%, transparent)`) });
      series.push(hidden, hidden);
    }
    data.push(found.kw.map((v) => (v === null ? null : v / scale.by)));
    series.push({ stroke: c.text, width: 1.75, points: { show: false }, spanGaps: false });
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, bands,
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      padding: [8 * c.rem, 46 * c.rem, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, auto: false, min: from, max: to }, y: { range: (chart, low, high) => this.#range(low, high) } },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 52 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (95 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, label: scale.unit, size: 58 * c.rem, labelSize: 18 * c.rem, space: 26 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, values: (chart, ticks) => ticks.map((v) => number(v, scale.unit, tickDecimals(ticks))) },
      ],
      series,
      hooks: { draw: [() => this.#over()], setCursor: [(chart) => given.onCursor(chart.cursor.left >= 0 ? chart.cursor.idx : null)] },
    }, data, this.box);
  }

  #range(low, high) {
    if (low === null || !Number.isFinite(low)) return [0, 1];
    const [a, b] = [Math.min(low, 0), Math.max(high, 0)];
    const room = (b - a || 1) * 0.06;
    return [a === 0 ? 0 : a - room, b + room];
  }

  #over() {
    const { ctx, bbox } = this.chart;
    const { now } = this.given;
    ctx.save();
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeStyle = ctx.fillStyle = this.c.text;
    const zero = this.chart.valToPos(0, "y", true), x = this.chart.valToPos(now, "x", true);
    for (const [x0, y0, x1, y1] of [[bbox.left, zero, bbox.left + bbox.width, zero], ...(x > bbox.left && x < bbox.left + bbox.width ? [[x, bbox.top, x, bbox.top + bbox.height]] : [])]) {
      ctx.beginPath();
      ctx.moveTo(x0, y0);
      ctx.lineTo(x1, y1);
      ctx.stroke();
    }
    ctx.font = `${12 * devicePixelRatio * this.c.rem}px ${getComputedStyle(document.body).fontFamily}`;
    this.#names(ctx);
    ctx.restore();
  }

  /** Its name stands in each area where it is widest. */
  #names(ctx) {
    const most = Math.max(...this.given.found.kw.map((v) => Math.abs(v ?? 0))) / this.given.scale.by;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const { label, from, to } of this.areas) {
      const wide = to.map((v, i) => (v === null ? 0 : Math.abs(v - from[i])));
      const margin = Math.ceil(wide.length / 12);
      const at = wide.reduce((best, v, i) => (i >= margin && i < wide.length - margin && v > wide[best] ? i : best), margin);
      if (!(wide[at] > LEAST_SHARE * most)) continue;
      const [y0, y1] = [from[at], to[at]].map((v) => this.chart.valToPos(v, "y", true));
      if (Math.abs(y1 - y0) > 14 * devicePixelRatio) ctx.fillText(label, this.chart.valToPos(this.given.found.t[at], "x", true), (y0 + y1) / 2);
    }
  }
}

let chart = null;

function read(found, scale, index) {
  const box = byId("components-readout");
  if (index === null || found.kw[index] === null) return setText(box, found.sentence);
  const parts = found.parts.filter(({ kw }) => kw[index] !== null).map(({ label, kw }) => `${label.toLowerCase()} ${plainPower(kw[index], scale)}`);
  return setText(box, `${when(found.t[index] * 1000)}: ${plainPower(found.kw[index], scale)} ${scale.unit}${parts.length ? ` = ${parts.join(", ")}` : ", weather not known"}`);
}

function swatch(name) {
  const [colour, strength] = LOOKS[name];
  if (!colour) return null;
  const box = svg("rect", { x: 0.5, y: 1.5, width: 17, height: 11 });
  box.style.fill = `color-mix(in srgb, var(${colour}) ${strength}%, transparent)`;
  box.style.stroke = "var(--line)";
  return svg("svg", { viewBox: "0 0 18 14", class: "swatch", "aria-hidden": "true" }, box);
}

/** 'Wind power below it: 590 ± 13 MW installed' */
function part({ name, label, size, error, size_unit: unit }) {
  const words = size === null ? "" : `: ${plainPower(size, scaleOf(size))} ± ${power(2 * error, scaleOf(size))}${unit.replace("kW", "")}`;
  return h("li", {}, swatch(name), `${label}${words}`);
}

/** What could not be told apart, in plain words; each reason once. */
function cannot(found) {
  const groups = [...Map.groupBy(found.cannot, ({ reason }) => reason)];
  return groups.map(([reason, parts]) => h("li", {}, h("b", {}, `${parts.map(({ label }, i) => (i ? label.toLowerCase() : label)).join(", ")} cannot be separated: `), `${reason}.`));
}

export async function drawComponents(id, page) {
  const panel = byId("components-panel");
  let found = null, why = "";
  try {
    const query = new URLSearchParams({ back_h: String(page.back), horizon: page.horizon, ...(page.asOf ? { as_of: page.asOf } : {}) });
    found = await get(api(`forecasts/series/${id}/components?${query}`));
  } catch (error) {
    if (error.status !== 404) throw error;
    why = error.message;
  }
  panel.hidden = false;
  panel.dataset.has = String(Boolean(found));
  byId("components").hidden = !found;
  setText(byId("components-facts"), found ? `told apart ${when(found.as_of)} from ${Math.round(found.days)} days with weather; ± is for 95 %` : "");
  if (!found) {
    setText(byId("components-readout"), why);
    byId("components-key").replaceChildren();
    return byId("components-list").replaceChildren();
  }
  chart ??= new ComponentsChart(byId("components"));
  chart.draw({ found, from: page.shownFrom, to: page.shownTo, now: page.now, scale: page.scale, onCursor: (index) => read(found, page.scale, index) });
  read(found, page.scale, null);
  byId("components-key").replaceChildren(...found.parts.map(part));
  return byId("components-list").replaceChildren(...cannot(found));
}
