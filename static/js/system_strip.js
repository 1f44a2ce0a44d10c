import { api, get } from "./api.js";
import { elementUrl } from "./config.js";
import { byId, h, setText } from "./dom.js";
import { number } from "./format.js";
import { live } from "./live.js";

const LOADING_SPAN_PERCENT = 120;
const LOSSES_SPAN_PERCENT = 10;
const VOLTAGE_ROOM = 0.5;  // of the width between the limits, on either side of them

const fraction = (value, low, high) => Math.min(1, Math.max(0, (value - low) / (high - low)));
const percent = (f) => `${(100 * f).toFixed(2)}%`;

function mark(kind, left, width = null) {
  const i = h("i", { class: kind });
  i.style.left = percent(left);
  if (width !== null) i.style.width = percent(width);
  return i;
}

/** A band from zero to the value, or a pointer, between low and high, with ticks at the limits. */
export function drawBar(bar, { value, low, high, limits = [], pointer = false }) {
  if (!Number.isFinite(value)) return bar.replaceChildren();
  const at = fraction(value, low, high);
  const zero = fraction(0, low, high);
  const body = pointer ? mark("pointer", at) : mark("", Math.min(at, zero), Math.max(0.005, Math.abs(at - zero)));
  return bar.replaceChildren(body, ...limits.filter(Number.isFinite).map((limit) => mark("limit", fraction(limit, low, high))));
}

/** priority: that of the alarm which this figure, beyond its limit, is told by. */
function fill(key, { value, unit, decimals, foot, bar, priority = 0 }) {
  const cell = byId(`cell-${key}`);
  const [, shown, track, below] = cell.children;
  setText(shown, "");
  shown.replaceChildren(number(value, unit, decimals), h("span", { class: "unit" }, unit));
  for (const one of [1, 2]) cell.classList.toggle(`alarm-p${one}`, priority === one);
  below.replaceChildren(...[foot].flat());
  drawBar(track, bar);
}

const mw = (kw) => (kw === null || kw === undefined ? null : kw / 1000);

/** Round scale ends: 1, 2 or 5 times a power of ten. */
function roundUp(value) {
  const ten = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 5, 10].map((step) => step * ten).find((step) => step >= value);
}

/** Left out where there is no room for it. */
const aside = (text) => (text ? h("span", { class: "aside" }, `${text}, `) : "");

/** A power against what is connected of its kind. */
function power(key, system, way = "") {
  const [value, rated] = [system[key], system[`rated_${key}`]];
  const top = mw(rated || roundUp(Math.abs(value ?? 0)));
  const bar = { value: mw(value), low: key === "storage_kw" ? -top : 0, high: top, limits: [key === "storage_kw" ? 0 : NaN, top] };
  fill(key, { value: mw(value), unit: "MW", foot: rated ? [aside(way), `of ${number(Math.round(mw(rated)))} rated`] : rated === 0 ? "none here" : way, bar });
}

function importing(system) {
  const top = mw(roundUp(Math.max(system.rated_load_kw ?? 0, Math.abs(system.import_kw ?? 0))));
  const bar = { value: mw(system.import_kw), low: -top, high: top, limits: [0] };
  fill("import_kw", { value: mw(system.import_kw), unit: "MW", foot: [aside(flow(system.import_kw, "importing", "exporting")), `±${number(top)}`], bar });
}

function losses(system) {
  const share = system.load_kw ? (100 * system.losses_kw) / system.load_kw : null;
  const bar = { value: share, low: 0, high: LOSSES_SPAN_PERCENT, limits: [] };
  fill("losses_kw", { value: mw(system.losses_kw), unit: "MW", foot: `${number(share, "", 2)} % of load`, bar });
}

function voltage(end, system) {
  const [value, name, mrid, low, high] = ["pu", "at", "mrid", "low_pu", "high_pu"].map((part) => system[`${end}_${part}`]);
  const room = VOLTAGE_ROOM * (high - low);
  fill(`${end}_pu`, {
    value, unit: "pu", foot: mrid ? h("a", { href: elementUrl(mrid), title: `${name}, limits ${number(low, "pu")} to ${number(high, "pu")} pu` }, name) : name ?? "–",
    priority: value < low || value > high ? 2 : 0, bar: { value, low: low - room, high: high + room, limits: [low, high], pointer: true },
  });
}

function loading(system) {
  const { max_loading_percent: most, max_loading_at: name, max_loading_mrid: mrid, overloads } = system;
  fill("max_loading_percent", {
    value: most, unit: "%", foot: mrid ? h("a", { href: elementUrl(mrid), title: `${name}, limit 100 %` }, name) : "–",
    priority: overloads > 0 ? 2 : 0, bar: { value: most, low: 0, high: LOADING_SPAN_PERCENT, limits: [100] },
  });
  fill("overloads", { value: overloads, unit: "", foot: "limit 0", bar: { value: overloads, low: 0, high: 10, limits: [0] }, priority: overloads > 0 ? 2 : 0 });
}

function customers(system) {
  const [out, all] = [system.customers_without_supply, system.customers];
  const bar = { value: out, low: 0, high: all || 1, limits: [0] };
  fill("customers_without_supply", { value: out, unit: "", foot: all ? `of ${number(all)}` : "customers", bar, priority: out > 0 ? 1 : 0 });
}

const flow = (kw, inward, outward) => (kw > 0 ? inward : kw < 0 ? outward : kw === 0 ? "idle" : "");

const KEPT = /^(as_of|outcome|reason|links|points.*|customers|rated_.*)$/;

/** Without a solution nothing is known: a nought or an old figure would be a lie. */
const honest = (system) => (system.outcome === "solved" ? system : Object.fromEntries(Object.entries(system).map(([key, value]) => [key, KEPT.test(key) ? value : null])));

function show(told) {
  const system = honest(told);
  power("load_kw", system);
  power("generation_kw", system);
  power("storage_kw", system, flow(system.storage_kw, "gives", "takes"));
  importing(system);
  losses(system);
  voltage("min_voltage", system);
  voltage("max_voltage", system);
  loading(system);
  customers(system);
  live.sawOutcome(system);
  dispatchEvent(new CustomEvent("gridops:system", { detail: system }));
}

export function startSystemStrip() {
  live.addEventListener("data", ({ detail }) => detail.topic === "system" && show(detail.data));
  live.addEventListener("snapshot", ({ detail }) => detail.topic === "system" && detail.data && show(detail.data));
  get(api("state/latest")).then((latest) => latest.system && show(latest.system), () => {});
}
