import { api, get } from "./api.js";
import { elementUrl } from "./config.js";
import { byId, h, setText } from "./dom.js";
import { number } from "./format.js";
import { live } from "./live.js";

const VOLTAGE_SPAN = [0.85, 1.15];
const LOSSES_SPAN_PERCENT = 10;
const limits = new Map();
const SCALE = "gridops-power-scale";
let largest = Number(localStorage.getItem(SCALE)) || 1000;  // kW: the power bars share one scale, so that their lengths compare

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

function fill(key, { value, unit, decimals, foot, bar, abnormal = false }) {
  const cell = byId(`cell-${key}`);
  const [, shown, track, below] = cell.children;
  setText(shown, "");
  shown.replaceChildren(number(value, unit, decimals), h("span", { class: "unit" }, unit));
  cell.classList.toggle("alarm-p2", abnormal);
  below.replaceChildren(...[foot].flat());
  drawBar(track, bar);
}

const mw = (kw) => (kw === null || kw === undefined ? null : kw / 1000);

/** Round scale ends: 1, 2 or 5 times a power of ten. */
function roundUp(value) {
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * ten).find((step) => step >= value);
}

function power(key, value, system, note) {
  const scale = roundUp(largest) / 1000;
  const signed = key !== "load_kw" && key !== "generation_kw";
  const bar = { value: mw(value), low: signed ? -scale : 0, high: scale, limits: signed ? [0] : [] };
  fill(key, { value: mw(value), unit: "MW", foot: note ?? (signed ? `±${number(scale, "", 0)} MW` : `0 – ${number(scale, "", 0)} MW`), bar });
}

function losses(system) {
  const share = system.load_kw ? (100 * system.losses_kw) / system.load_kw : null;
  const bar = { value: share, low: 0, high: LOSSES_SPAN_PERCENT, limits: [] };
  fill("losses_kw", { value: mw(system.losses_kw), unit: "MW", foot: `${number(share, "", 2)} % of load`, bar });
}

/** The limits of the node where the extreme stands; asked once per node. */
async function limitsAt(mrid) {
  if (!limits.has(mrid)) {
    limits.set(mrid, null);
    const { values } = await get(api(`state/elements/${mrid}`)).catch(() => ({ values: [] }));
    limits.set(mrid, values.find((value) => value.unit === "pu") ?? null);
    if (limits.size > 500) limits.clear();
  }
  return limits.get(mrid);
}

async function voltage(end, system) {
  const [value, name, mrid] = [`${end}_pu`, `${end}_at`, `${end}_mrid`].map((key) => system[key]);
  const foot = mrid ? h("a", { href: elementUrl(mrid) }, name) : name ?? "–";
  const draw = (own) => fill(`${end}_pu`, {
    value, unit: "pu", foot, abnormal: value < own?.low || value > own?.high,
    bar: { value, low: VOLTAGE_SPAN[0], high: VOLTAGE_SPAN[1], limits: [own?.low, own?.high], pointer: true },
  });
  draw(mrid ? limits.get(mrid) : null);
  if (mrid && !limits.has(mrid)) draw(await limitsAt(mrid));
}

function tallies(system) {
  const over = system.overloads;
  fill("overloads", { value: over, unit: "", foot: "limit 0", bar: { value: over, low: 0, high: 10, limits: [0] }, abnormal: over > 0 });
  const [out, all] = [system.customers_without_supply, system.customers];
  const bar = { value: out, low: 0, high: all || 1, limits: [0] };
  const foot = all ? `of ${number(all)}` : "customers";
  fill("customers_without_supply", { value: out, unit: "", foot, bar, abnormal: out > 0 });
}

const flow = (kw, inward, outward) => (kw > 0 ? inward : kw < 0 ? outward : "idle");

function show(system) {
  const powers = [system.load_kw, system.generation_kw, system.import_kw].filter(Number.isFinite).map(Math.abs);
  largest = Math.max(largest, ...powers);
  localStorage.setItem(SCALE, String(largest));
  power("load_kw", system.load_kw);
  power("generation_kw", system.generation_kw);
  power("storage_kw", system.storage_kw, system, flow(system.storage_kw, "discharging", "charging"));
  power("import_kw", system.import_kw, system, flow(system.import_kw, "importing", "exporting"));
  losses(system);
  voltage("min_voltage", system);
  voltage("max_voltage", system);
  tallies(system);
  dispatchEvent(new CustomEvent("gridops:system", { detail: system }));
}

export function startSystemStrip() {
  live.addEventListener("data", ({ detail }) => detail.topic === "system" && show(detail.data));
  live.addEventListener("snapshot", ({ detail }) => detail.topic === "system" && detail.data && show(detail.data));
  get(api("state/latest")).then((latest) => latest.system && show(latest.system), () => {});
}
