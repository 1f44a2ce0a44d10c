/** Two small figures of the trading desk: the curve of a quarter hour, and profit against the worst cases. */
import { svg } from "../js/dom.js";
import { number } from "../js/format.js";

const WIDE = 360, HIGH = 180, LEFT = 52, BELOW = 30, TOP = 12, RIGHT = 12;

export const whole = (value) => number(Math.round(value), "", 0);

function frame(title) {
  return svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "presentation" },
    svg("line", { class: "axis", x1: LEFT, x2: WIDE - RIGHT, y1: HIGH - BELOW, y2: HIGH - BELOW }),
    svg("line", { class: "axis", x1: LEFT, x2: LEFT, y1: TOP, y2: HIGH - BELOW }),
    svg("text", { x: WIDE - RIGHT, y: HIGH - 2, "text-anchor": "end" }, title));
}

/** Values to pixels, with a little room about them. */
function scale(values, from, to) {
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || Math.abs(high) || 1) * 0.08;
  return { low, high, at: (value) => from + (value - low + room) / (high - low + 2 * room) * (to - from) };
}

function ends(x, y, digits) {
  const label = (at, value, anchor) => svg("text", { x: at, y: HIGH - BELOW + 14, "text-anchor": anchor }, digits ? number(value, "", digits) : whole(value));
  return [
    label(x.at(x.low), x.low, "start"), x.high > x.low ? label(x.at(x.high), x.high, "end") : "",
    svg("text", { x: LEFT - 4, y: y.at(y.low) + 4, "text-anchor": "end" }, whole(y.low)),
    y.high > y.low ? svg("text", { x: LEFT - 4, y: y.at(y.high) + 4, "text-anchor": "end" }, whole(y.high)) : "",
  ].filter((one) => one !== "");
}

/** prices ascending, kw sold from each on; cleared: the price that came, or null. */
export function drawCurve(box, { prices, kw, cleared, currency }) {
  const inner = prices.slice(1), near = [...inner, cleared ?? inner[0] ?? prices[0]];
  const first = Math.min(...near) - Math.max((Math.max(...near) - Math.min(...near)) * 0.15, 5);
  const shown = [Math.max(prices[0], first), ...inner], last = Math.max(...near) + (Math.max(...near) - shown[0]) * 0.1;
  const x = scale([...shown, last], LEFT, WIDE - RIGHT), y = scale([0, ...kw], HIGH - BELOW, TOP);
  const path = kw.map((value, i) => `${i ? "L" : "M"}${x.at(shown[i])} ${y.at(value)} L${x.at(shown[i + 1] ?? last)} ${y.at(value)}`).join(" ");
  const figure = frame(`${currency}/MWh, kW upwards`);
  figure.append(...ends(x, y, 1), svg("line", { class: "axis", x1: LEFT, x2: WIDE - RIGHT, y1: y.at(0), y2: y.at(0) }), svg("path", { class: "steps", d: path }));
  if (cleared !== null && cleared >= x.low && cleared <= x.high) figure.append(svg("line", { class: "cleared", x1: x.at(cleared), x2: x.at(cleared), y1: TOP, y2: HIGH - BELOW }));
  box.replaceChildren(figure);
}

/** points: weight, expected, worst; weight: the chosen one. */
export function drawFrontier(box, points, weight) {
  const x = scale(points.map((one) => one.worst), LEFT, WIDE - RIGHT), y = scale(points.map((one) => one.expected), HIGH - BELOW, TOP);
  const figure = frame("worst cases (mean), expected upwards");
  figure.append(...ends(x, y, 0), svg("path", { class: "steps", d: points.map((one, i) => `${i ? "L" : "M"}${x.at(one.worst)} ${y.at(one.expected)}`).join(" ") }));
  for (const one of points) figure.append(svg("circle", { class: "dot", cx: x.at(one.worst), cy: y.at(one.expected), r: 3.5 }));
  const here = between(points, weight);
  figure.append(svg("circle", { class: "dot chosen", cx: x.at(here.worst), cy: y.at(here.expected), r: 6 }));
  box.replaceChildren(figure);
}

/** What a weight would bring: between two that were worked out on the straight line. */
export function between(points, weight) {
  const after = points.findIndex((one) => one.weight >= weight), b = points[after < 0 ? points.length - 1 : after], a = points[Math.max(after - 1, 0)];
  const share = b.weight > a.weight ? (weight - a.weight) / (b.weight - a.weight) : 0;
  return { expected: a.expected + share * (b.expected - a.expected), worst: a.worst + share * (b.worst - a.worst) };
}
