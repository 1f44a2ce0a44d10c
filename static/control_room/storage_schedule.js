/** A plant's schedules: what they come to, what drives them, why there is none, and where their courses stand. */
import { h } from "../js/dom.js";
import { instant, minute, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { NOTHING, courseUrl, known, kw, money, percent } from "./storage_words.js";

const A_MWH = 1000, PARTS = { energy: "energy", wear: "wear", demand: "demand charge", reserve: "reserve", terminal: "charge left at the end" };
const at = (text) => when(instant(text), live.now());
const LISTED = 12, MOST_DRIVERS = 6;

/** Which steps, in a word: most limits bind in runs. */
function spans(steps, schedule) {
  const runs = steps.reduce((all, step) => {
    if (all.length && all.at(-1)[1] === step - 1) all.at(-1)[1] = step;
    else all.push([step, step]);
    return all;
  }, []);
  const clock = (step) => minute(instant(schedule.starts_at) + step * schedule.step_s * 1000);
  const told = runs.slice(0, 3).map(([first, last]) => `${clock(first)} to ${clock(last + 1)}`).join(", ");
  return runs.length > 3 ? `${told} and ${runs.length - 3} spans more` : told;
}

const driver = (one, schedule) => h("li", { class: "line" }, h("b", {}, one.name), ` binds ${spans(one.steps, schedule)}.`,
  h("span", { class: "small muted reason" }, `One ${one.unit || "unit"} more would save at most ${money(one.per_unit, 4)} ${schedule.currency} in one step; ${money(one.total)} ${schedule.currency} over the schedule.`));

function worth(schedule) {
  const values = schedule.stored_value.filter(known);
  if (!values.length) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `A MWh more in store would be worth ${money(A_MWH * low)} to ${money(A_MWH * high)} ${schedule.currency} over its hours, ${money(A_MWH * values[0])} at its begin.`;
}

function figures(schedule) {
  const parts = Object.entries(schedule.parts).filter(([, value]) => Math.abs(value) >= 0.005).map(([name, value]) => `${PARTS[name] ?? name.replaceAll("_", " ")} ${value <= 0 ? "earns" : "costs"} ${money(Math.abs(value))}`);
  const gain = schedule.cost <= 0 ? `earns ${money(-schedule.cost)}` : `costs ${money(schedule.cost)}`;
  return `It ${gain} ${schedule.currency}${parts.length ? ` (${parts.join(", ")})` : ""}, with ${number(schedule.cycles, "", 2)} cycles, from ${percent(schedule.start_soc, 1)} ± ${percent(schedule.start_sigma, 1)} % charge; ${percent(schedule.known_prices)} % of its prices were out. Worked out in ${number(schedule.duration_ms / 1000, "s", 2)} s.`;
}

const infeasible = (schedule) => [h("p", { class: "line" }, h("b", {}, `${schedule.outcome_label}. `), schedule.reason),
  schedule.way_out.length ? h("div", { class: "line" }, h("p", { class: "small muted" }, "What would have to give:"), h("ul", {}, schedule.way_out.map((words) => h("li", {}, words)))) : null];

/** The newest schedule in words. */
export function explained(schedule) {
  if (!schedule) return [h("p", { class: "empty" }, "Nothing was planned yet. Plants are planned each quarter of an hour while their charge and prices are known.")];
  const head = h("p", { class: "line small muted" }, `${schedule.horizon_label}, of ${at(schedule.as_of)}: ${at(schedule.starts_at)} on, ${schedule.steps} quarter hours. ${schedule.inputs.prices ? `Prices: ${schedule.inputs.prices}. ` : ""}${(schedule.inputs.room ?? []).join(" ")}`);
  if (schedule.outcome !== "planned") return [head, ...infeasible(schedule)].filter(Boolean);
  const told = schedule.words?.length ? [h("ul", { class: "line" }, schedule.words.map((one) => h("li", {}, one)))] : [h("p", { class: "line" }, worth(schedule)), drivers(schedule)];
  return [head, h("p", { class: "line" }, figures(schedule)), ...told, schedule.reason && h("p", { class: "line" }, h("b", {}, schedule.reason))].filter(Boolean);
}

function drivers(schedule) {
  if (!schedule.drivers.length) return h("p", { class: "line small muted" }, "No limit binds: its prices alone shape it.");
  return h("ul", {}, schedule.drivers.slice(0, MOST_DRIVERS).map((one) => driver(one, schedule)));
}

export function runRows(schedules, { chosen, choose }) {
  return schedules.slice(0, LISTED).map((one) => h("tr", { "aria-current": one.id === chosen && "true" },
    h("th", { scope: "row" }, h("button", { type: "button", class: "quiet", onclick: () => choose(one.id) }, at(one.as_of))), h("td", {}, one.horizon_label),
    h("td", {}, one.outcome_label, one.reason ? h("span", { class: "small muted reason" }, one.reason) : ""),
    h("td", { class: "number" }, known(one.cost) ? `${money(-one.cost)} ${one.currency}` : NOTHING), h("td", { class: "number" }, number(one.cycles, "", 2))));
}

/** Courses of set-points that dispatch has of the plant. */
export function courseRows(courses) {
  return courses.slice(0, LISTED).map((one) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: courseUrl(one.id) }, `${one.id}`)), h("td", { title: one.explanation }, one.title),
    h("td", {}, one.status_label, one.reason ? h("span", { class: "small muted reason" }, one.reason) : ""),
    h("td", { class: "figures" }, `${at(one.starts_at)} to ${at(one.ends_at)}`),
    h("td", { class: "small" }, one.rule ? `rule: ${one.rule}` : one.decided_by ?? NOTHING), h("td", { class: "number" }, due(one))));
}

/** The set-point that holds now. */
function due({ steps, status, ends_at: ends }) {
  if (status !== "running" || instant(ends) <= live.now()) return NOTHING;
  const held = steps.filter((step) => instant(step.at) <= live.now()).at(-1);
  return held ? kw(held.value) : NOTHING;
}
