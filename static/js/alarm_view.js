import { NEEDS_ACK } from "./alarm_store.js";
import { config, diagramUrl, elementUrl } from "./config.js";
import { h, svg } from "./dom.js";
import { age, instant, number, precise, when } from "./format.js";
import { live } from "./live.js";
import { deviceOf, placeOf } from "./names.js";

const SHAPES = {
  1: "M3.5 3.5h17v17h-17z",
  2: "M12 2.5 22 21H2z",
  3: "M12 21.5 2 3h20z",
  4: "M12 1.5 22.5 12 12 22.5 1.5 12z",
};
const MIDDLE = { 1: 12, 2: 14.8, 3: 9.2, 4: 12 };
const DIGIT_Y = { 1: 16, 2: 18.5, 3: 13, 4: 16 };
export const PRIORITY = { 1: "critical", 2: "high", 3: "medium", 4: "low" };
export const STATE = {
  unacknowledged: { short: "UNACK", long: "active, not acknowledged" },
  acknowledged: { short: "ACK", long: "active, acknowledged" },
  returned: { short: "RTN", long: "returned to normal, not acknowledged" },
  "latched-unack": { short: "LATCH", long: "latched, not acknowledged" },
  "latched-ack": { short: "LATCH ACK", long: "latched, acknowledged: reset it" },
  normal: { short: "NORMAL", long: "normal" },
};
/** Conditions in few words, where there is no room; all others are short already. */
const BRIEF = {
  "off-normal": "Off normal", "switch-doubtful": "Position in doubt", "area-unattended": "Area unattended", "area-silent": "Area not estimated", "clock-wrong": "Clock wrong", "weather-late": "Weather late",
  "task-failed": "Task failed", "disk-short": "Disk short", canary: "Alarm canary", "comm-fail": "Link failed",
};
export const brief = (alarm) => BRIEF[alarm.condition] ?? alarm.condition_label ?? alarm.message;
const LOCK = "M15 18v-2.2a3 3 0 0 1 6 0V18h1.2v7.5h-8.4V18z";

/** Priority by colour, shape and digit; state by filling: ringed and blinking, filled, outline. */
export function symbol(priority, state) {
  const middle = MIDDLE[priority];
  const halo = svg("path", { d: SHAPES[priority], class: "alarm-halo", transform: `translate(12 ${middle}) scale(1.45) translate(-12 -${middle})` });
  const digit = svg("text", { x: 12, y: DIGIT_Y[priority] }, String(priority));
  const label = state === "none" ? `Priority ${priority}` : `Priority ${priority} ${PRIORITY[priority]}, ${STATE[state].long}`;
  return svg("svg", {
    class: `alarm-symbol alarm-p${priority}`, viewBox: "-3 -3 30 30", role: "img", "aria-label": label, "data-state": state,
  }, halo, svg("path", { d: SHAPES[priority] }), digit, ...(state.startsWith("latched") ? [svg("path", { d: LOCK, class: "alarm-lock" })] : []));
}

/** All symbols blink in step, whenever they were drawn. */
export function inPhase(element) {
  element.style.setProperty("--phase", `-${Math.round(performance.now() % 1000)}ms`);
  return element;
}

const quality = (alarm) => (alarm.quality_good === false ? " ?" : "");
const none = (value) => value === null || value === undefined;
const LONG_UNIT = 4;  // letters; a longer one stands in the message already
const measured = (value, unit, short = true) => (none(value) ? [] : [number(value, unit), short && unit.length > LONG_UNIT ? "" : h("span", { class: "unit" }, unit)]);
const position = (closed) => (closed ? "closed" : "open");

/** What is, and what it should be: a limit, the position a switch belongs in, or what all other meters say. */
export function compared(alarm, { short = true } = {}) {
  const { condition, value, limit, unit } = alarm;
  if (condition === "off-normal" && !none(value)) return { value: [position(value > 0.5)], word: "normally", limit: [position(value <= 0.5)] };
  if (condition === "estimation-failed") return { value: [], word: "", limit: [] };
  return { value: measured(value, unit, short), word: condition === "bad-data" ? "estimate" : "limit", limit: measured(limit, unit, short) };
}

export function cells(alarm) {
  const raised = instant(alarm.raised_at);
  const since = alarm.state === "returned" ? `, returned ${precise(instant(alarm.returned_at))}` : "";
  const by = alarm.acknowledged_by ? `acknowledged by ${alarm.acknowledged_by} ${precise(instant(alarm.acknowledged_at))}` : null;
  const own = { title: alarm.path || alarm.equipment_name };
  const name = alarm.equipment_mrid
    ? h("a", { ...own, href: elementUrl(alarm.equipment_mrid), tabindex: "-1" }, deviceOf(alarm.equipment_name))
    : h("span", own, alarm.equipment_name);
  const { value, word, limit } = compared(alarm);
  return {
    symbol: inPhase(symbol(alarm.priority, alarm.state)),
    time: h("time", { datetime: alarm.raised_at, title: `raised ${precise(raised)}${since}` }, when(raised, live.now())),
    age: h("span", { "data-since": raised }, age((live.now() - raised) / 1000)),
    name,
    path: h("span", { title: alarm.path }, placeOf(alarm.path, alarm.equipment_name)),
    message: h("span", { title: alarm.message }, brief(alarm)),
    value: value.concat(quality(alarm)),
    limit: limit.length ? [h("span", { class: "small" }, `${word} `), ...limit] : [],
    state: h("span", { class: "alarm-state", title: [STATE[alarm.state].long, by, alarm.is_chattering && "chattering: it stands until it has rested for a minute"].filter(Boolean).join(", ") },
      alarm.is_chattering ? "CHATTER" : STATE[alarm.state].short),
    by: alarm.acknowledged_by ?? "",
    count: h("span", { title: `occurrence ${alarm.occurrence}` }, `×${alarm.occurrence}`),
  };
}

/** To the one-line diagram of what stands in a place; of a line between places, to that of one of its ends. */
export function diagramLink(alarm) {
  if (!alarm.equipment_mrid) return "";
  const glyph = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: "M2 3.5h16M10 3.5V7M10 13v4" }), svg("path", { class: "solid", d: "M7 7h6v6H7z" }));
  return h("a", { class: "diagram-link", href: diagramUrl(alarm.equipment_mrid), tabindex: "-1", title: "Show in the one-line diagram", "aria-label": `One-line diagram of ${alarm.equipment_name}`, onclick: (event) => event.stopPropagation() }, glyph);
}

export function acknowledgeButton(alarm, onAcknowledge) {
  if (!config.mayAcknowledge || !NEEDS_ACK.has(alarm.state)) return "";
  const label = `Ack: acknowledge ${alarm.equipment_name}, ${alarm.message}`;
  const press = (event) => { event.stopPropagation(); onAcknowledge(alarm); };
  return h("button", { type: "button", tabindex: "-1", "aria-label": label, onclick: press }, "Ack");
}

/** Ages run on without a redraw of the rows. */
export function refreshAges(root) {
  const now = live.now();
  for (const element of root.querySelectorAll("[data-since]")) {
    const text = age((now - Number(element.dataset.since)) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}

export const fingerprint = (alarm) => `${alarm.id}.${alarm.occurrence}.${alarm.state}.${alarm.value}.${alarm.quality_good}.${alarm.message}.${alarm.priority}.${alarm.is_chattering}.${alarm.version}`;
