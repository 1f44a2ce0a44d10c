import { alarms, isQuiet } from "../js/alarm_store.js";
import { acknowledge, onSelect, open, select, selectedAlarm } from "../js/alarm_strip.js";
import { STATE, acknowledgeButton, cells, fingerprint, refreshAges, symbol } from "../js/alarm_view.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, time } from "../js/format.js";
import { deviceOf, placeOf } from "../js/names.js";
import { quietness, startActs } from "./alarm_acts.js";
import { responsible, startAreas } from "./alarm_areas.js";
import { startDetail } from "./alarm_detail.js";
import { startJournal } from "./journal.js";

const RANK = { unacknowledged: 0, returned: 1, "latched-unack": 2, acknowledged: 3, "latched-ack": 4, normal: 5 };
const STATES = ["unacknowledged", "acknowledged", "returned", "latched-unack", "latched-ack"];
const TABS = { active: "Active", shelved: "Shelved", "by-design": "Suppressed", "out-of-service": "Out of service" };
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
const shown = { priorities: new Set([1, 2, 3, 4]), states: new Set([...STATES, "normal"]), area: "", words: [], tab: "active", grouped: true };
const opened = new Set();  // groups whose consequences are shown
let drawn = [];
const MOST_ROWS = 400;  // more are never read; filters and groups lead to the rest
let sorting = null;  // {column, down}; without it the most urgent come first

const areaOf = (alarm) => placeOf(alarm.path, alarm.equipment_name) || "–";
const haystack = (alarm) => `${alarm.equipment_name} ${alarm.path} ${alarm.message} ${alarm.condition_label} ${alarm.acknowledged_by}`.toLowerCase();

function matches(alarm) {
  return shown.priorities.has(alarm.priority) && shown.states.has(alarm.state) && (!shown.area || areaOf(alarm) === shown.area)
    && shown.words.every((word) => haystack(alarm).includes(word));
}

const inTab = (tab) => (tab === "active" ? alarms.sorted()
  : [...alarms.quiet.values()].filter((alarm) => alarm.suppression === tab || (tab === "out-of-service" && alarm.work_order)));

function rows() {
  const found = inTab(shown.tab).filter((alarm) => matches(alarm) && responsible(alarm));
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
  h("td", { class: "muted by" }, isQuiet(alarm) ? h("span", { title: quietness(alarm) }, quietness(alarm)) : c.by), h("td", { class: "number muted count" }, c.count), h("td", { class: "number" }, acknowledgeButton(alarm, acknowledge)));
}

/** One row for a cause and all that follows from it. What is urgent shows even while the group is closed. */
function head_of(group, members, first) {
  const open_ = opened.has(group.key);
  const press = (event) => {
    event.stopPropagation();
    if (!opened.delete(group.key)) opened.add(group.key);
    redraw();
  };
  const worst = Math.min(...members.map((alarm) => alarm.priority));
  const counts = [1, 2, 3, 4].map((p) => [p, members.filter((alarm) => alarm.priority === p).length]).filter(([, n]) => n);
  const waiting = members.filter((alarm) => alarm.state === "unacknowledged").length;
  const quiet = group.quiet ? `, ${group.quiet} kept quiet` : "";
  const title = group.kind === "alarm" && group.root_stands ? `${members.length - 1} follow from it` : group.title;
  return h("tr", { class: "group", "data-group": group.key, "data-print": `g${group.key}${open_}${members.length}${waiting}${quiet}${first.id}${worst}` },
    h("td", {}, symbol(worst, waiting ? "unacknowledged" : "acknowledged")),
    h("td", { colspan: "11" }, h("button", { type: "button", class: "quiet", "aria-expanded": String(open_), onclick: press }, open_ ? "▾" : "▸", ` ${members.length} alarms`),
      h("strong", {}, title), h("span", { class: "muted small" }, `${counts.map(([p, n]) => `P${p} ${n}`).join("  ")}, ${waiting} to acknowledge${quiet}. First out: ${deviceOf(first.equipment_name)}, ${first.condition_label}`)));
}

function grouped(found) {
  const present = new Map(found.map((alarm) => [alarm.id, alarm]));
  const result = [];
  for (const group of alarms.groups) {
    const members = group.alarms.map((id) => present.get(id)).filter(Boolean);
    members.forEach((alarm) => present.delete(alarm.id));
    if (members.length === 1 && !group.quiet) result.push([members[0].id, draw, members[0]]);
    else if (members.length) {
      const urgent = new Set(group.urgent);
      const first = alarms.find(group.first_out) ?? members[0];
      result.push([group.key, () => head_of(group, members, first)]);
      const kept = members.filter((alarm) => opened.has(group.key) || urgent.has(alarm.id) || alarm.id === group.root);
      kept.forEach((alarm) => result.push([alarm.id, draw, alarm]));
    }
  }
  return [...[...present.values()].map((alarm) => [alarm.id, draw, alarm]), ...result];  // newer than the groups: on top
}

const isGrouped = () => shown.grouped && shown.tab === "active" && !sorting;

function redraw() {
  const found = rows();
  const body = byId("list");
  const old = new Map([...body.children].map((row) => [row.dataset.print, row]));
  drawn = isGrouped() ? grouped(found) : found.map((alarm) => [alarm.id, draw, alarm]);
  const most = drawn.slice(0, MOST_ROWS);
  body.replaceChildren(...most.map(([, make, alarm]) => (alarm ? old.get(fingerprint(alarm)) ?? make(alarm) : make())));
  const cut = drawn.length > MOST_ROWS ? `, the first ${MOST_ROWS}` : "";
  setText(byId("list-count"), `${found.length} of ${inTab(shown.tab).length} shown${cut}`);
  byId("list-flood").hidden = !alarms.flooded;
  tabs();
  mark();
  empty(found.length);
  areas();
}

function tabs() {
  for (const button of byId("filter-tab").children) {
    setText(button, `${TABS[button.value]} ${inTab(button.value).length}`);
    button.setAttribute("aria-pressed", String(button.value === shown.tab));
  }
}

function mark() {
  const id = selectedAlarm()?.id;
  for (const row of byId("list").children) row.setAttribute("aria-selected", String(Number(row.dataset.alarm) === id));
}

function empty(count) {
  byId("list-empty").hidden = count > 0;
  const at = alarms.checkedAt ? time(alarms.checkedAt) : "–";
  const why = inTab(shown.tab).length ? "0 match the filters" : `0 ${TABS[shown.tab].toLowerCase()}`;
  setText(byId("list-empty"), `${why}, last check ${at}`);
}

function areas() {
  const names = [...new Set([...alarms.alarms.values()].map(areaOf))].sort();
  const box = byId("filter-area");
  if (names.join() === box.dataset.names) return;
  box.dataset.names = names.join();
  box.replaceChildren(h("option", { value: "" }, "All places"), ...names.map((name) => h("option", { value: name, selected: name === shown.area }, name)));
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
byId("filter-state").replaceChildren(...STATES.filter((state) => !state.startsWith("latched")).map((state) => [state, STATE[state]]).map(([state, { short, long }]) => toggle(shown.states, state, short, `${short}: ${long}`)));
byId("filter-tab").replaceChildren(...Object.keys(TABS).map((tab) => h("button", { type: "button", value: tab, onclick: () => { shown.tab = tab; redraw(); } }, TABS[tab])));
byId("grouping").addEventListener("click", ({ currentTarget }) => {
  shown.grouped = !shown.grouped;
  currentTarget.setAttribute("aria-pressed", String(shown.grouped));
  redraw();
});
alarms.addEventListener("grouped", redraw);
byId("filter-area").addEventListener("change", ({ target }) => { shown.area = target.value; redraw(); });
byId("filter-text").addEventListener("input", ({ target }) => { shown.words = target.value.toLowerCase().split(/\s+/).filter(Boolean); redraw(); });
alarms.addEventListener("change", redraw);
alarms.addEventListener("checked", () => empty(byId("list").children.length));
onSelect(mark);
setInterval(() => refreshAges(byId("list")), 1000);
head();
startActs();
startAreas(redraw);
if (alarms.position !== null) redraw();
startDetail();
startJournal();
