/** How incidents are told on every page of theirs. */
import { h } from "../js/dom.js";
import { age, instant, minute, number, when } from "../js/format.js";

export const incidentUrl = (id) => `/incidents/${encodeURIComponent(id)}/`;
export const count = (value) => number(value ?? null, "customers");
export const percent = (share) => (share === null || share === undefined ? "–" : share > 0 && share < 0.01 ? "< 1 %" : `${number(100 * share, "%", 0)} %`);
export const cell = (text, attributes = {}) => h("td", { class: "number", ...attributes }, text);
export const nameLink = (one) => h("a", { href: incidentUrl(one.number) }, h("b", {}, one.number), ` ${one.place || one.feeder_name}`);
export const openCrews = (one) => one.crews.filter((crew) => !crew.ended_at);
export const chip = (one) => h("span", { class: "phase", "data-status": one.status }, one.status_label);

/** How long supply was, or has been, away. */
export function lasts(one, now) {
  return age(((instant(one.restored_at) ?? now) - instant(one.began_at)) / 1000);
}

/** The band, and what it is worth when it has passed. */
export function back(one, now) {
  if (one.restored_at) return `all since ${when(instant(one.restored_at), now)}`;
  const told = one.estimate;
  if (!told) return "not estimated yet";
  const [early, likely, late] = [told.earliest_at, told.likely_at, told.latest_at].map(instant);
  if (late < now) return `overdue since ${when(late, now)}`;
  return `${short(early, now)} to ${short(late, now)}, likely ${short(likely, now)}`;
}

/** To the minute: no estimate knows the second. */
export const short = (ms, now) => when(ms, now).replace(/^(\d\d:\d\d):\d\d$/, "$1") || minute(ms);

/** Four steps of likelihood, as the map draws them. */
export function likelihoodStep(probability) {
  if (probability >= 0.5) return 4;
  if (probability >= 0.2) return 3;
  return probability >= 0.05 ? 2 : 1;
}

const drawn = new Map();
/** Only what differs is drawn anew: nobody loses the button under the fingers because time went on. */
export function differs(name, value) {
  const print = JSON.stringify(value);
  if (drawn.get(name) === print) return false;
  drawn.set(name, print);
  return true;
}

/** One look at a time: what is asked for meanwhile is one more look after it, so that many hints never starve the page. */
export function oneAtATime(look) {
  let running = null, again = false;
  const run = async () => {
    do {
      again = false;
      await look();
    } while (again);
    running = null;
  };
  return () => {
    if (running) again = true;
    return running ??= run();
  };
}
