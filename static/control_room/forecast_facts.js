/** Beside the chart: the days ahead, how far to trust them, and what was wrong with the data. */
import { h, setText, svg } from "../js/dom.js";
import { age, day, instant, number } from "../js/format.js";
import { STEP_S, heldMark, percent, plainPower, power, skillWord, weekday, when } from "./forecast_words.js";

const WHOLE_DAY = 80;  // quarter hours that make a day worth summing

/** By local day: the peak with its doubt, and the energy of the median's course. */
export function drawDays(box, said, scale) {
  if (!said) return box.replaceChildren(h("p", { class: "small muted" }, "Nothing is forecast yet."));
  const columns = said.effective ?? said.quantiles;
  const days = Map.groupBy(said.t.map((at, i) => ({ at, i })), ({ at }) => day(at * 1000));
  const rows = [...days].filter(([, steps]) => steps.length > 8).map(([date, steps]) => {
    const peak = steps.reduce((best, one) => ((columns["0.5"][one.i] ?? -Infinity) > (columns["0.5"][best.i] ?? -Infinity) ? one : best));
    const energy = steps.reduce((sum, { i }) => sum + (columns["0.5"][i] ?? 0), 0) * (STEP_S / 3600);
    const value = (level) => plainPower(columns[level]?.[peak.i], scale);
    return h("tr", {},
      h("th", { scope: "row", title: date }, `${weekday(peak.at * 1000)} ${date.slice(5)}`), h("td", { class: "number" }, when(peak.at * 1000).split(" ").at(-1)),
      h("td", { class: "number" }, h("b", {}, value("0.5"))), h("td", { class: "number" }, `${value("0.1")} to ${value("0.9")}`),
      h("td", { class: "number" }, steps.length >= WHOLE_DAY ? number(energy / scale.by, scale.unit, scale.decimals) : "part"));
  });
  const head = [["Day"], ["Peak at", 1], [`P50, ${scale.unit}`, 1], ["P10 to P90", 1], [`${scale.unit}h`, 1]].map(([word, isNumber]) => h("th", { scope: "col", class: isNumber ? "number" : null }, word));
  return box.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)));
}

const fact = (word, value, more = "") => h("li", {}, h("span", {}, word), h("b", {}, value), more ? h("span", { class: "small muted wide" }, more) : null);

export function drawTrust(box, skill, scale) {
  if (!skill) return box.replaceChildren(h("p", { class: "small muted" }, "No day has been scored yet: the first is scored when a whole day that was forecast has passed."));
  const bands = [skill.coverage_80, skill.coverage_90].filter(Boolean).map((held) => fact(
    `The ${percent(held.nominal)} band held`, `${heldMark(held)} ${percent(held.share)}`,
    `${held.verdict_label}; with 95 % the true share is ${number(100 * held.low, "%", 0)} to ${percent(held.high)}, from ${held.days} days`));
  const best = skill.best_baseline ? fact(`Against the best repetition (${skill.best_baseline_label.toLowerCase()})`, `${percent(Math.abs(1 - skill.pinball_ratio))} ${skill.pinball_ratio <= 1 ? "better" : "worse"}`, "by pinball loss, which scores the bands too") : null;
  return box.replaceChildren(h("ul", { class: "fact-list" },
    fact("Against repeating last week", skillWord(skill)), fact("Mean error", power(skill.mae_kw, scale), skill.nmae === null ? "" : `${percent(skill.nmae, 1)} of the mean power`), best, ...bands));
}

/** When the data were not to be trusted, on the time that the chart shows. */
export function drawFaults({ box, facts }, was, now) {
  const end = instant(was.known_until);
  const seconds = end === null ? null : (now - end) / 1000;
  setText(facts, end === null ? "nothing measured in 8 days" : seconds < 2 * STEP_S ? "measured up to now" : `last value ${age(seconds)} ago`);
  if (!was.faults.length) return box.replaceChildren(h("p", { class: "small muted" }, "0 faults in the time shown."));
  const [from, to] = [was.t[0], was.t.at(-1) + STEP_S];
  const x = (at) => Math.min(Math.max(((Date.parse(at) / 1000 - from) / (to - from)) * 100, 0), 100);
  const strip = svg("svg", { class: "strip", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": `${was.faults.length} faults over the time shown` },
    svg("rect", { class: "base", x: 0, y: 3, width: 100, height: 4 }),
    ...was.faults.map((one) => svg("rect", { class: "fault", x: x(one.begins_at), y: 1, width: Math.max(x(one.ends_at) - x(one.begins_at), 0.6), height: 8 })));
  const ends = h("div", { class: "strip-ends" }, h("span", {}, when(from * 1000)), h("span", {}, when(to * 1000)));
  const rows = was.faults.map((one) => h("li", {}, h("span", {}, h("b", {}, one.fault)), h("span", { class: "small" }, `${when(one.begins_at)} to ${when(one.ends_at)}`)));
  return box.replaceChildren(strip, ends, h("ul", { class: "fact-list" }, ...rows), h("p", { class: "small muted" }, "What they span is not learned from."));
}
