/** What is forecast of a pen that is measured, and what had been said of its past a day before. */
import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { actualOf, forecastOf } from "./forecast_data.js";
import { STEP_S } from "./forecast_words.js";

const AHEAD_PART = 1 / 3;   // of the time shown
const MOST_AHEAD_S = 48 * 3600;
const MOST_BACK_S = 40 * 86_400;
const LEAD_H = 24;
const KEPT = "gridops-trend-forecasts";
const FRESH_S = 60;
const kept = new Map();     // of a pen's key: its forecast, from when to when; a picture that follows asks once a minute
const series = new Map();   // of a pen's key: what forecasts it; null: nothing does

export const wanted = () => localStorage.getItem(KEPT) !== "off";
export const want = (is) => localStorage.setItem(KEPT, is ? "on" : "off");
/** How far into the future there is room, seconds. */
export const roomAhead = (span) => Math.min(span * AHEAD_PART, MOST_AHEAD_S);

async function seriesOf(pens) {
  const asked = pens.filter(({ key, quantity }) => quantity === "active_power" && /^\d+$/.test(key) && !series.has(key));
  if (asked.length) {
    const found = await get(api(`forecasts/points?points=${asked.map(({ key }) => key).join(",")}`));
    for (const { key } of asked) series.set(key, found.find(({ point }) => String(point) === key) ?? null);
  }
  return pens.filter(({ key }) => series.get(key)).map((pen) => [pen, series.get(pen.key)]);
}

const scaled = (values, by) => values.map((v) => (v === null ? null : v * by));

async function forecast(pen, { series: id, name, factor }, from, to, isLive) {
  const by = factor / (pen.unit === "MW" ? 1000 : 1);
  const [said, was] = await Promise.all([isLive ? forecastOf(id) : null, actualOf(id, Math.max(from, to - MOST_BACK_S) * 1000, to * 1000, [LEAD_H])]);
  const column = (level) => scaled((said.effective ?? said.quantiles)[level], by);
  const ends = said && [column("0.1"), column("0.9")];
  return {
    name, before: { t: was.t, v: scaled(was.said_before[LEAD_H], by) },
    ahead: said && { t: said.t, middle: column("0.5"), low: by < 0 ? ends[1] : ends[0], high: by < 0 ? ends[0] : ends[1] },
  };
}

async function once(pen, one, from, to, isLive) {
  const had = kept.get(pen.key);
  if (had && had.isLive === isLive && from >= had.from && to >= had.to && to - had.to < FRESH_S) return had.data;
  const data = await forecast(pen, one, from, to, isLive);
  kept.set(pen.key, { from, to, isLive, data });
  return data;
}

/** By the key of the pen. Of a time that ended nothing ahead is shown. */
export async function forecastsOf(pens, from, to, isLive) {
  if (!wanted()) return new Map();
  const pairs = await seriesOf(pens).catch(() => []);
  const found = await Promise.all(pairs.map(([pen, one]) => once(pen, one, from, to, isLive || Boolean(config.past)).then((data) => [pen.key, data], () => null)));
  return new Map(found.filter(Boolean));
}

/** Least and greatest of what is drawn between the ends. */
export function extent(one, from, to) {
  let [a, b] = [Infinity, -Infinity];
  const look = (t, ...columns) => t.forEach((at, i) => {
    if (at < from - STEP_S || at > to + STEP_S) return;  // lines come from outside the picture and go there
    for (const values of columns) if (values[i] !== null) [a, b] = [Math.min(a, values[i]), Math.max(b, values[i])];
  });
  look(one.before.t, one.before.v);
  if (one.ahead) look(one.ahead.t, one.ahead.low, one.ahead.high);
  return [a, b];
}

function trace(ctx, points) {
  ctx.beginPath();
  let isDown = false;
  for (const [x, y] of points) {
    if (y === null) isDown = false;
    else if (isDown) ctx.lineTo(x, y);
    else { ctx.moveTo(x, y); isDown = true; }
  }
  ctx.stroke();
}

/** Under the pens: the band and its middle ahead, dots for what had been said a day before. */
export function paint(chart, one, scale, { line, fill }, to) {
  const { ctx } = chart;
  const px = (t) => chart.valToPos(t, "x", true), py = (v) => (v === null ? null : chart.valToPos(v, scale, true));
  const ratio = devicePixelRatio;
  ctx.strokeStyle = line;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([1.5 * ratio, 4 * ratio]);
  trace(ctx, one.before.t.map((t, i) => [px(t), t > to ? null : py(one.before.v[i])]));
  if (one.ahead) {
    const known = one.ahead.t.map((t, i) => ({ x: px(t), low: py(one.ahead.low[i]), high: py(one.ahead.high[i]), middle: py(one.ahead.middle[i]) })).filter(({ middle }) => middle !== null);
    ctx.fillStyle = fill;
    ctx.beginPath();
    known.forEach(({ x, high }) => ctx.lineTo(x, high));
    known.toReversed().forEach(({ x, low }) => ctx.lineTo(x, low));
    ctx.fill();
    ctx.setLineDash([7 * ratio, 4 * ratio]);
    trace(ctx, known.map(({ x, middle }) => [x, middle]));
  }
  ctx.setLineDash([]);
}

const near = (t, at) => t.findIndex((begin) => begin <= at && at < begin + STEP_S);

/** What had been or is said of an instant: {middle, low, high} ahead, {said} of the past; null: nothing. */
export function forecastAt(one, at) {
  if (!one) return null;
  const ahead = one.ahead ? near(one.ahead.t, at) : -1;
  if (ahead >= 0 && one.ahead.middle[ahead] !== null) return { middle: one.ahead.middle[ahead], low: one.ahead.low[ahead], high: one.ahead.high[ahead] };
  const before = near(one.before.t, at);
  return before >= 0 && one.before.v[before] !== null ? { said: one.before.v[before] } : null;
}
