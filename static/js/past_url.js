/** The instant of a page in the past, carried along in every address that can show it. */
import { config } from "./config.js";

const SHOWS_PAST = /^\/(?:$|(?:alarms|elements|diagrams|security|trends|events|performance|forecasts|prices|courses|demand(?=\/$|\/calls)|renewables(?=\/$)|storage\/studio|demand\/evaluation)\/)/;
let moved = null;

export const pastAt = () => moved ?? (config?.past ? Date.parse(config.past.at) : null);
export const moveTo = (ms) => { moved = ms; };
export const showsPast = (path) => SHOWS_PAST.test(path);

/** The address at an instant; null for the present. */
export function atInstant(address, ms) {
  const url = new URL(address, location.href);
  if (ms === null) url.searchParams.delete("at");
  else url.searchParams.set("at", new Date(ms).toISOString());
  return url.pathname + url.search + url.hash;
}

/** Whoever looks at the past stays there, as far as the next page has a past. */
export function keepPast(address) {
  if (!config?.past) return address;
  const { origin, pathname } = new URL(address, location.href);
  return origin === location.origin && showsPast(pathname) ? atInstant(address, pastAt()) : address;
}
