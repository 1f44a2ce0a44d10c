/** The voltage of every node of a feeder over the length of line to it: estimated, measured, and after the plan. */
import { h, svg } from "../js/dom.js";
import { instant, number, time } from "../js/format.js";
import { known, text, ticks, title } from "./voltage_axes.js";

const W = 960, H = 400, LEFT = 58, RIGHT = 16, TOP = 12, BOTTOM = 40;
const WORD = { measured: "measured", estimated: "estimated", pseudo: "estimated from usual loads", stale: "stale", none: "not known" };

function range(told, points, withLimits) {
  const values = known([...told.pu, ...told.planned_pu, ...points.map((point) => point.pu)]);
  const limits = [...new Set([...told.low_pu, ...told.high_pu].filter((_, n) => told.is_own[n % told.is_own.length]))];
  const least = Math.min(...values), most = Math.max(...values);
  const shown = withLimits ? limits : limits.filter((limit) => limit >= least - 0.002 && limit <= most + 0.002);
  return { low: Math.min(least, ...shown) - 0.004, high: Math.max(most, ...shown) + 0.004, limits: shown };
}

function tree(told, values, x, y, kind) {
  return told.fed_from.map((from, n) => {
    if (from === null || values[n] === null || values[from] === null || told.km[n] === null || told.km[from] === null) return null;
    return svg("line", { class: kind, x1: x(told.km[from]), y1: y(values[from]), x2: x(told.km[n]), y2: y(values[n]) });
  }).filter(Boolean);
}

const radius = (told, n) => (told.kv[n] >= Math.max(...told.kv) * 0.99 ? 3.5 : 2);

function dots(told, x, y) {
  return told.pu.map((pu, n) => (pu === null || told.km[n] === null ? null
    : svg("circle", { class: told.is_own[n] ? "now" : "upstream", cx: x(told.km[n]), cy: y(pu), r: radius(told, n) },
      title(`${told.name[n]}, ${number(told.kv[n], "kV")} kV: ${number(pu, "pu", 4)} pu, ${WORD[told.provenance[n]] ?? told.provenance[n]}; limits ${number(told.low_pu[n], "pu")} to ${number(told.high_pu[n], "pu")}`)))).filter(Boolean);
}

function planned(told, x, y) {
  return told.planned_pu.map((pu, n) => (pu === null || told.km[n] === null ? null
    : svg("circle", { class: "planned", cx: x(told.km[n]), cy: y(pu), r: radius(told, n) }, title(`${told.name[n]}: ${number(pu, "pu", 4)} pu after the plan's moves`)))).filter(Boolean);
}

/** A square for a good meter, dashed where it is stale or marked; whiskers are two standard deviations. */
function meters(told, points, x, y) {
  return points.filter((point) => point.place !== null && point.pu !== null && told.km[point.place] !== null).map((point) => {
    const cx = x(told.km[point.place]), cy = y(point.pu), good = point.is_usable && !point.is_stale && point.quality === 0;
    const spread = 2 * (point.sigma_pu ?? 0);
    const said = good ? "" : point.is_usable ? (point.is_stale ? ", STALE" : ", questionable") : ", INVALID";
    return svg("g", { class: good ? "measured" : "measured doubtful" },
      ...(spread ? [svg("line", { x1: cx, x2: cx, y1: y(point.pu - spread), y2: y(point.pu + spread) })] : []),
      svg("rect", { x: cx - 5, y: cy - 5, width: 10, height: 10 }),
      ...(point.is_usable ? [] : [svg("line", { x1: cx - 5, y1: cy - 5, x2: cx + 5, y2: cy + 5 })]),
      title(`${point.name}: ${number(point.value, point.unit)} ${point.unit}, ${number(point.pu, "pu", 4)} pu at ${point.at ? time(instant(point.at)) : "no time"}${said}`));
  });
}

const sign = (...children) => svg("svg", { width: 16, height: 14, "aria-hidden": "true" }, ...children);

function key(told, points) {
  const hasPlan = known(told.planned_pu).length > 0, lost = told.pu.filter((pu) => pu === null).length;
  return h("figcaption", { class: "key" },
    h("span", {}, sign(svg("circle", { class: "now", cx: 8, cy: 7, r: 3.5 })), "estimated now (small: low voltage; grey: on the way here)"),
    points.length > 0 && h("span", {}, sign(svg("g", { class: "measured" }, svg("rect", { x: 3, y: 2, width: 10, height: 10 }))), "measured, ± 2 σ; dashed: stale or doubtful"),
    hasPlan && h("span", {}, sign(svg("circle", { class: "planned", cx: 8, cy: 7, r: 3.5 })), "after the plan’s moves of now"),
    h("span", {}, sign(svg("line", { class: "limit", x1: 0, x2: 16, y1: 7, y2: 7 })), "limit"),
    lost > 0 && h("span", {}, `${lost} nodes without a known voltage are left out.`));
}

export function profileChart(told, points, { withLimits }) {
  if (!known(told.pu).length) return h("p", { class: "empty" }, "No voltage of this feeder is known now.");
  const { low, high, limits } = range(told, points, withLimits);
  const far = Math.max(...known(told.km), 0.1);
  const x = (km) => LEFT + (km / far) * (W - LEFT - RIGHT), y = (pu) => TOP + ((high - pu) / (high - low)) * (H - TOP - BOTTOM);
  return h("figure", {}, svg("svg", { class: "wide", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `Voltages of ${told.mrid.length} nodes along the feeder` },
    ...ticks(low, high, 6).map((pu) => svg("g", {}, svg("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(pu), y2: y(pu) }), text(LEFT - 8, y(pu) + 4, number(pu, "pu"), "end"))),
    ...ticks(0, far, 8).map((km) => text(x(km), H - BOTTOM + 18, number(km, "km", far < 2 ? 2 : 1), "middle")),
    text(LEFT - 8, H - 6, "U, pu", "end"), text(W - RIGHT, H - 6, "km of line from the station", "end"),
    ...limits.map((limit) => svg("line", { class: "limit", x1: LEFT, x2: W - RIGHT, y1: y(limit), y2: y(limit) }, title(`Limit ${number(limit, "pu")} pu`))),
    ...tree(told, told.pu, x, y, "way"), ...tree(told, told.planned_pu, x, y, "planned-way"),
    ...dots(told, x, y), ...planned(told, x, y), ...meters(told, points, x, y)), key(told, points));
}
