/** Beside the map: the storm ahead, where crews should wait, how well it was foreseen, what it rests on. */
import { byId, h, setText } from "../js/dom.js";
import { instant, isKnown, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { chart } from "./hosting_chart.js";

const FAIL_DIGITS = 2;
const known = (value, words) => (isKnown(value) ? words(value) : "not known");
const pair = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
const course = (hourly, key) => hourly.map((one) => one[key] ?? NaN);
const ofHour = (run, hour) => when(instant(run.starts_at) + hour * 3600000, live.now());

export function drawStorm(run) {
  const { customers, hourly } = run;
  const failures = hourly.reduce((sum, one) => sum + one.failures, 0);
  const gusts = course(hourly, "gust_m_s"), strongest = gusts.reduce((best, one, n) => (one > (gusts[best] ?? -1) ? n : best), 0);
  byId("storm-figures").replaceChildren(
    ...pair("Customers who lose supply, middle", number(customers.p50, "", 0)),
    ...pair("P10 to P90", `${number(customers.p10, "", 0)} to ${number(customers.p90, "", 0)} of ${number(customers.all, "", 0)}`),
    ...pair("Failures expected", number(failures, "", FAIL_DIGITS)),
    ...pair("Strongest gust", known(hourly[strongest]?.gust_m_s, (gust) => `${number(gust, "", 1)} m/s, ${ofHour(run, strongest)}`)),
    ...pair("Crew hours expected", number(run.districts.reduce((sum, one) => sum + one.failures * one.repair_h, 0), "", 1)));
  const x = hourly.map((_, n) => n);
  const drawn = (key, name, label) => chart({ x, lines: [{ name, values: course(hourly, key) }], xWords: "hours from now", label, floor: 0 });
  byId("storm-charts").replaceChildren(
    drawn("customers", "customers expected to lose supply, by hour", "Customers by hour"),
    ...(gusts.some(Number.isFinite) ? [drawn("gust_m_s", "gust, m/s", "Gusts by hour")] : [h("p", { class: "empty" }, "No gust is known.")]));
}

export function drawCrews(staged) {
  const words = staged.reason || `On average ${number(60 * staged.response_h, "", 0)} min to a failure; spread evenly ${number(60 * staged.even_response_h, "", 0)} min. A crew is busy ${number(100 * staged.busy, "", 0)} % of the time.`;
  setText(byId("crews-text"), words);
  byId("districts").replaceChildren(...staged.districts.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, `${one.crews} ${one.crews === 1 ? "crew" : "crews"}`), h("td", {}, `${number(one.failures, "", FAIL_DIGITS)} failures`))));
}

export function drawSkill(standing) {
  const scored = standing.filter((one) => isKnown(one.brier));
  setText(byId("skill-text"), scored.length ? `Feeders and days that are over, by how far ahead they were foreseen. Skill is against the records of each feeder alone.` : "No day that was foreseen is over yet: nothing can be said.");
  byId("skill").replaceChildren(...scored.map((one) => h("tr", {}, h("th", { scope: "row" }, `up to ${one.lead_h} h`), h("td", {}, `Brier ${number(one.brier, "", 4)}`), h("td", {}, known(one.skill, (skill) => `skill ${number(skill, "", 3)}`)), h("td", {}, `${one.feeder_days} feeder days, ${one.outages} with an outage`))));
  const first = scored[0]?.bins.filter((one) => one.count) ?? [];
  byId("reliability").replaceChildren(...(first.length > 1 ? [chart({ x: first.map((one) => one.forecast), lines: [{ name: "happened", values: first.map((one) => one.observed) }, { name: "as said", values: first.map((one) => one.forecast) }], xWords: "chance that was said", label: "Reliability diagram", floor: 0, xText: (value) => number(value, "", 3), yText: (value) => number(value, "", 3) })] : []));
}

export function drawBasis(run) {
  const { issued_at, places, known_hours } = run.weather;
  const weather = issued_at ? `Weather of ${places.join(", ")}, issued ${when(instant(issued_at), live.now())}; ${known_hours} of ${run.hours} hours known.` : "No weather.";
  byId("basis").replaceChildren(...[...run.models.map((one) => one.words), weather, ...run.notes].map((words) => h("li", {}, words)));
}
