/** Reading forecasts: one series for a chart, and being told when there is something newer. */
import { api, get } from "../js/api.js";
import { config } from "../js/config.js";
import { live } from "../js/live.js";
import { STEP_S } from "./forecast_words.js";

export const LEADS_H = [6, 24, 48];
const LOOK_AGAIN_MS = 60_000;
const iso = (ms) => new Date(ms).toISOString();
export const quarter = (ms) => Math.floor(ms / 1000 / STEP_S) * STEP_S;

const orNull = (asked) => asked.catch((error) => { if (error.status === 404) return null; throw error; });

export async function forecastOf(id, { horizon = "intraday", asOf = null } = {}) {
  const query = new URLSearchParams({ horizon, ...(asOf ? { as_of: asOf } : {}) });
  return orNull(get(api(`forecasts/series/${id}/forecast?${query}`)));
}

export const actualOf = (id, fromMs, toMs, leads = LEADS_H) => get(api(`forecasts/series/${id}/actual?${new URLSearchParams({ from: iso(fromMs), to: iso(toMs), leads: leads.join(",") })}`));

/** What a chart draws: of the forecast in hours ahead, of the past in hours back. */
export function lines(actual, leads) {
  const found = [{ key: "actual", t: actual.t, kw: actual.kw }];
  for (const lead of leads) if (actual.said_before[lead]?.some(Number.isFinite)) found.push({ key: `said ${lead} h before`, t: actual.t, kw: actual.said_before[lead] });
  return found;
}

/** Calls back when something of forecasts was written down, however much it was at most once in `leastMs`; and now and then in any case. */
export function onNews(callback, leastMs = 1000) {
  let known = null, timer = null, last = 0;
  const act = () => { timer = null; last = performance.now(); callback(); };
  const soon = () => { timer ??= setTimeout(act, Math.max(150, leastMs - (performance.now() - last))); };
  const reach = (position) => {
    if (!position || position === known) return;
    if (known !== null) soon();
    known = position;
  };
  live.addEventListener("hint", ({ detail }) => detail.topic === "forecasts" && reach(detail.position));
  live.addEventListener("beat", ({ detail }) => reach(detail.positions?.forecasts));
  live.addEventListener("jump", callback);
  addEventListener("pageshow", ({ persisted }) => persisted && callback());
  if (!config.past) setInterval(() => document.hidden || callback(), LOOK_AGAIN_MS);
}
