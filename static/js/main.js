import { alarms } from "./alarm_store.js";
import { acknowledge, open, openDiagram, startStrip, step } from "./alarm_strip.js";
import { startAlarmWatch } from "./alarm_watch.js";
import { startClock } from "./clock.js";
import { config } from "./config.js";
import { asOf } from "./frame.js";
import { silence, startHorn } from "./horn.js";
import { bind, startKeyboard } from "./keyboard.js";
import { live } from "./live.js";
import { startLiveness } from "./liveness.js";
import { startOrdersNotice } from "./orders_notice.js";
import { keepPast } from "./past_url.js";
import { startSearch } from "./search.js";
import { startSystemStrip } from "./system_strip.js";
import { startTheme } from "./theme.js";
import { startLookBack, startTimeMachine } from "./time_machine.js";

startKeyboard();
startTheme();
startClock();
startSearch();
if (config.past) startTimeMachine();
else startLiveness();
startSystemStrip();

if (config.mayViewAlarms) {
  startStrip();
  alarms.start();
  bind("n", () => step());
  bind("N", () => step(-1));
  bind("Enter", () => open());
  bind("d", () => openDiagram());
  if (!config.past) {  // what calls for an answer now is not for a page of the past
    startHorn();
    startAlarmWatch();
    bind("s", silence);
  }
  if (config.mayAcknowledge) bind("a", () => acknowledge());
}
for (const [key, url] of Object.entries(config.pageKeys)) bind(key, () => location.assign(keepPast(url)));

const menus = [...document.querySelectorAll(".menu")];
addEventListener("click", ({ target }) => menus.forEach((menu) => menu.contains(target) || menu.removeAttribute("open")));
addEventListener("keydown", ({ key }) => key === "Escape" && menus.forEach((menu) => menu.removeAttribute("open")));

startLookBack();
if (config.mayApproveOrders) startOrdersNotice();

live.addEventListener("grid", ({ detail }) => live.sawGrid(asOf(detail)));
const scheme = location.protocol === "https:" ? "wss" : "ws";
// Not before every module of the page listens: what is told first is told once.
addEventListener("DOMContentLoaded", () => live.start(`${scheme}://${location.host}${config.urls.live}`, config.topics), { once: true });
