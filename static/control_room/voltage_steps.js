/** Positions over time: what devices did today, and what the plan would have them do. */
import { elementUrl } from "../js/config.js";
import { h, svg } from "../js/dom.js";
import { age, instant, minute, number, time } from "../js/format.js";
import { known, staircase, text, ticks, title } from "./voltage_axes.js";

const DAY_MS = 86_400_000, STEP_MS = 900_000;
const W = 420, H = 96, LEFT = 34, RIGHT = 8, TOP = 6, BOTTOM = 20;
const PLAN_W = 960, PLAN_LEFT = 76;

const isTap = (device) => device.quantity === "tap_position";
const shown = (device, value) => (value === null || value === undefined ? "–" : isTap(device) ? number(value, "", 0) : device.quantity === "switch_state" ? (value ? "in" : "out") : `${number(value, "kvar", 0)} kvar`);

/** From where it stood at midnight, over every change, to where it stands now. */
function course(device, now) {
  const began = device.began_with ?? (device.changes.length ? null : device.position);
  const changes = device.changes.map((change) => [instant(change.at), change.value]);
  const points = [...(began === null ? [] : [[instant(device.since), began]]), ...changes];
  return points.length ? [...points, [now, points.at(-1)[1]]] : [];
}

function day(device, now) {
  const points = course(device, now);
  if (!points.length) return h("p", { class: "small muted" }, "0 changes today, and no position is known.");
  const start = instant(device.since), values = points.map(([, value]) => value);
  const low = isTap(device) ? Math.min(...values) - 1 : -0.3, high = isTap(device) ? Math.max(...values) + 1 : 1.3;
  const x = (ms) => LEFT + ((ms - start) / DAY_MS) * (W - LEFT - RIGHT), y = (value) => TOP + ((high - value) / (high - low)) * (H - TOP - BOTTOM);
  const rows = isTap(device) ? ticks(low, high, 3).filter(Number.isInteger) : [0, 1];
  return svg("svg", { class: "wide", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${device.name}: ${device.changes.length} changes since midnight` },
    ...rows.map((value) => svg("g", {}, svg("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(value), y2: y(value) }), text(LEFT - 6, y(value) + 4, shown(device, value), "end"))),
    ...[0, 6, 12, 18, 24].map((hour) => text(Math.min(x(start + hour * DAY_MS / 24), W - RIGHT), H - 4, minute(start + hour * DAY_MS / 24), hour === 24 ? "end" : hour ? "middle" : "start")),
    svg("line", { class: "present", x1: x(now), x2: x(now), y1: TOP, y2: H - BOTTOM }),
    svg("path", { class: "steps", d: staircase(points.map(([ms, value]) => [x(ms), y(value)])) }));
}

export function deviceCard(device, now) {
  const left = device.most_per_day - device.operations_today;
  const does = isTap(device) ? `${number(device.step, "%", 2)} % a position` : `${number(device.step, "kvar", 0)} kvar`;
  const held = device.target_pu ? `, local control holds ${number(device.target_pu, "pu")} pu` : "";
  const doubt = device.point === null ? "no meter" : device.is_stale ? "STALE" : device.quality ? "doubtful" : "";
  const fixed = device.may_move ? "" : "takes no orders, or a tag holds it: the desk leaves it";
  const range = isTap(device) ? ` of ${number(device.low, "", 0)} to ${number(device.high, "", 0)}` : "";
  return h("div", { class: "device" },
    h("p", {}, h("a", { href: elementUrl(device.mrid) }, device.name), h("b", {}, `${isTap(device) ? "Tap " : ""}${shown(device, device.position)}`), h("span", { class: "small muted" }, `${range} ${doubt}`)),
    day(device, now),
    h("p", { class: "small" }, h("span", {}, `${device.operations_today} of ${device.most_per_day} operations today`), left <= 0 && h("b", {}, "used up: the desk leaves it"), fixed && h("b", {}, fixed), h("span", { class: "muted" }, `${does}${held}${device.at ? `; told ${age((now - instant(device.at)) / 1000)} ago` : ""}`)));
}

const frame = (starts, low, high, height) => ({
  x: (ms) => PLAN_LEFT + ((ms - starts[0]) / (starts.at(-1) + STEP_MS - starts[0])) * (PLAN_W - PLAN_LEFT - 16),
  y: (value) => TOP + ((high - value) / (high - low || 1)) * (height - TOP - BOTTOM),
});

function stairs(starts, values, { x, y }, kind) {
  const points = starts.map((ms, n) => [x(ms), values[n]]).filter(([, value]) => value !== null && value !== undefined).map(([at, value]) => [at, y(value)]);
  return svg("path", { class: `steps ${kind}`, d: points.length ? `${staircase(points)}H${x(starts.at(-1) + STEP_MS)}` : "" });
}

const hours = (starts, x, height) => starts.filter((_, n) => n % 4 === 1).map((ms) => text(x(ms), height - 4, minute(ms), "middle"));

function extremes(told, starts, limits) {
  const values = known([...told.before.low_pu, ...told.before.high_pu, ...told.after.low_pu, ...told.after.high_pu]);
  if (!values.length) return null;
  const height = 150, low = Math.min(...values) - 0.004, high = Math.max(...values) + 0.004, at = frame(starts, low, high, height);
  const near = limits.filter((limit) => limit > low && limit < high);
  return h("figure", {}, svg("svg", { class: "wide", viewBox: `0 0 ${PLAN_W} ${height}`, role: "img", "aria-label": "Lowest and highest voltage of the feeder in the steps ahead, with and without the plan" },
    ...ticks(low, high, 4).map((pu) => svg("g", {}, svg("line", { class: "grid", x1: PLAN_LEFT, x2: PLAN_W - 16, y1: at.y(pu), y2: at.y(pu) }), text(PLAN_LEFT - 8, at.y(pu) + 4, number(pu, "pu"), "end"))),
    ...near.map((limit) => svg("line", { class: "limit", x1: PLAN_LEFT, x2: PLAN_W - 16, y1: at.y(limit), y2: at.y(limit) })), ...hours(starts, at.x, height),
    ...["low_pu", "high_pu"].flatMap((side) => [stairs(starts, told.before[side], at, "before"), stairs(starts, told.after[side], at, "after")])),
  h("figcaption", { class: "key" }, "Lowest and highest voltage of the feeder, pu. Dashed: nothing is moved. Line: by the plan."));
}

function moved(device, starts) {
  const all = [device.initial, ...device.position], height = 74, pad = isTap(device) ? 1 : device.quantity === "switch_state" ? 0.3 : 10;
  const at = frame(starts, Math.min(...all) - pad, Math.max(...all) + pad, height);
  const marks = [...new Set([Math.min(...all), Math.max(...all)])];
  return h("figure", {}, svg("svg", { class: "wide", viewBox: `0 0 ${PLAN_W} ${height}`, role: "img", "aria-label": `${device.name} in the steps ahead` },
    ...marks.map((value) => svg("g", {}, svg("line", { class: "grid", x1: PLAN_LEFT, x2: PLAN_W - 16, y1: at.y(value), y2: at.y(value) }), text(PLAN_LEFT - 8, at.y(value) + 4, shown(device, value), "end"))),
    ...hours(starts, at.x, height), stairs(starts, starts.map(() => device.initial), at, "before"), stairs(starts, device.position, at, "after"), title(device.name)),
  h("figcaption", { class: "key" }, h("span", {}, device.name), h("span", {}, `now ${shown(device, device.initial)}, then ${shown(device, device.position[0])}${device.position.at(-1) === device.position[0] ? "" : `, at the end ${shown(device, device.position.at(-1))}`}`)));
}

export const moves = (device) => device.position.some((value) => Math.abs(value - device.initial) > 1e-6);

/** The steps ahead as charts; of devices that stay only the number. */
export function courseCharts(told, limits) {
  const starts = (told.starts_at ?? []).map(instant);
  if (starts.length < 2) return [];
  const moving = told.devices.filter(moves), still = told.devices.length - moving.length;
  return [extremes(told, starts, limits), ...moving.map((device) => moved(device, starts)),
    h("p", { class: "small muted" }, `${still} of ${told.devices.length} devices stay as they are from ${time(starts[0])} to ${minute(starts.at(-1) + STEP_MS)}.`)].filter(Boolean);
}
