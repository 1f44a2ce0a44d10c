import { h } from "../js/dom.js";
import { age, instant, number, precise } from "../js/format.js";
import { live } from "../js/live.js";
import { quantityWord, sideWord } from "../js/names.js";
import { drawBar } from "../js/system_strip.js";

const MARK = {
  measured: ["M", "measured"], estimated: ["E", "estimated from neighbouring measurements"],
  pseudo: ["P", "pseudo-measurement from a profile: no meter here"], stale: ["S", "stale: the last value known"], bad: ["B", "bad quality: not used"], none: ["–", "no value"],
};
export const SUPPLY_WORD = { live: "Live", dead: "DEAD: without supply", unobservable: "Not observable", unknown: "Supply unknown" };

/** Where a value comes from, by letter and by shape. */
export function provenanceMark(provenance) {
  const [letter, text] = MARK[provenance] ?? MARK.none;
  return h("span", { class: "mark", "data-provenance": provenance, title: text, role: "img", "aria-label": text }, letter);
}

const scales = { pu: 1, kW: 1000, kvar: 1000, kVA: 1000 };
const BIG = { kW: "MW", kvar: "Mvar", kVA: "MVA" };

/** Kilo or mega: one choice for a whole row, by its largest number. */
export function scaled(unit, ...values) {
  const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  return BIG[unit] && largest >= 10_000 ? { unit: BIG[unit], by: scales[unit] } : { unit, by: 1 };
}

/** One scale for all powers of a page: kW beside MW would be misread. */
export function pageScale(items) {
  const powers = items.filter(({ unit }) => BIG[unit]).flatMap(({ value, high, rated }) => [value, high, rated]);
  return (unit) => scaled(unit, ...powers);
}

export function limitsOf(value) {
  const { low = null, high = null, rated = null } = value;
  return { low, high, rated, top: high ?? rated, bottom: low };
}

export function isBeyond(value) {
  const { top, bottom } = limitsOf(value);
  const size = value.unit === "A" || value.unit === "%" ? Math.abs(value.value) : value.value;
  return Number.isFinite(value.value) && ((top !== null && size > top) || (bottom !== null && size < bottom));
}

function span(value) {
  const { low, high, rated } = limitsOf(value);
  if (Number.isFinite(low) && Number.isFinite(high)) {
    return voltageBar(value.value, [low, high]);
  }
  const top = high ?? rated;
  if (Number.isFinite(top) && top > 0) {
    const signed = value.quantity.endsWith("power");
    return { low: signed ? -1.25 * top : 0, high: 1.25 * top, limits: signed ? [-top, 0, top] : [top] };
  }
  return null;
}

export function valueBar(value) {
  const range = span(value);
  if (!range) return "";
  const bar = h("span", { class: isBeyond(value) ? "bar alarm-bar alarm-p2" : "bar", "aria-hidden": "true" });
  drawBar(bar, { value: value.value, ...range });
  return bar;
}

export function limitText(value, scale) {
  const { low, high, rated } = limitsOf(value);
  const shown = (limit) => number(limit / scale.by, scale.unit);
  if (Number.isFinite(low) && Number.isFinite(high)) return `${shown(low)} – ${shown(high)}`;
  if (Number.isFinite(high)) return `≤ ${shown(high)}`;
  if (Number.isFinite(rated)) return `rated ${shown(rated)}`;
  return "no limit";
}

const ROOM = 0.5;  // of the width between two limits, on either side of them

/** Bars: of a voltage between its limits, and of a loading up to its own. */
export const voltageBar = (value, [low, high]) => ({ value, low: low - ROOM * (high - low), high: high + ROOM * (high - low), limits: [low, high], pointer: true });
export const loadingBar = (value) => ({ value, low: 0, high: 1.2, limits: [1] });

/** A number with its bar below it, for lists. */
export function gauge(shown, unit, bar) {
  const track = h("span", { class: "bar", "aria-hidden": "true" });
  if (bar && bar.limits.every(Number.isFinite)) drawBar(track, bar);
  return h("span", { class: "gauge number" }, h("span", { class: "live-value" }, shown, h("span", { class: "unit" }, unit)), track);
}

/** One value as table cells: name, number, unit, bar between limits, limits, provenance, age. */
export function valueRow(value, scaleFor, { compact = false } = {}) {
  const scale = scaleFor(value.unit);
  const at = instant(value.at);
  const side = value.side ? h("span", { class: "muted" }, ` ${sideWord(value.side)}`) : "";
  const name = h("th", { scope: "row" }, quantityWord(value.quantity), side);
  const shown = h("td", { class: `number live-value value${isBeyond(value) ? " alarm-violation alarm-p2" : ""}` },
    number(value.value === null ? null : value.value / scale.by, scale.unit), h("span", { class: "unit" }, scale.unit));
  const mark = h("td", { class: "mark-cell" }, provenanceMark(value.provenance));
  const old = h("td", { class: "number small muted", title: at ? precise(at) : "" }, h("span", { "data-since": at }, at ? age((live.now() - at) / 1000) : "–"));
  if (compact) return h("tr", {}, name, shown, h("td", { class: "bar-cell" }, valueBar(value)), mark);
  return h("tr", {}, name, shown, h("td", { class: "bar-cell" }, valueBar(value)), h("td", { class: "number small muted" }, limitText(value, scale)), mark, old);
}
