/** Ticks of a time axis in control room time: round local times, right on days of 23 and 25 hours. */
import { day, minute, parseLocal, time, zoneOffset } from "../js/format.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const FINE = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR];
const COARSE = [2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 182 * DAY, 364 * DAY];
const two = (n) => String(n).padStart(2, "0");

/** The next day in the calendar, whatever its length. */
const nextDay = (date) => new Date(Date.parse(`${date}T12:00:00Z`) + DAY * 1000).toISOString().slice(0, 10);

function localTicks(from, to, step) {
  const ticks = [];
  const days = Math.max(1, step / DAY);
  for (let date = day(from * 1000), n = Math.floor(Date.parse(`${date}T00:00:00Z`) / 864e5); ; date = nextDay(date), n += 1) {
    if (parseLocal(`${date} 00:00`) / 1000 > to) return ticks;
    if (n % days) continue;
    for (let hour = 0; hour < 24; hour += Math.min(step / HOUR, 24)) {
      const at = parseLocal(`${date} ${two(hour)}:00`) / 1000;
      if (at >= from && at <= to) ticks.push(at);
    }
  }
}

/** Seconds since 1970, at most `most` of them. */
export function timeTicks(from, to, most) {
  const least = (to - from) / Math.max(1, most);
  const fine = FINE.find((step) => step >= least);
  if (!fine) return localTicks(from, to, COARSE.find((step) => step >= least) ?? COARSE.at(-1));
  const first = Math.ceil(from / fine);
  return Array.from({ length: Math.floor(to / fine) - first + 1 }, (_, i) => (first + i) * fine);
}

/** As exact as the ticks are near each other; where the clock is changed in between each says its offset. */
export function tickWords(ticks) {
  if (!ticks.length) return [];
  const step = (ticks[1] ?? ticks[0] + 60) - ticks[0];
  const changes = zoneOffset(ticks[0] * 1000) !== zoneOffset(ticks.at(-1) * 1000) && step < DAY;
  return ticks.map((at, i) => {
    const ms = at * 1000;
    if (step >= DAY - HOUR) return day(ms);
    const clock = step < 60 ? time(ms) : minute(ms);
    const offset = changes ? ` ${zoneOffset(ms).replace("UTC", "")}` : "";
    const isNewDay = i === 0 || day(ms) !== day(ticks[i - 1] * 1000);
    return `${clock}${offset}${isNewDay && ticks.at(-1) - ticks[0] > HOUR ? `\n${day(ms)}` : ""}`;
  });
}
