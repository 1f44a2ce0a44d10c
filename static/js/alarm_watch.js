import { alarms } from "./alarm_store.js";
import { api, post } from "./api.js";
import { config } from "./config.js";
import { byId, h, setText } from "./dom.js";
import { time } from "./format.js";
import { soundWatch } from "./horn.js";
import { live } from "./live.js";

const SILENCE_S = 60;      // two signs of life that did not come
const PRESENCE_MS = 20_000;
const LOOK_MS = 1000;
let banner = null;

/** The display stands outside the alarm path: it alone can notice that the whole path has gone silent. */
function look() {
  const opened = live.now() - performance.now();
  const since = alarms.sungAt ?? opened;
  const silent = (live.now() - since) / 1000 > SILENCE_S;
  banner.hidden = !silent;
  if (silent) setText(banner, `ALARMS NOT PROCESSED since ${time(since)}: no sign of life from the alarm processor. Treat the alarm list as old.`);
  soundWatch(silent);
}

/** Of P1 that nobody answered, everybody who may approve is told; the strip and the horn go on meanwhile. */
function escalated() {
  const waiting = alarms.sorted().filter((alarm) => alarm.escalated_at && alarm.state === "unacknowledged");
  const box = byId("escalated");
  box.hidden = !(config.mayApprove && waiting.length);
  if (!box.hidden) setText(box, `ESCALATED: ${waiting.length} of priority 1 not acknowledged for 2 minutes, first ${waiting[0].equipment_name}`);
}

const present = () => post(api("presence"), {}).catch(() => {});

export function startAlarmWatch() {
  const banners = document.querySelector(".banners");
  banner = h("div", { class: "alarm-banner", id: "alarms-silent", role: "alert", hidden: true });
  banners.append(banner, h("div", { class: "alarm-banner", id: "escalated", role: "alert", hidden: true }));
  setInterval(look, LOOK_MS);
  alarms.addEventListener("change", escalated);
  if (!config.mayAcknowledge) return;
  present();
  setInterval(present, PRESENCE_MS);
}
