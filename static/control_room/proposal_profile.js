/** What lies along the way from the station, before and after: voltages of nodes, loadings of lines. */
import { h, svg } from "../js/dom.js";
import { number } from "../js/format.js";

const W = 900, H = 260, LEFT = 56, BOTTOM = 34, TOP = 12;
const LOADING_LIMIT = 100;

const known = (values) => values.filter((value) => value !== null);
const text = (x, y, words, anchor = "start") => svg("text", { x, y, class: "axis", "text-anchor": anchor }, document.createTextNode(words));
const axis = (low, high, count) => Array.from({ length: count + 1 }, (_, n) => low + ((high - low) * n) / count);

/** Points, not a line: a feeder branches, and neighbours on the page need not be neighbours in the ground. */
function chart({ columns, before, after, unit, limits, room, at, of }) {
  const values = known([...before, ...after]);
  const low = Math.min(...values, ...limits) - room, high = Math.max(...values, ...limits) + room;
  const far = Math.max(...known([...columns.ohm_before, ...columns.ohm_after]), 1e-6);
  const x = (ohm) => LEFT + (ohm / far) * (W - LEFT - 12), y = (value) => TOP + ((high - value) / (high - low)) * (H - TOP - BOTTOM);
  const point = (kind, ohm, value, n) => (ohm === null || value === null ? null
    : svg("circle", { class: kind, cx: x(ohm), cy: y(value), r: columns.mrid[n] === at ? 5 : 3 }, svg("title", {}, document.createTextNode(`${columns.name[n]}: ${number(value, unit)} ${unit} ${kind}`))));
  const marks = (kind, ohms, all) => all.map((value, n) => point(kind, ohms[n], value, n)).filter(Boolean);
  return svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${of} before and after` },
    ...axis(low, high, 4).map((value) => svg("g", { class: "grid" }, svg("line", { x1: LEFT, x2: W - 12, y1: y(value), y2: y(value) }), text(4, y(value) + 4, number(value, unit)))),
    ...axis(0, far, 4).map((ohm, n) => text(x(ohm), H - 14, number(ohm, "ohm", 1), n === 4 ? "end" : "start")),
    ...limits.map((limit) => svg("line", { class: "limit", x1: LEFT, x2: W - 12, y1: y(limit), y2: y(limit) })),
    ...marks("before", columns.ohm_before, before), ...marks("after", columns.ohm_after, after));
}

function voltages(profile) {
  const volts = known([...profile.before_pu, ...profile.after_pu]);
  const least = Math.min(...volts), most = Math.max(...volts), near = (limit) => limit > least - 0.03 && limit < most + 0.03;
  const limits = [...new Set([...known(profile.low_pu), ...known(profile.high_pu)])].filter(near);
  return h("figure", { id: "voltage-profile" }, chart({ columns: profile, before: profile.before_pu, after: profile.after_pu, unit: "pu", limits, room: 0.004, at: profile.at, of: `Voltages of ${profile.mrid.length} nodes` }),
    h("figcaption", { class: "small muted" }, "U in pu over the impedance to the station in Ω. Ring: before. Dot: after. Heavy line: limit. Nodes that move to another feeder move along."));
}

function loadings(lines) {
  const before = lines.before_percent, after = lines.after_percent;
  return h("figure", { id: "loading-profile" }, chart({ columns: lines, before, after, unit: "%", limits: [LOADING_LIMIT], room: 4, at: null, of: `Loadings of ${lines.mrid.length} lines` }),
    h("figcaption", { class: "small muted" }, "Loading in % of the rating over the impedance to the station in Ω, of the lines between those nodes."));
}

/** The one that the trouble is about comes first. */
export function profileCharts(profile, isOverload) {
  if (!profile.mrid?.length) return [h("p", { class: "empty" }, "Losses are of the whole network: there is no one way to draw.")];
  const both = [voltages(profile), ...(profile.lines?.mrid.length ? [loadings(profile.lines)] : [])];
  return isOverload ? both.reverse() : both;
}
