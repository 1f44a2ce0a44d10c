/** A small chart of one or a few lines over a plain quantity, with where a limit is. */
import { svg } from "../js/dom.js";

const [W, H, LEFT, RIGHT, TOP, BOTTOM] = [400, 190, 52, 24, 22, 34];
const STEPS = [1, 2, 2.5, 5, 10];

/** Round values from low to high, about so many. */
export function ticks(low, high, count = 4) {
  const rough = (high - low || 1) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * STEPS.find((one) => one * size >= rough);
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => Number((first + i * step).toPrecision(12)));
}

const spread = (values) => [Math.min(...values), Math.max(...values)];

/** x: values; lines: [{name, values}]; marks: values of y; at: a value of x; words for both axes. */
export function chart({ x, lines, marks = [], at = null, xWords, label, xText = String, yText = String, floor = null }) {
  const known = lines.flatMap(({ values }) => values.filter(Number.isFinite)).concat(marks);
  const [left, right] = spread(x);
  let [low, high] = spread(known);
  low = floor ?? low - 0.08 * (high - low || Math.abs(high) || 1);
  high += 0.08 * (high - low || 1);
  const px = (value) => LEFT + ((value - left) / (right - left || 1)) * (W - LEFT - RIGHT);
  const py = (value) => H - BOTTOM - ((value - low) / (high - low || 1)) * (H - TOP - BOTTOM);
  const line = (name, x1, y1, x2, y2) => svg("line", { class: name, x1, y1, x2, y2 });
  const text = (x0, y0, words, more = {}) => svg("text", { x: x0, y: y0, ...more }, words);
  const drawn = ({ values }, n) => svg("polyline", { "data-line": n, points: x.flatMap((one, i) => (Number.isFinite(values[i]) ? [`${px(one).toFixed(1)},${py(values[i]).toFixed(1)}`] : [])).join(" ") });
  return svg("svg", { class: "host-chart", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label },
    ...ticks(low, high).flatMap((value) => [line("grid", LEFT, py(value), W - RIGHT, py(value)), text(LEFT - 6, py(value) + 4, yText(value), { "text-anchor": "end" })]),
    ...ticks(left, right).map((value) => text(px(value), H - BOTTOM + 14, xText(value), { "text-anchor": "middle" })),
    line("axis", LEFT, H - BOTTOM, W - RIGHT, H - BOTTOM), text(W - RIGHT, H - 4, xWords, { "text-anchor": "end" }),
    ...marks.map((value) => line("mark", LEFT, py(value), W - RIGHT, py(value))), ...(at === null ? [] : [line("mark", px(at), TOP, px(at), H - BOTTOM)]),
    ...lines.map(drawn), ...lines.map(({ name }, n) => text(LEFT + n * 112, 12, name, { "data-line": n })));
}
