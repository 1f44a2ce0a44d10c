import { alarms, isQuiet } from "../js/alarm_store.js";
import { selectedAlarm } from "../js/alarm_strip.js";
import { config } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { bind } from "../js/keyboard.js";
import { deviceOf } from "../js/names.js";

const SHELF_MINUTES = { 15: "15 minutes", 60: "1 hour", 240: "4 hours", 480: "8 hours", 720: "12 hours" };
const field = (name, label, control) => h("label", {}, h("span", { class: "small muted" }, label), control);
const text = (name, most) => h("input", { name, maxlength: most, required: true, autocomplete: "off" });
const minutes = () => h("select", { name: "minutes" }, ...Object.entries(SHELF_MINUTES).map(([value, label]) => h("option", { value, selected: value === "60" }, label)));

/** What may be done now, with what it does to the alarm in words. */
const ACTS = {
  shelve: {
    word: "Shelve", path: "shelving", method: "POST",
    may: (alarm) => config.mayShelve && !alarm.shelved_until && alarm.suppression !== "out-of-service",
    tells: "It leaves the list and makes no sound until the time is over. It goes on being evaluated and logged; if it still stands then, it sounds again.",
    fields: () => [field("reason", "Reason", text("reason", 200)), field("minutes", "For", minutes())],
  },
  unshelve: {
    word: "Unshelve", path: "shelving", method: "DELETE", may: (alarm) => config.mayShelve && alarm.shelved_until,
    tells: "If its condition is still true it is told anew, with sound.", fields: () => [],
  },
  reset: {
    word: "Reset", path: "reset", method: "POST", may: (alarm) => config.mayAcknowledge && alarm.state === "latched-ack",
    tells: "Its condition is over; it leaves the list.", fields: () => [], body: (alarm) => ({ occurrence: alarm.occurrence }),
  },
  outOfService: {
    word: "Out of service", path: "out-of-service", method: "POST", may: (alarm) => config.mayShelve && !alarm.work_order,
    tells: "Until it is returned to service nobody is told of it. It takes effect by the supervisor's approval; of priority 1 somebody else's than yours.",
    fields: () => [field("work_order", "Work order", text("work_order", 60)), field("reason", "Reason", text("reason", 200))],
  },
  approve: {
    word: "Approve out of service", path: "out-of-service/approval", method: "POST",
    may: (alarm) => config.mayApprove && alarm.work_order && !alarm.out_of_service_since,
    tells: "From now on nobody is told of it, until it is returned to service.", fields: () => [],
  },
  inService: {
    word: "Return to service", path: "out-of-service", method: "DELETE", may: (alarm) => config.mayShelve && alarm.work_order,
    tells: "If its condition is still true it is told anew, with sound. A request that waits for approval is taken back.", fields: () => [],
  },
};

let current = null;

function ask(name, alarm) {
  const act = ACTS[name];
  current = { act, alarm };
  setText(byId("alarm-act-title"), `${act.word}?`);
  setText(byId("alarm-act-device"), alarm.message.includes(deviceOf(alarm.equipment_name)) ? alarm.message : `${deviceOf(alarm.equipment_name)}: ${alarm.message}`);
  setText(byId("alarm-act-consequence"), act.tells);
  setText(byId("alarm-act-fault"), "");
  setText(byId("alarm-act-do"), act.word);
  byId("alarm-act-fields").replaceChildren(...act.fields());
  byId("alarm-act").show();  // not modal: the alarm strip stays in sight and within reach
  byId("alarm-act-cancel").focus();
}

const close = () => { byId("alarm-act").close(); current = null; };

function said() {
  const inputs = [...byId("alarm-act-fields").querySelectorAll("[name]")];
  const missing = inputs.find((input) => input.required && !input.value.trim());
  if (missing) {
    missing.focus();
    throw new Error("Fill in every field: the log tells who kept an alarm quiet, and why.");
  }
  return Object.fromEntries(inputs.map(({ name, value }) => [name, name === "minutes" ? Number(value) : value.trim()]));
}

async function perform() {
  const asked = current;
  const { act, alarm } = asked;
  try {
    await alarms.act(alarm, act.path, act.body?.(alarm) ?? said(), act.method);
    say(`${act.word}: ${alarm.equipment_name}, ${alarm.message}`);
    if (current === asked) close();
  } catch (error) {
    if (current === asked) setText(byId("alarm-act-fault"), error.message);
    else say(`${act.word} ${alarm.equipment_name}: ${error.message}`);
  }
}

export function actButtons(alarm) {
  return Object.entries(ACTS).filter(([, act]) => act.may(alarm)).map(([name, act]) =>
    h("button", { type: "button", class: "quiet", onclick: () => ask(name, alarm) }, act.word));
}

/** Why it is quiet, and until when. */
export function quietness(alarm) {
  if (!isQuiet(alarm) && alarm.work_order) return `Out of service asked for by ${alarm.out_of_service_asked_by}, work order ${alarm.work_order}`;
  if (alarm.suppression === "shelved") return `Shelved by ${alarm.shelved_by} until ${new Date(alarm.shelved_until).toISOString().slice(11, 16)} UTC: ${alarm.shelf_reason}`;
  if (alarm.suppression === "by-design") return `Rule ${alarm.suppressed_rule}${alarm.suppressed_by_id ? `, because of alarm ${alarms.find(alarm.suppressed_by_id)?.equipment_name ?? alarm.suppressed_by_id}` : ""}`;
  if (alarm.suppression === "out-of-service") return `Work order ${alarm.work_order}, asked by ${alarm.out_of_service_asked_by}, approved by ${alarm.out_of_service_approved_by}: ${alarm.out_of_service_reason}`;
  return "";
}

/** By key: it only asks, with Cancel in focus. */
function shelve() {
  const alarm = selectedAlarm();
  if (!alarm) return say("Select an alarm first: n selects the next one.");
  return ACTS.shelve.may(alarm) ? ask("shelve", alarm) : say(`${alarm.equipment_name} cannot be shelved: ${quietness(alarm)}`);
}

export function startActs() {
  if (config.mayShelve) bind("h", shelve);
  byId("alarm-act-cancel").addEventListener("click", close);
  byId("alarm-act-do").addEventListener("click", perform);
  byId("alarm-act").addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); perform(); }
    event.stopPropagation();
  });
}
