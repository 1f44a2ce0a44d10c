/** Charts of power over quarter hours: lines, and bands between two of them; gaps stay gaps. */
import { config } from "../js/config.js";
import { day, minute, number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { canvasColour } from "./canvas_colour.js";
import { colours } from "./colours.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

export class BandChart {
  /** reading: where what is under the pointer is written, by `told(place)` of what is drawn. */
  constructor(box, reading) {
    Object.assign(this, { box, reading, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  #size() { return { width: Math.max(240, this.box.clientWidth), height: Math.max(120, this.box.clientHeight) }; }

  /**
   * t: begins of steps, s. lines: [{values, colour, width, dash}], colour a CSS one, width 0 for edges of bands.
   * bands: [{high, low, colour}], places of lines. told: words of a place. now: s, or null.
   */
  draw(given) {
    this.given = given;
    this.chart?.destroy();
    const c = colours(), { t, lines, bands, now } = given;
    const of = (value) => canvasColour(this.box, value);
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, ticks: { stroke: c.rule, width: 1 } };
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, padding: [14 * c.rem, 44 * c.rem, 0, 0],
      bands: bands.map(({ high, low, colour }) => ({ series: [high + 1, low + 1], fill: of(colour) })),
      cursor: { y: false, points: { show: false }, drag: { x: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: true, auto: false, min: t[0], max: t.at(-1) } },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 44 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (95 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, size: 66 * c.rem, space: 30 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, values: (chart, ticks) => ticks.map((v) => number(v, "", tickDecimals(ticks))) },
      ],
      series: [{}, ...lines.map(({ colour, width, dash }) => ({ stroke: width ? of(colour) : "transparent", width, dash, points: { show: false }, spanGaps: false }))],
      hooks: { draw: [(chart) => this.#now(chart, c, now, font)], setCursor: [(chart) => this.#read(chart)] },
    }, [t, ...lines.map(({ values }) => values)], this.box);
  }

  #read(chart) {
    const { t, told } = this.given, place = chart.cursor.left >= 0 ? chart.cursor.idx : null;
    this.reading.textContent = place === null || place === undefined ? "" : `${day(t[place] * 1000).slice(5)} ${minute(t[place] * 1000)}: ${told(place) || "not known"}`;
  }

  #now(chart, c, now, font) {
    const { ctx, bbox } = chart, { min, max } = chart.scales.x;
    if (now === null || now < min || now > max) return;
    const x = Math.round(chart.valToPos(now, "x", true));
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = c.text;
    ctx.lineWidth = devicePixelRatio;
    ctx.font = font.replace(/^\d+/, (px) => px * devicePixelRatio);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText("now", x + 4 * devicePixelRatio, bbox.top - 3 * devicePixelRatio);
    ctx.restore();
  }
}
