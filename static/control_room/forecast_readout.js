/** What stands under the cursor, in words; and the key of the chart. */
import { h, svg } from "../js/dom.js";
import { number } from "../js/format.js";
import { when } from "./forecast_words.js";

const value = (v, scale) => `${number(v, scale.unit, scale.decimals)}\u2009${scale.unit}`;

/** `at`: what FanChart.at gives. */
export function readout(box, at, scale, hint) {
  if (!at) return box.replaceChildren(hint);
  const parts = [h("span", {}, h("b", {}, when(at.t * 1000)))];
  const has = (key) => at[key] !== null && at[key] !== undefined;
  if (has("actual")) parts.push(h("span", {}, "was ", h("b", {}, value(at.actual, scale))));
  if (has("0.5")) parts.push(h("span", {}, "forecast ", h("b", {}, value(at["0.5"], scale)), has("0.1") ? `, P10 ${number(at["0.1"], scale.unit, scale.decimals)} to P90 ${number(at["0.9"], scale.unit, scale.decimals)}` : ""));
  if (has("scenario 0.5")) parts.push(h("span", {}, `scenario ${value(at["scenario 0.5"], scale)}, P10 ${number(at["scenario 0.1"], scale.unit, scale.decimals)} to P90 ${number(at["scenario 0.9"], scale.unit, scale.decimals)}`));
  if (has("own")) parts.push(h("span", {}, `the model's own ${value(at.own, scale)}`));
  for (const key of Object.keys(at).filter((name) => name.startsWith("said") || name.startsWith("day "))) if (has(key)) parts.push(h("span", {}, `${key}: ${value(at[key], scale)}`));
  return box.replaceChildren(...parts);
}

const DASHES = ["7 4", "2 3", "10 3 2 3"];
const stroke = (name, dash) => svg("svg", { viewBox: "0 0 28 14", "aria-hidden": "true" }, svg("line", { class: name, x1: 1, x2: 27, y1: 7, y2: 7, ...(dash ? { "stroke-dasharray": dash } : {}) }));

export function key(box, { hasOverride, hasScenario = false, others = [] }) {
  const item = (picture, word) => h("li", {}, picture, word);
  const band = svg("svg", { viewBox: "0 0 28 14", "aria-hidden": "true" }, svg("rect", { class: "band", x: 1, y: 1, width: 26, height: 12 }), svg("rect", { class: "band", x: 1, y: 4, width: 26, height: 6 }));
  box.replaceChildren(
    item(stroke("line-actual"), "was"), item(stroke(hasOverride ? "line-override" : "line-p50"), hasOverride ? "P50 as overridden" : "P50"),
    ...(hasOverride ? [item(stroke("line-p50", "3 3"), "the model's own P50")] : []), item(band, "P5–P95, P10–P90, P25–P75"),
    ...(hasScenario ? [item(stroke("line-override", "7 3"), "scenario, P50 with P10 and P90")] : []),
    ...others.map((name, i) => item(stroke("line-said", DASHES[i % 3]), name)),
  );
}
