/** One microgrid with everything that is known of it. */
import { ApiError, api, exchange, get, reason } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { instant, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { flowDiagram, isAlive } from "./microgrid_flows.js";
import { Members } from "./microgrid_members.js";
import { Moves } from "./microgrid_moves.js";
import { drawReadiness, drawResults, reserveForm } from "./microgrid_ready.js";
import { drawSchedule } from "./microgrid_schedule.js";
import { Terms } from "./microgrid_terms.js";
import { NO_EXCHANGE, exchangeWord, known, kw, reading } from "./microgrid_words.js";

const about = pageData("microgrid-data"), base = `microgrids/${about.mrid}`;
const NOW_MS = 3000, SLOW_MS = 60_000, OK = 200, NOT_FOUND = 404;
const name = document.querySelector("h1").textContent;
const moves = new Moves({ mrid: about.mrid, name, refresh: () => refresh() });
const members = new Members(byId("members"), { mayManage: about.may_manage && Boolean(byId("members-save")), priorities: about.priorities, changed: drawSave });
const terms = new Terms({ mrid: about.mrid, mayManage: about.may_manage && Boolean(byId("terms-save")), changed: () => refreshSlow() });
let page = null, ticket = 0;

function withGrid({ exchange_kw: value }) {
  if (!known(value)) return "It stands with the grid; what it exchanges is not known";
  const word = exchangeWord(value);
  return word === NO_EXCHANGE ? "It stands with the grid and exchanges next to nothing" : `It stands with the grid and ${word} ${kw(Math.abs(value))} kW`;
}

function verdict(told) {
  if (!known(told.is_alone)) return "Nobody tells how it stands.";
  const cut = told.load_kw.filter((one) => one.is_cut).map((one) => one.label.toLowerCase());
  const alone = isAlive(told) ? "It stands ALONE and lives" : "It stands alone and is BLACK";
  return `${told.is_alone ? alone : withGrid(told)}${cut.length ? `; ${cut.join(" and ")} loads are cut` : ""}.`;
}

const fact = (title, ...value) => h("div", {}, h("dt", {}, title), h("dd", { class: "live-value" }, ...value));

function facts(told) {
  const r = told.readings;
  return [
    fact("Controller", told.mode_label), fact("Frequency inside", reading(r.frequency_hz, 3, "Hz")), fact("Voltage inside", reading(r.voltage_pu, 3, "pu")), fact("Over the coupling", reading(r.exchange_kw, 1, "kW")),
    fact("Slip", reading(r.slip_hz, 3, "Hz")), fact("Angle", reading(r.angle_deg, 1, "°")), fact("Voltage difference", reading(r.voltage_difference_pu, 3, "pu")), fact("Coupling told", known(r.coupling.age_s) ? `${number(r.coupling.age_s, "s", 0)} s ago` : "never"),
  ];
}

function drawSave() {
  const some = members.isEditing;
  if (byId("members-save")) [byId("members-save").hidden, byId("members-undo").hidden] = [!some, !some];
}

function drawNow(told) {
  page = told;
  setText(byId("verdict"), verdict(told));
  setText(byId("state"), `as of ${time(instant(told.as_of))}`);
  byId("remarks").replaceChildren(...told.remarks.map((text) => h("li", {}, text)));
  byId("flows").replaceChildren(flowDiagram(told));
  byId("facts").replaceChildren(...facts(told));
  members.draw(told.members);
}

/** null where it is not there yet. */
async function maybe(url) {
  try {
    return await get(api(url));
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return null;
    throw error;
  }
}

async function refresh() {
  const mine = ++ticket;
  try {
    const [told, transitions] = await Promise.all([get(api(base)), maybe(`${base}/transitions`)]);
    if (mine !== ticket) return;
    drawNow(told);
    moves.draw(transitions);
    setText(byId("page-fault"), "");
  } catch (error) {
    if (mine === ticket) setText(byId("page-fault"), error.message);
  }
}

async function refreshSlow() {
  try {
    const [readiness, schedule, results] = await Promise.all([maybe(`${base}/readiness`), maybe(`${base}/schedule`), maybe(`${base}/results`)]);
    drawReadiness(readiness);
    drawSchedule(schedule);
    drawResults(results);
    await terms.refresh();
  } catch (error) {
    setText(byId("page-fault"), error.message);
  }
}

async function save() {
  const { status, body } = await exchange(api(base), "PATCH", { version: page.version, members: members.changes() });
  setText(byId("members-outcome"), status === OK ? "" : reason(body, status));
  if (status !== OK) return;
  say("Kept.");
  members.edits.clear();
  drawSave();
  drawNow(body);
}

reserveForm(about.mrid, refreshSlow);
byId("members-save")?.addEventListener("click", save);
byId("members-undo")?.addEventListener("click", () => { members.undo(); setText(byId("members-outcome"), ""); });
live.addEventListener("hint", ({ detail }) => ["microgrids", "orders"].includes(detail.topic) && !document.hidden && (refresh(), refreshSlow()));
setInterval(() => !document.hidden && refresh(), NOW_MS);
setInterval(() => !document.hidden && refreshSlow(), SLOW_MS);
refresh();
refreshSlow();
