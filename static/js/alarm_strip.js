import { NEEDS_ACK, alarms } from "./alarm_store.js";
import { acknowledgeButton, cells, diagramLink, fingerprint, inPhase, refreshAges, symbol } from "./alarm_view.js";
import { diagramUrl, elementUrl } from "./config.js";
import { byId, h, say, setText } from "./dom.js";
import { time } from "./format.js";

const SHOWN = 60;  // the rest is counted and stands in the alarm list
const selection = new EventTarget();
let selected = null;  // "<id>": the choice stays on its alarm however the list is re-sorted
let rows = [];

export const selectedAlarm = () => alarms.find(selected);
export const onSelect = (listener) => selection.addEventListener("change", listener);

export function select(id, { scroll = true } = {}) {
  selected = id;
  for (const row of document.querySelectorAll("[data-alarm]")) {
    const chosen = Number(row.dataset.alarm) === id;
    row.setAttribute("aria-selected", String(chosen));
    if (chosen && scroll) row.scrollIntoView({ block: "nearest" });
    if (chosen) byId("alarm-rows").setAttribute("aria-activedescendant", `strip-${id}`);
  }
  selection.dispatchEvent(new Event("change"));
}

/** Step through the alarms in their order of urgency. */
export function step(direction = 1) {
  if (!rows.length) return say("There is no alarm.");
  const at = rows.findIndex((alarm) => alarm.id === selected);
  const next = at < 0 ? 0 : (at + direction + rows.length) % rows.length;
  return select(rows[next].id);
}

export async function acknowledge(alarm = selectedAlarm()) {
  if (!alarm) return say("Select an alarm first: n selects the next one.");
  if (!NEEDS_ACK.has(alarm.state)) return say(`${alarm.equipment_name} is acknowledged already, by ${alarm.acknowledged_by}.`);
  const at = rows.findIndex((row) => row.id === alarm.id);
  const follower = rows.slice(at + 1).concat(rows.slice(0, Math.max(0, at))).find((row) => NEEDS_ACK.has(row.state));
  try {
    await alarms.acknowledge(alarm);
    say(`Acknowledged: ${alarm.equipment_name}, ${alarm.message}`);
    if (follower && (selected === alarm.id || selected === null)) select(follower.id);
  } catch (error) {
    say(`Not acknowledged: ${error.message}`);
  }
  return null;
}

export function open(alarm = selectedAlarm()) {
  if (alarm?.equipment_mrid) location.assign(elementUrl(alarm.equipment_mrid));
}

export function openDiagram(alarm = selectedAlarm()) {
  if (alarm?.equipment_mrid) location.assign(diagramUrl(alarm.equipment_mrid));
  else say(alarm ? `${alarm.equipment_name} stands in no diagram.` : "Select an alarm first: n selects the next one.");
}

function draw(alarm) {
  const c = cells(alarm);
  const cell = (content, kind = "") => h("span", { role: "gridcell", class: kind }, content);
  return h("div", {
    class: "alarm-row", role: "row", id: `strip-${alarm.id}`, "data-alarm": alarm.id, "data-state": alarm.state,
    "data-print": fingerprint(alarm), "aria-selected": String(alarm.id === selected), title: alarm.message,
    onclick: () => select(alarm.id, { scroll: false }), ondblclick: () => open(alarm),
  }, cell(c.symbol, "alarm-sign"), cell(c.time), cell(c.age, "number"), cell(c.name), cell(c.message),
  cell(c.value, "number"), cell(c.limit, "number alarm-limit"), cell(c.state), cell(diagramLink(alarm), "alarm-diagram"), cell(acknowledgeButton(alarm, acknowledge), "alarm-act"));
}

const note = (attributes, text) => h("div", { role: "row", class: "empty" }, h("span", { role: "gridcell", ...attributes }, text));

function redraw() {
  const box = byId("alarm-rows");
  rows = alarms.sorted();
  if (!alarms.find(selected)) selected = null;
  selected ??= (rows.find((alarm) => NEEDS_ACK.has(alarm.state)) ?? rows[0])?.id ?? null;
  const old = new Map([...box.querySelectorAll(".alarm-row")].map((row) => [row.dataset.print, row]));
  const next = rows.slice(0, SHOWN).map((alarm) => old.get(fingerprint(alarm)) ?? draw(alarm));
  for (const row of next) row.setAttribute("aria-selected", String(Number(row.dataset.alarm) === selected));
  if (rows.length > SHOWN) next.push(note({}, `${rows.length - SHOWN} more in the alarm list`));
  box.replaceChildren(...next);
  if (!rows.length) box.append(note({ id: "strip-empty" }, ""));
  summarise();
}

function summarise() {
  const open = rows.filter((alarm) => NEEDS_ACK.has(alarm.state)).length;
  setText(byId("strip-summary"), alarms.position === null && !rows.length ? "loading" : `${open} to acknowledge, ${rows.length} in all`);
  const counts = alarms.counts();
  byId("alarm-counts").replaceChildren(...[1, 2, 3, 4].map((priority) => {
    const { all, state } = counts[priority];
    return h("span", { "data-count": all }, inPhase(symbol(priority, state)), String(all));
  }));
  setText(byId("alarm-counts-foot"), `${open} to acknowledge`);
  checked();
}

function checked() {
  const at = alarms.checkedAt ? time(alarms.checkedAt) : "–";
  setText(byId("strip-check"), alarms.fault ? `alarm list not current: ${alarms.fault}` : `last check ${at}`);
  setText(byId("strip-empty"), `0 active, last check ${at}`);
}

export function startStrip() {
  alarms.addEventListener("change", redraw);
  alarms.addEventListener("checked", checked);
  byId("next-alarm").addEventListener("click", () => step());
  byId("acknowledge")?.addEventListener("click", () => acknowledge());
  byId("alarm-rows").addEventListener("keydown", (event) => {
    const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    step(direction);
  });
  setInterval(() => refreshAges(byId("alarm-rows")), 1000);
}
