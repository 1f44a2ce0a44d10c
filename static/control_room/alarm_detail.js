import { alarms } from "../js/alarm_store.js";
import { acknowledge, onSelect, selectedAlarm } from "../js/alarm_strip.js";
import { PRIORITY, STATE, acknowledgeButton, compared, fingerprint, symbol } from "../js/alarm_view.js";
import { config, diagramUrl, elementUrl } from "../js/config.js";
import { byId, h } from "../js/dom.js";
import { age, instant, stamp } from "../js/format.js";
import { deviceOf, placeOf } from "../js/names.js";
import { actButtons, quietness } from "./alarm_acts.js";

const row = (name, ...value) => h("div", { class: "pair" }, h("dt", { class: "muted" }, name), h("dd", {}, ...value));
const at = (text) => stamp(instant(text));

function facts(alarm) {
  const { value, word, limit } = compared(alarm, { short: false });
  return [
    value.length ? row("Value", ...value, alarm.quality_good ? "" : " ? bad quality") : "",
    limit.length ? row(word.charAt(0).toUpperCase() + word.slice(1), ...limit) : "",
    row("Where", placeOf(alarm.path, alarm.equipment_name) || "–"),
    row("Raised", at(alarm.raised_at)),
    alarm.returned_at ? row("Returned", at(alarm.returned_at)) : "",
    alarm.acknowledged_by ? row("Acknowledged", `${alarm.acknowledged_by}, ${at(alarm.acknowledged_at)}`) : "",
    quietness(alarm) ? row("Kept quiet", quietness(alarm)) : "",
    alarm.parent_id ? row("Because of", alarms.find(alarm.parent_id)?.message ?? `alarm ${alarm.parent_id}`) : "",
    row("Occurrence", `${alarm.occurrence}${alarm.is_late ? ", told late" : ""}${alarm.is_chattering ? ", chattering" : ""}`),
  ];
}

const paragraph = (name, text) => [h("h3", {}, name), h("p", {}, text)];

function procedure({ procedure: own }) {
  if (!own) return [];
  return [h("section", { class: "procedure", "aria-label": "What to do" }, ...paragraph("Action", own.action), ...paragraph("Cause", own.cause), ...paragraph("Consequence", own.consequence), ...(own.time_to_respond_s ? paragraph("Time to respond", age(own.time_to_respond_s)) : []))];
}

function links({ equipment_mrid: mrid }) {
  if (!mrid) return [];
  return [h("a", { class: "button", href: elementUrl(mrid) }, "Open"), h("a", { class: "button", href: diagramUrl(mrid) }, "Diagram"), h("a", { class: "button", href: `${config.urls.overview}?select=${mrid}` }, "Show on map")];
}

function draw() {
  const box = byId("alarm-detail");
  const alarm = selectedAlarm();
  const print = alarm ? fingerprint(alarm) + alarm.acknowledged_by : "none";
  if (print === box.dataset.print) return;
  box.dataset.print = print;
  if (!alarm) {
    box.replaceChildren(h("p", { class: "empty" }, "Select an alarm, or press ", h("kbd", {}, "n"), ", to see what to do."));
    return;
  }
  box.replaceChildren(
    h("header", { class: "named" }, symbol(alarm.priority, alarm.state), h("div", {}, h("h2", {}, deviceOf(alarm.equipment_name)),
      h("p", { class: "small muted" }, `Priority ${alarm.priority} ${PRIORITY[alarm.priority]}, ${STATE[alarm.state].long}`))),
    h("p", { class: "told" }, alarm.message), h("dl", { class: "pairs" }, ...facts(alarm)),
    h("p", { class: "acts" }, acknowledgeButton(alarm, acknowledge), ...links(alarm), ...actButtons(alarm)), ...procedure(alarm),
  );
}

export function startDetail() {
  onSelect(draw);
  alarms.addEventListener("change", draw);
  draw();
}
