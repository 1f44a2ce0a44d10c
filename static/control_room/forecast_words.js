/** What the pages of forecasts say in words: powers in a fit unit, trust, fallbacks. */
import { age, day, instant, minute, number } from "../js/format.js";
import { live } from "../js/live.js";

export const STEP_S = 900;
const MEGA_FROM_KW = 2000;

/** Kilo or mega for everything that is shown together. */
export function scaleOf(...values) {
  const most = Math.max(0, ...values.flat(2).filter(Number.isFinite).map(Math.abs));
  return most >= MEGA_FROM_KW ? { unit: "MW", by: 1000, decimals: most >= 100_000 ? 0 : most >= 10_000 ? 1 : 2 } : { unit: "kW", by: 1, decimals: most >= 100 ? 0 : 1 };
}

export const power = (kw, scale = scaleOf(kw)) => (Number.isFinite(kw) ? `${number(kw / scale.by, scale.unit, scale.decimals)}\u2009${scale.unit}` : "–");
export const plainPower = (kw, scale) => (Number.isFinite(kw) ? number(kw / scale.by, scale.unit, scale.decimals) : "–");
export const percent = (share, decimals = 0) => (Number.isFinite(share) ? `${number(100 * share, "%", decimals)}\u2009%` : "–");

const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });
export const weekday = (ms) => WEEKDAY.format(Date.parse(`${day(ms)}T12:00:00Z`));

/** 'today 18:30', 'tomorrow 07:45', 'Thu 2026-01-08 17:00' */
export function when(at) {
  const ms = typeof at === "string" ? instant(at) : at;
  const now = live.now();
  const word = day(ms) === day(now) ? "today" : day(ms) === day(now + 864e5) ? "tomorrow" : day(ms) === day(now - 864e5) ? "yesterday" : `${weekday(ms)} ${day(ms).slice(5)}`;
  return `${word} ${minute(ms)}`;
}

const OLD_S = 3600;
/** Whether what is shown is as new as it should be. */
export function issued(issue) {
  if (!issue) return "not forecast yet";
  const seconds = (live.now() - instant(issue.as_of)) / 1000;
  return `${seconds > OLD_S ? "OLD: " : ""}issued ${when(issue.as_of)}, ${age(seconds)} ago`;
}

export const isFallback = (issue) => Boolean(issue) && issue.rung !== "full";

/** 'Reduced model: no weather since 10:15.' */
export function rungSentence(issue) {
  if (!issue) return "Nothing has been issued yet.";
  const model = issue.model ? ` ${issue.model}` : "";
  if (issue.rung === "full") return `Full model${model}.`;
  const reason = issue.reason ? `: ${issue.reason.charAt(0).toLowerCase()}${issue.reason.slice(1)}` : ".";
  return `${issue.rung_label}${reason}`;
}

/** 'a third less error' is a comparison nobody misreads: percent less or more than repeating last week. */
export function skillWord(skill) {
  if (!skill || !Number.isFinite(skill.rmae)) return "not scored yet";
  const gain = 1 - skill.rmae;
  return `${percent(Math.abs(gain))} ${gain >= 0 ? "less" : "more"} error`;
}

const MARKS = { kept: "=", narrow: "›‹", wide: "‹›", unknown: "?" };
export const heldMark = (held) => (held ? MARKS[held.verdict] : "");
/** 'of 80 %: 71 % (66 to 76), too narrow' */
export const heldSentence = (held) => (held
  ? `${percent(held.share)} of values lay in the ${percent(held.nominal)} band (95 % sure: ${number(100 * held.low, "%", 0)} to ${percent(held.high)}), ${held.days} days: ${held.verdict_label.toLowerCase()}`
  : "no day has been scored yet");

export const QUANTITY = { load: "Load", net_load: "Net load", pv: "Solar", wind: "Wind" };

/** '3 of 7, quantiles' of a training that runs; null if none does. */
export function trainingSentence(training) {
  if (!training) return "No model has been trained yet.";
  if (training.outcome === "running") {
    const far = training.total ? `: ${training.done} of ${training.total}` : "";
    return `Training${far}${training.stage ? ` ${training.stage}` : ""}`;
  }
  if (training.outcome === "failed") return `The last training failed ${when(training.ended_at ?? training.begun_at)}: ${training.reason || "no reason was given"}`;
  return `Last trained ${when(training.ended_at ?? training.begun_at)}`;
}
