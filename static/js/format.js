import { config } from "./config.js";

const zone = config.timeZone;
const part = (options) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, hourCycle: "h23", ...options });
const TIME = part({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MINUTE = part({ hour: "2-digit", minute: "2-digit" });
const DAY = part({ year: "numeric", month: "2-digit", day: "2-digit" });
const MILLI = part({ hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const ZONE = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" });
const OFFSET = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" });

const zonePart = (format, ms) => format.formatToParts(ms).find((p) => p.type === "timeZoneName")?.value ?? "";
export const isKnown = (value) => value !== null && value !== undefined;
export const time = (ms) => TIME.format(ms);
export const minute = (ms) => MINUTE.format(ms);
export const day = (ms) => DAY.format(ms);
export const zoneName = (ms) => zonePart(ZONE, ms);
export const zoneOffset = (ms) => zonePart(OFFSET, ms).replace("GMT", "UTC");
export const stamp = (ms) => `${day(ms)} ${MILLI.format(ms).replace(",", ".")}`;
export const precise = (ms) => `${day(ms)} ${MILLI.format(ms).replace(",", ".")} ${zoneName(ms)} (${zoneOffset(ms)})`;
export const when = (ms, now) => (day(ms) === day(now) ? time(ms) : `${day(ms).slice(5)} ${minute(ms)}`);
export const instant = (text) => (text ? Date.parse(text) : null);

/** Control room time as it is written, to an instant; null if it is none. */
export function parseLocal(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/.exec(text.trim());
  if (!found) return null;
  const [, year, month, date, hour, minute, second = "00"] = found;
  const naive = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  if (!Number.isFinite(naive)) return null;
  const shifted = (ms) => naive - (Date.parse(`${day(ms)}T${time(ms)}Z`) - ms);
  const once = shifted(naive);
  return shifted(once);
}

/** What a form asks for in control room time, as the API takes it; what is no time goes as it is, and is refused there. */
export function asInstant(text) {
  const ms = parseLocal(text);
  return ms === null ? text : new Date(ms).toISOString();
}

/** How long something has lasted, in at most two parts. */
export function age(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const s = Math.max(0, Math.round(seconds));
  if (s < 100) return `${s} s`;
  if (s < 6000) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`;
  return `${Math.round(s / 86400)} d`;
}

const DECIMALS = { pu: 3, kV: 2, MW: 2, Mvar: 2, MVA: 2, kW: 1, kvar: 1, kVA: 1, A: 1, "%": 1, customers: 0, "": 0 };
const formats = new Map();

function plain(value, decimals) {
  if (!formats.has(decimals)) {
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: "min2" };
    formats.set(decimals, new Intl.NumberFormat("en-GB", options));
  }
  return formats.get(decimals).format(value).replaceAll(",", "\u202f").replace("-", "\u2212");
}

/** The number alone, in the decimals of its unit, so that columns line up. */
export function number(value, unit = "", decimals = DECIMALS[unit] ?? 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const shown = plain(value, unit === "" && decimals === 0 && !Number.isInteger(value) ? 3 : decimals);
  return /^\u2212[0.]+$/.test(shown) ? shown.slice(1) : shown;
}

export const withUnit = (value, unit) => (unit ? `${number(value, unit)}\u2009${unit}` : number(value, unit));

/** A word out of a code: 'active_power' -> 'Active power'. */
export const words = (code) => {
  const text = String(code ?? "").replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};
