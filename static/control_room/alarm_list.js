import { alarms } from "../js/alarm_store.js";
import { acknowledge, onSelect, open, select, selectedAlarm } from "../js/alarm_strip.js";
import { STATE, acknowledgeButton, cells, fingerprint, refreshAges, symbol } from "../js/alarm_view.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, time } from "../js/format.js";
import { placeOf } from "../js/names.js";
import { startDetail } from "./alarm_detail.js";
import { startJournal } from "./journal.js";

const RANK = { unacknowledged: 0, returned: 1, acknowledged: 2 };
const text = (key) => (a, b) => String(a[key]).localeCompare(String(b[key]), "en", { numeric: true });
const numeric = (key) => (a, b) => (a[key] ?? -Infinity) - (b[key] ?? -Infinity);
const COLUMNS = [
  { name: "Priority", order: numeric("priority") },
  { name: "Raised", order: (a, b) => instant(a.raised_at) - instant(b.raised_at) },
  { name: "Age", numeric: true, order: (a, b) => instant(b.raised_at) - instant(a.raised_at) },
  { name: "Equipment", order: text("equipment_name") },
  { name: "Area", kind: "area", order: text("path") },
  { name: "Condition", order: text("message") },
  { name: "Value", numeric: true, order: numeric("value") },
  { name: "Limit", numeric: true, order: numeric("limit") },
  { name: "State", order: (a, b) => RANK[a.state] - RANK[b.state] },
  { name: "By", kind: "by", order: text("acknowledged_by") },
  { name: "Count", kind: "count", numeric: true, order: numeric("occurrence") },
];
const shown = { priorities: new Set([1, 2, 3, 4]), states: new Set(Object.keys(STATE)), area: "", words: [] };
let sorting = null;  // {column, down}; without it the most urgent come first

const areaOf = (alarm) => placeOf(alarm.path, alarm.equipment_name) || "–";
const haystack = (alarm) => `${alarm.equipment_name} ${alarm.path} ${alarm.message} ${alarm.condition_label} ${alarm.acknowledged_by}`.toLowerCase();

function matches(alarm) {
  return shown.priorities.has(alarm.priority) && shown.states.has(alarm.state) && (!shown.area || areaOf(alarm) === shown.area)
    && shown.words.every((word) => haystack(alarm).includes(word));
}

function rows() {
  const found = alarms.sorted().filter(matches);
  if (!sorting) return found;
  const { order } = COLUMNS[sorting.column];
  return found.sort((a, b) => (sorting.down ? -order(a, b) : order(a, b)));
}

function draw(alarm) {
  const c = cells(alarm);
  return h("tr", {
    id: `list-${alarm.id}`, "data-alarm": alarm.id, "data-state": alarm.state, "data-print": fingerprint(alarm), "aria-selected": "false",
    onclick: () => select(alarm.id, { scroll: false }), ondblclick: () => open(alarm),
  }, h("td", {}, c.symbol), h("td", {}, c.time), h("td", { class: "number" }, c.age), h("td", {}, c.name), h("td", { class: "muted area" }, c.path),
  h("td", { class: "wrap message" }, h("span", { title: alarm.message }, alarm.message)), h("td", { class: "number" }, c.value), h("td", { class: "number muted" }, c.limit), h("td", {}, c.state),
  h("td", { class: "muted by" }, c.by), h("td", { class: "number muted count" }, c.count), h("td", { class: "number" }, acknowledgeButton(alarm, acknowledge)));
}

function redraw() {
  const found = rows();
  const body = byId("list");
  const old = new Map([...body.children].map((row) => [row.dataset.print, row]));
  body.replaceChildren(...found.map((alarm) => old.get(fingerprint(alarm)) ?? draw(alarm)));
  setText(byId("list-count"), `${found.length} of ${alarms.alarms.size} shown`);
  mark();
  empty(found.length);
  areas();
}

function mark() {
  const id = selectedAlarm()?.id;
  for (const row of byId("list").children) row.setAttribute("aria-selected", String(Number(row.dataset.alarm) === id));
}

function empty(count) {
  byId("list-empty").hidden = count > 0;
  const at = alarms.checkedAt ? time(alarms.checkedAt) : "–";
  const why = alarms.alarms.size ? "0 match the filters" : "0 active";
  setText(byId("list-empty"), `${why}, last check ${at}`);
}

function areas() {
  const names = [...new Set([...alarms.alarms.values()].map(areaOf))].sort();
  const box = byId("filter-area");
  if (names.join() === box.dataset.names) return;
  box.dataset.names = names.join();
  box.replaceChildren(h("option", { value: "" }, "All areas"), ...names.map((name) => h("option", { value: name, selected: name === shown.area }, name)));
}

function sortBy(column) {
  if (sorting?.column !== column) sorting = { column, down: false };
  else sorting = sorting.down ? null : { column, down: true };
  head();
  redraw();
}

function head() {
  byId("list-head").replaceChildren(...COLUMNS.map(({ name, numeric: right, kind }, column) => h("th", {
    scope: "col", class: [right && "number", kind].filter(Boolean).join(" "),
    "aria-sort": sorting?.column === column ? (sorting.down ? "descending" : "ascending") : null,
  }, h("button", { type: "button", onclick: () => sortBy(column) }, name))), h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Acknowledge")));
}

function toggle(set, value, content, label) {
  const press = ({ currentTarget }) => {
    if (!set.delete(value)) set.add(value);
    currentTarget.setAttribute("aria-pressed", String(set.has(value)));
    redraw();
  };
  return h("button", { type: "button", "aria-pressed": "true", "aria-label": label, onclick: press }, content);
}

byId("filter-priority").replaceChildren(...[1, 2, 3, 4].map((p) => toggle(shown.priorities, p, symbol(p, "none"), `Priority ${p}`)));
byId("filter-state").replaceChildren(...Object.entries(STATE).map(([state, { short, long }]) => toggle(shown.states, state, short, `${short}: ${long}`)));
byId("filter-area").addEventListener("change", ({ target }) => { shown.area = target.value; redraw(); });
byId("filter-text").addEventListener("input", ({ target }) => { shown.words = target.value.toLowerCase().split(/\s+/).filter(Boolean); redraw(); });
alarms.addEventListener("change", redraw);
alarms.addEventListener("checked", () => empty(byId("list").children.length));
onSelect(mark);
setInterval(() => refreshAges(byId("list")), 1000);
head();
if (alarms.position !== null) redraw();
startDetail();
startJournal();
