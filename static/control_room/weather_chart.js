/** A small chart of one variable: what was measured, what is forecast, and what had been forecast the day before. */
import { config } from "../js/config.js";
import { number } from "../js/format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { colours } from "./colours.js";
import { tickWords, timeTicks } from "./time_ticks.js";
import { tickDecimals } from "./trend.js";

function penColour(box) {
  const probe = document.createElement("span");
  probe.style.color = "var(--pen)";
  box.append(probe);
  const shown = getComputedStyle(probe).color;
  probe.remove();
  return shown;
}

export class WeatherChart {
  constructor(box, unit) {
    Object.assign(this, { box, unit, chart: null, given: null });
    new ResizeObserver(() => this.chart?.setSize(this.#size())).observe(box);
    addEventListener("themechange", () => this.given && this.draw(this.given));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.given && this.draw(this.given));
  }

  #size() { return { width: Math.max(200, this.box.clientWidth), height: Math.max(120, this.box.clientHeight) }; }

  /** t: seconds; measured, forecast, before: values by t, null where unknown; now: seconds. */
  draw(given) {
    this.given = given;
    this.chart?.destroy();
    const c = colours(), { t, measured, forecast, before, now } = given;
    const font = `${Math.round(12 * c.rem)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.muted, font, ticks: { stroke: c.rule, width: 1 } };
    const line = (stroke, width, dash) => ({ stroke, width, dash, points: { show: false }, spanGaps: false });
    this.chart = new uPlot({
      ...this.#size(), legend: { show: false }, padding: [8 * c.rem, 12 * c.rem, 0, 0],
      cursor: { show: false },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), config.timeZone),
      scales: { x: { time: true, auto: false, min: t[0], max: t.at(-1) } },
      axes: [
        { ...axis, grid: { stroke: c.rule, width: 1 }, size: 44 * c.rem, splits: (chart, i, low, high) => timeTicks(low, high, chart.bbox.width / devicePixelRatio / (70 * c.rem)), values: (chart, ticks) => tickWords(ticks) },
        { ...axis, size: 48 * c.rem, space: 30 * c.rem, grid: { stroke: c.ruleSoft, width: 1 }, values: (chart, ticks) => ticks.map((v) => number(v, this.unit, tickDecimals(ticks))) },
      ],
      series: [{}, line(c.line, 1.5, [5, 4]), line(penColour(this.box), 2), line(c.text, 2.25)],
      hooks: { draw: [(chart) => this.#now(chart, c, now, font)] },
    }, [t, before, forecast, measured], this.box);
  }

  #now(chart, c, now, font) {
    const { ctx, bbox } = chart;
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
