/** What the desk goes for, what it said and what came of that: beside the charts of the voltage desk. */
import { h } from "../js/dom.js";
import { instant, number, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { amount, proposalUrl } from "./remedy_card.js";
import { courseCharts } from "./voltage_steps.js";

const share = (value) => (value === null || value === undefined ? "–" : `${number(100 * value, "%", 0)} %`);
const seconds = (ms) => `${number(ms / 1000, "s", 1)} s`;
export const GOES_FOR = { violations: "limits", loss: "losses", cvr: "conservation", flat: "a flat profile" };
const STALE_PLAN_MS = 12 * 60_000;

export function aim({ setting, autonomy }) {
  const by = setting.set_by ? `${setting.set_by}, ${when(instant(setting.set_at), live.now())}: ${setting.reason}` : "Nobody has set it: this is how every feeder begins.";
  const rule = autonomy
    ? [h("p", {}, h("b", {}, autonomy.mode_label), h("span", { class: "small muted" }, autonomy.feeder_name ? "" : " (the rule for all feeders without one of their own)")),
      autonomy.mode === "automatic" && h("p", { class: "small" }, `At most ${autonomy.max_operations_per_day} operations a day, ${autonomy.operations_today} today; ${number(autonomy.max_kw, "kW", 0)} kW; sure by ${share(autonomy.least_confidence)}; ${autonomy.from_hour} to ${autonomy.to_hour} h.`),
      h("p", { class: "small muted" }, `${autonomy.set_by}, ${when(instant(autonomy.set_at), live.now())}: ${autonomy.reason}`)]
    : [h("p", {}, h("b", {}, "Advise: a person approves"), h("span", { class: "small muted" }, " (no rule is set)"))];
  return [h("p", {}, "Limits first. ", h("b", {}, setting.objective_label), setting.objective === "flat" && ` (${number(setting.flat_pu, "pu")} pu)`),
    h("p", { class: "small muted" }, `At most ${setting.most_operations_per_day} operations of each device a day. ${by}`), ...rule].filter(Boolean);
}

function receipt(told, unit) {
  if (!told) return "";
  if (told.outcome === "due") return `; receipt due at ${time(instant(told.due_at))}`;
  if (told.outcome === "void") return `; receipt void: ${told.reason}`;
  return `; promised ${amount(told.expected, unit)}, came ${amount(told.realised, unit)}, ${told.is_inside ? "inside" : "outside"} the band`;
}

const proposal = (one) => h("li", { class: "line" }, h("a", { href: proposalUrl(one.id) }, one.title),
  h("p", { class: "small muted" }, `${when(instant(one.created_at), live.now())}, ${one.troubles.join("; ")}. ${one.status_label}${one.reason ? `: ${one.reason}` : ""}${one.value_before === null ? "" : `. ${amount(one.value_before, one.unit)} → ${amount(one.value_after, one.unit)}`}${receipt(one.receipt, one.unit)}`));

export function proposals({ proposals: rows, record }) {
  const worth = record.count ? `Its receipts of 90 days: ${number(record.count, "", 0)}, ${share(record.hit_rate)} kept what they promised, ${share(record.share_inside)} inside the stated band, reliability ${number(record.reliability, "", 2)}.` : "0 receipts are scored yet: it ranks as a newcomer.";
  return [h("p", { class: "line small" }, worth), rows.length ? h("ul", {}, rows.map(proposal)) : h("p", { class: "empty" }, "0 proposals for this feeder or its devices.")];
}

const planLine = (one) => h("li", { class: "line" }, h("p", {}, h("b", {}, when(instant(one.as_of), live.now())), ` ${one.finding}`),
  h("p", { class: "small muted" }, `${one.moves.length} ${one.moves.length === 1 ? "move" : "moves"} now, for ${GOES_FOR[one.objective]}; ${one.figures.steps ?? 0} steps in ${seconds(one.duration_ms)}`));

function lastRun(run) {
  if (!run) return h("p", { class: "line small" }, "The desks have not looked yet.");
  const going = run.outcome === "running" || run.outcome === "queued";
  const took = run.duration_ms === null ? "" : ` In ${seconds(run.duration_ms)}.`;
  return h("p", { class: "line small" }, going ? `The desks are looking: ${run.stage || "waiting for a worker"}, ${Math.round(100 * run.progress)} %` : `All desks, ${when(instant(run.as_of), live.now())} (${run.trigger_label.toLowerCase()}): ${run.text}${took}`);
}

export const runs = ({ run, plans }) => [lastRun(run), plans.length ? h("ul", {}, plans.map(planLine)) : h("p", { class: "empty" }, "0 plans. A feeder is planned while a voltage is beyond its limit, while an aim is set, or when somebody asks.")];

function sums({ before, after, hours }) {
  const rows = [["Voltages beyond limits, nodes × steps", "violations", 0, ""], ["Losses", "loss_kwh", 1, "kWh"], ["Drawn from above", "drawn_kwh", 0, "kWh"], ["Operations", "operations", 0, ""]];
  return h("p", { class: "sums small" }, h("span", { class: "muted" }, `Whole network, ${number(hours, "h", 2)} h:`), rows.map(([name, field, decimals, unit]) => h("span", {}, `${name} `, h("b", {}, `${number(before[field], unit, decimals)} → ${number(after[field], unit, decimals)} ${unit}`))));
}

export function plan({ plan: told, profile }) {
  if (!told) return [h("p", { class: "empty" }, "There is no plan of this feeder yet.")];
  const limits = [...new Set([...profile.low_pu, ...profile.high_pu].filter((_, n) => profile.is_own[n % profile.is_own.length]))];
  const list = told.moves.length ? h("ol", { class: "moves" }, told.moves.map((words) => h("li", {}, words))) : null;
  return [h("p", {}, h("b", {}, told.moves.length ? `${told.moves.length} ${told.moves.length === 1 ? "move" : "moves"} now. ` : "Nothing is to be moved now. "), told.finding), list, told.figures.before && sums(told.figures),
    h("p", { class: "small muted" }, `${told.expected_from.startsWith("Only") ? told.expected_from : `The steps ahead are those of ${told.expected_from}.`}`), ...courseCharts(told.course, limits)].filter(Boolean);
}

export function planFacts({ plan: told }) {
  if (!told) return "";
  const at = instant(told.as_of), old = live.now() - at > STALE_PLAN_MS;
  return `${old ? "OLD: " : ""}${when(at, live.now())}, in ${seconds(told.duration_ms)}${told.figures.gap === null || told.figures.gap === undefined || told.objective === "violations" ? "" : `, at most ${number(100 * Math.max(told.figures.gap, 0), "%", 2)} % above the bound`}`;
}
