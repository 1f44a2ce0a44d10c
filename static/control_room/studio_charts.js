/** Figures of the storage studio for Plotly: data and layout, in the colours of the theme. */
import { instant } from "../js/format.js";
import { colour } from "./plotly_theme.js";

const YEAR_MS = 365.25 * 86_400_000, PERCENT = 100;
const MARGIN = { l: 64, r: 24, t: 12, b: 44 };
const LEGEND = { orientation: "h", y: 1.14, x: 0 };
const percent = (values) => values.map((value) => PERCENT * value);
const bold = (text) => `<b>${text}</b>`;
const level = (y, dash) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: colour("--muted"), width: 1.5, dash } });

export function fanFigure(run, estimated) {
  const now = instant(run.as_of), at = (years) => years.map((year) => new Date(now + year * YEAR_MS).toISOString().slice(0, 10));
  const pen = colour("--pen"), { years, low, median, high } = run.fan, x = at(years);
  const edge = { x, mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false };
  const data = [
    { ...edge, y: percent(high) },
    { ...edge, y: percent(low), fill: "tonexty", fillcolor: colour("--pen", 0.2), name: "8 of 10 lives", showlegend: true },
    { x, y: percent(median), mode: "lines", line: { color: pen, width: 2.5 }, name: "Median", hovertemplate: "%{x|%Y-%m}: %{y:.1f} %<extra></extra>" },
  ];
  if (run.tests.length) {
    data.push({
      x: run.tests.map((one) => one.tested_at), y: percent(run.tests.map((one) => one.capacity)), name: "Measured", mode: "markers",
      error_y: { array: percent(run.tests.map((one) => one.sigma)), color: colour("--text"), thickness: 1.5 },
      marker: { color: colour("--text"), size: 9, symbol: "diamond" }, text: run.tests.map((one) => one.source), hovertemplate: "%{x|%Y-%m-%d}: %{y:.1f} %<br>%{text}<extra></extra>",
    });
  }
  if (estimated.length) {
    data.push({
      x: estimated.map((one) => one.as_of), y: percent(estimated.map((one) => one.capacity)), name: "Estimated from operation", mode: "markers",
      error_y: { array: percent(estimated.map((one) => one.sigma)), color: colour("--line"), thickness: 1, width: 2 },
      marker: { color: colour("--line"), size: 6, symbol: "circle-open" }, hovertemplate: "%{x|%Y-%m-%d}: %{y:.1f} %<extra></extra>",
    });
  }
  const today = new Date(now).toISOString().slice(0, 10);
  const lowest = Math.min(PERCENT * run.end_of_life - 5, ...percent(low), ...percent(run.tests.map((one) => one.capacity - one.sigma)));
  return {
    data,
    layout: {
      margin: MARGIN, legend: LEGEND, hovermode: "closest", xaxis: { type: "date" },
      yaxis: { title: { text: "%" }, range: [Math.max(lowest, 40), 104] },
      shapes: [level(PERCENT * run.end_of_life, "dash"), { type: "line", yref: "paper", y0: 0, y1: 1, x0: today, x1: today, line: { color: colour("--muted"), width: 1.5, dash: "dot" } }],
      annotations: [
        { xref: "paper", x: 0, xanchor: "left", y: PERCENT * run.end_of_life, yanchor: "top", text: `end of life, ${Math.round(PERCENT * run.end_of_life)} %`, showarrow: false },
        { x: today, yref: "paper", y: 0, yanchor: "bottom", xanchor: "left", text: " now", showarrow: false },
      ],
    },
  };
}

/** Widest on top. */
export function causesFigure(run) {
  const rows = [...run.causes].reverse();
  return {
    data: [{ type: "bar", orientation: "h", y: rows.map((one) => one.words), x: rows.map((one) => one.years), marker: { color: colour("--pen") }, text: rows.map((one) => one.years.toFixed(1)), textposition: "auto", hovertemplate: "%{y}: %{x:.2f} years<extra></extra>" }],
    layout: { margin: { ...MARGIN, l: 16 }, xaxis: { title: { text: "years" }, rangemode: "tozero" }, yaxis: { automargin: true }, bargap: 0.35 },
  };
}

export function flowsFigure(result, currency) {
  let hand = 0;
  const x = result.years.map((one) => one.year), flow = result.years.map((one) => one.cash_flow), sum = flow.map((value) => (hand += value));
  return {
    data: [
      { type: "bar", x, y: flow, name: "of the year", marker: { color: flow.map((value) => colour(value < 0 ? "--muted" : "--pen")) }, hovertemplate: "year %{x}: %{y:,.0f}<extra></extra>" },
      { x, y: sum, name: "in hand since the start", mode: "lines+markers", line: { color: colour("--text"), width: 2 }, marker: { size: 5 }, hovertemplate: "after year %{x}: %{y:,.0f}<extra></extra>" },
    ],
    layout: { margin: { ...MARGIN, l: 84 }, legend: LEGEND, xaxis: { title: { text: "year" } }, yaxis: { title: { text: currency || "money" }, tickformat: ",.0f" }, hovermode: "x" },
  };
}

/** Bars from the worth as put in to that at either end of one figure, the widest on top. */
export function tornadoFigure(result, words, currency) {
  const rows = [...result.sensitivity].reverse(), names = rows.map((one) => words(one.field));
  const side = (end, name, token) => ({
    type: "bar", orientation: "h", name, y: names, base: rows.map(() => result.npv), x: rows.map((one) => one[`npv_${end}`] - result.npv), marker: { color: colour(token) },
    customdata: rows.map((one) => [one[end], one[`npv_${end}`]]), hovertemplate: "%{y} at %{customdata[0]:,.4g}: %{customdata[1]:,.0f}<extra></extra>",
  });
  return {
    data: [side("low", "at the low end", "--muted"), side("high", "at the high end", "--pen")],
    layout: {
      barmode: "overlay", bargap: 0.35, margin: { ...MARGIN, l: 16 }, legend: LEGEND, xaxis: { title: { text: `worth today, ${currency || "money"}` }, tickformat: ",.0f" }, yaxis: { automargin: true },
      shapes: [{ type: "line", yref: "paper", y0: 0, y1: 1, x0: result.npv, x1: result.npv, line: { color: colour("--text"), width: 1.5 } }],
      annotations: [{ x: result.npv, yref: "paper", y: 1, yanchor: "bottom", text: bold("as put in"), showarrow: false }],
    },
  };
}
