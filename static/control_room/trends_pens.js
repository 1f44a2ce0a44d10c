/** What a pen is, where its values come from, and which limits belong to it. A pen's name in the address is a point's id,
 * or `e:MRID:quantity:unit` for what was estimated. */
import { api, get } from "../js/api.js";
import { quantityWord, sideWord } from "../js/names.js";
import { withGaps } from "./trend.js";

export const MOST = 8;
const known = new Map();      // what never changes of a pen, by its key
const elements = new Map();   // limits and name of the equipment, by mRID

const iso = (seconds) => new Date(seconds * 1000).toISOString();
export const isEstimate = (key) => key.startsWith("e:");
export const estimateKey = (mrid, { quantity, unit }) => `e:${mrid}:${quantity}:${unit}`;
export const isKey = (key) => /^(\d{1,9}|e:[0-9a-f-]{36}:\w+:[\w%]*)$/.test(key);

export async function elementOf(mrid) {
  if (!elements.has(mrid)) elements.set(mrid, get(api(`state/elements/${mrid}`)).catch(() => { elements.delete(mrid); return null; }));
  return elements.get(mrid);
}

function limitsIn(element, quantity, unit) {
  const value = element?.values.find((one) => one.quantity === quantity && one.unit === unit);
  return [["low", value?.low], ["high", value?.high]].filter(([, limit]) => Number.isFinite(limit)).map(([name, limit]) => ({ name, limit }));
}

async function describePoint(point) {
  const element = await elementOf(point.equipment_mrid);
  const own = point.limits.map(({ is_high: high, limit }) => ({ name: high ? "high" : "low", limit }));
  return {
    key: String(point.id), name: element?.name ?? point.name, mrid: point.equipment_mrid, unit: point.unit, quantity: point.quantity,
    word: [quantityWord(point.quantity), sideWord(point.side), "measured"].filter(Boolean).join(", "),
    stepped: ["switch_state", "tap_position"].includes(point.quantity), limits: own.length ? own : limitsIn(element, point.quantity, point.unit),
  };
}

async function describeEstimate(key) {
  const [, mrid, quantity, unit] = key.split(":");
  const element = await elementOf(mrid);
  if (!element) return null;
  return { key, name: element.name, mrid, unit, quantity, word: `${quantityWord(quantity)}, estimated`, stepped: false, limits: limitsIn(element, quantity, unit) };
}

/** In the order of the keys; what no longer exists is left out. */
export async function describe(keys) {
  const asked = keys.filter((key) => !known.has(key));
  const ids = asked.filter((key) => !isEstimate(key));
  if (ids.length) {
    const points = await get(api(`telemetry/points?ids=${ids.join(",")}`));
    for (const pen of await Promise.all(points.map(describePoint))) known.set(pen.key, pen);
  }
  for (const pen of await Promise.all(asked.filter(isEstimate).map(describeEstimate))) if (pen) known.set(pen.key, pen);
  return keys.map((key) => known.get(key)).filter(Boolean);
}

/** Everything that can be drawn of one piece of equipment. */
export async function offered(mrid) {
  const [points, element] = await Promise.all([get(api(`telemetry/points?equipment=${mrid}`)), elementOf(mrid)]);
  const pens = await Promise.all(points.map(describePoint));
  for (const pen of pens) known.set(pen.key, pen);
  const estimates = await Promise.all((element?.values ?? []).map((value) => describeEstimate(estimateKey(mrid, value))));
  return [...pens, ...estimates.filter(Boolean)];
}

const blank = { t: [], mean: [], min: [], max: [], quality: [], resolution: 0 };

async function estimated(pen, from, to) {
  const hours = Math.min(744, Math.max(0.05, (to - from) / 3600));
  const { series } = await get(api(`state/elements/${pen.mrid}/trend?hours=${hours}&at=${iso(to)}`));
  const found = series.find(({ quantity, unit }) => quantity === pen.quantity && unit === pen.unit);
  if (!found) return blank;
  const { t, v } = withGaps(found, "estimated");
  return { t, mean: v, min: v, max: v, quality: v.map(() => 0), resolution: 0 };
}

/** The values of all pens over the same time, as fine as the width can show: two kinds of question at most. */
export async function load(pens, from, to, width) {
  const ids = pens.filter(({ key }) => !isEstimate(key)).map(({ key }) => key);
  const query = new URLSearchParams({ points: ids.join(","), from: iso(from), to: iso(to), width: String(Math.max(50, Math.min(5000, Math.round(width)))) });
  const [measured, ...rest] = await Promise.all([
    ids.length ? get(api(`telemetry/samples?${query}`)) : { series: [] },
    ...pens.filter(({ key }) => isEstimate(key)).map((pen) => estimated(pen, from, to).then((data) => [pen.key, data], () => [pen.key, blank])),
  ]);
  const found = new Map(rest);
  for (const { point, resolution_s: resolution, ...columns } of measured.series) found.set(String(point), { ...columns, resolution });
  return found;
}

/** Alarms raised and switches moved at the equipment of the pens. */
export async function eventsOf(pens, from, to, mayViewAlarms) {
  const places = [...new Set(pens.map(({ mrid }) => mrid))];
  const query = (place) => new URLSearchParams({ place, kinds: mayViewAlarms ? "state,alarm" : "state", from: iso(from), to: iso(to), most: "100" });
  const pages = await Promise.all(places.map((place) => get(api(`events?${query(place)}`)).catch(() => ({ events: [] }))));
  return pages.flatMap(({ events }) => events).filter(({ kind, what }) => kind === "state" || what.startsWith("Raised"));
}
