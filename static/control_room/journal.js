import { alarms } from "../js/alarm_store.js";
import { symbol } from "../js/alarm_view.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, stamp, words } from "../js/format.js";
import { deviceOf } from "../js/names.js";

const KEPT = 200;
const seen = new Set();

function draw({ position, kind, recorded_at: at, alarm }) {
  const device = deviceOf(alarm.equipment_name);
  const name = alarm.equipment_mrid ? h("a", { href: elementUrl(alarm.equipment_mrid), title: alarm.equipment_name }, device) : device;
  const by = kind === "acknowledged" ? alarm.acknowledged_by : "";
  const state = alarm.state === "normal" ? "none" : alarm.state;
  return h("tr", {}, h("td", {}, stamp(instant(at))), h("td", {}, words(kind)), h("td", {}, symbol(alarm.priority, state)),
    h("td", {}, name), h("td", { class: "wrap" }, alarm.message), h("td", {}, by), h("td", { class: "position" }, position));
}

function add(entries) {
  const fresh = entries.filter(({ position }) => !seen.has(position));
  fresh.forEach(({ position }) => seen.add(position));
  byId("journal").prepend(...fresh.reverse().map(draw));
  while (byId("journal").children.length > KEPT) byId("journal").lastChild.remove();
  const count = byId("journal").children.length;
  setText(byId("journal-count"), count ? `last ${count} entries` : "0 entries");
}

/** What happened, newest first: the tail the page came with, then every entry the live journal brings. */
export function startJournal() {
  add(pageData("journal-data").reverse());
  alarms.addEventListener("change", ({ detail }) => add(detail.entries));
}
