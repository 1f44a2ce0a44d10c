/** Axes that the charts of the voltage desk share. */
import { svg } from "../js/dom.js";

export const known = (values) => values.filter((value) => value !== null && value !== undefined && Number.isFinite(value));
export const text = (x, y, words, anchor = "start") => svg("text", { x, y, class: "axis", "text-anchor": anchor }, document.createTextNode(words));
export const title = (words) => svg("title", {}, document.createTextNode(words));

const STEPS = [1, 2, 2.5, 5];

/** Round numbers from low to high, about `count` of them. */
export function ticks(low, high, count) {
  const raw = (high - low || 1) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = STEPS.map((one) => one * power).find((one) => one >= raw) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step + 1e-9) + 1) }, (_, n) => first + n * step);
}

/** A staircase through points of [x, y]: each holds until the next. */
export const staircase = (points) => points.map(([x, y], n) => (n ? `H${x}V${y}` : `M${x} ${y}`)).join("");
