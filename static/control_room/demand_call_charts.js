/** Charts of a call: delivered against plan, and the feeders' hours without and with it. */
import { instant, number } from "../js/format.js";

const STEP_S = 900;
const s = (text) => instant(text) / 1000;
const kw = (value) => (value === null || value === undefined ? "not known" : `${number(value, "", 1)} kW`);

/** Steps from the first stage's begin to its last quarter of an hour that is told of. */
export function liveCourse(call, now) {
  const first = s(call.starts_at), told = call.stages.flatMap((stage) => stage.progress.map((one) => s(one.at)));
  const last = Math.max(s(call.ends_at), ...told);
  const t = Array.from({ length: Math.round((last - first) / STEP_S) + 1 }, (_, i) => first + i * STEP_S);
  const runs = (stage, at) => s(stage.starts_at) <= at && at < s(stage.ends_at);
  const end = s(call.ends_at), held = (at) => (at === end ? at - 1 : at);  // the last quarter of an hour is drawn to its end
  const planned = (name) => t.map((at) => (at > end ? null : call.stages.filter((stage) => runs(stage, held(at))).reduce((all, stage) => all + stage[name], 0)));
  const of = (name) => t.map((at) => {
    const known = call.stages.flatMap((stage) => stage.progress.filter((one) => s(one.at) === at && one[name] !== null));
    return known.length ? known.reduce((all, one) => all + one[name], 0) : null;
  });
  const toEnd = (values) => values.map((value, i) => value ?? (i ? values[i - 1] : null));  // a quarter of an hour lasts until the next
  const plan = planned("kw_p50"), high = planned("kw_p90"), low = planned("kw_p10"), given = toEnd(of("delivered_kw")), asked = toEnd(of("planned_kw")), count = of("told");
  const lines = [{ values: high, colour: "var(--text)", width: 0 }, { values: low, colour: "var(--text)", width: 0 }, { values: plan, colour: "var(--text)", width: 2, dash: [6, 4] }, { values: asked, colour: "var(--line)", width: 1 }, { values: given, colour: "var(--pen)", width: 2.5 }, { values: t.map(() => 0), colour: "var(--rule)", width: 1 }];
  const words = (i) => `planned ${kw(plan[i])}, delivered ${kw(given[i])}${count[i] === null ? "" : `, ${count[i]} customers told, planned of them ${kw(asked[i])}`}`;
  return { isTold: told.length > 0, given: { t, lines, bands: [{ high: 0, low: 1, colour: "color-mix(in srgb, var(--text) 14%, transparent)" }], told: words, now: now / 1000 } };
}

export function flowCourse(verification, place, figure, now) {
  const feeder = verification.feeders[place], t = verification.starts.map(s);
  const before = feeder[`before_${figure}`], after = feeder[`after_${figure}`];
  const unit = { kw: "kW", loading_percent: "%", min_voltage_pu: "pu" }[figure], digits = { kw: 0, loading_percent: 1, min_voltage_pu: 4 }[figure];
  const told = (value) => `${number(value, "", digits)} ${unit}`;
  return { t, lines: [{ values: before, colour: "var(--text)", width: 1.5, dash: [6, 4] }, { values: after, colour: "var(--pen)", width: 2 }], bands: [], told: (i) => `without ${told(before[i])}, with ${told(after[i])}`, now: now / 1000 };
}
