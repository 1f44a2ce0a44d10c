/** One battery plant with everything that is known of it. */
import { api, exchange, get, reason } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { instant, number, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { ask } from "./ask.js";
import { StorageChart } from "./storage_chart.js";
import { earningRow, warrantyNote, warrantyRows } from "./storage_earned.js";
import { HealthChart } from "./storage_health.js";
import { ratingRow, ruleRow, settingRow } from "./storage_limits.js";
import { alarmRow, rackRow, stateRow } from "./storage_racks.js";
import { courseRows, explained, runRows } from "./storage_schedule.js";
import { NOTHING, RUNGS, chargeBar, chargeWords, known, kw, kwh, unitOf, upper, way } from "./storage_words.js";

const { mrid, may_narrow: mayNarrow } = pageData("plant-data");
const NOW_MS = 10_000, SLOW_MS = 60_000, OK = 200, CREATED = 201, ACCEPTED = 202;
const base = `storage/plants/${mrid}`;
const chart = new StorageChart(byId("chart"), byId("chart-reading"));
const capacity = new HealthChart(byId("capacity-chart"), "capacity", "Capacity, %"), resistance = new HealthChart(byId("resistance-chart"), "resistance", "Resistance, %");
let plant = null, shown = null, ticket = 0;

const fill = (id, rows, columns, empty) => byId(id).replaceChildren(...(rows.length ? rows : [h("tr", {}, h("td", { class: "empty", colspan: columns }, empty))]));
const tile = (title, value, ...notes) => h("div", { class: "tile" }, h("dt", {}, title), h("dd", { class: "live-value" }, value, ...notes.filter(Boolean).map((note) => h("span", { class: "small muted" }, note))));

function latchWords({ latch }) {
  if (latch.tripped_at) return `TRIPPED ${when(instant(latch.tripped_at), live.now())}: latched until it is reset on the spot and that is told here.`;
  return latch.reset_told_at ? `No trip stands. The last reset was told ${when(instant(latch.reset_told_at), live.now())} by ${latch.reset_told_by}.` : "No trip stands, and none was ever reset.";
}

function tiles(told, state) {
  const safety = told.safety;
  return [
    tile("Charge", h("span", { class: "charge-cell" }, chargeBar(told.soc, told.soc_sigma, null)), chargeWords(told.soc, told.soc_sigma) || "no rack tells it, or not for minutes", known(told.soc) ? `${kwh(told.soc * told.energy_kwh)} of ${kwh(told.energy_kwh)} kWh when new` : ""),
    tile("Power now, kW", kw(told.power_kw), known(told.power_kw) ? way(told.power_kw) : "its meter is not heard"),
    tile("May charge now, kW", safety ? number(safety.charge_kw, "kW", 0) : NOTHING, safety ? `by ${safety.charge_by}; of the cells` : "not judged yet"),
    tile("May give now, kW", safety ? number(safety.discharge_kw, "kW", 0) : NOTHING, safety ? `by ${safety.discharge_by}; of the cells` : "not judged yet"),
    tile("Condition", told.is_tripped ? "Tripped, latched" : told.level_label ?? "Not judged", ...(safety?.reasons ?? []).slice(0, 3)),
    tile("Latch", state.latch.tripped_at ? "TRIPPED" : "Free", latchWords(state)),
  ];
}

function drawLimits(told, state) {
  const reads = new Map(state.rules.map((one) => [one.name, one])), { settings } = told.limits;
  const focus = mayNarrow ? choose : null;
  fill("rules", told.limits.rules.map((rule) => ruleRow(rule, reads.get(rule.name), settings, focus)), 10, "No limit is entered. Nothing is planned for a battery whose limits are not known; enter them of the datasheet.");
  byId("ratings").replaceChildren(...told.limits.ratings.map((one) => ratingRow(one, settings, focus)));
  byId("settings").replaceChildren(...(settings.length ? settings.map((one) => settingRow(one, mayNarrow && lift)) : [h("li", { class: "empty" }, "Nothing is narrowed: the datasheet’s limits hold.")]));
  if (mayNarrow) options(told.limits);
}

/** The limits of the form; what was chosen stays. */
function options({ rules, ratings }) {
  const choice = byId("narrow-name"), chosen = choice.value;
  if (choice.options.length === rules.length + ratings.length) return;
  choice.replaceChildren(...ratings.map((one) => h("option", { value: one.name }, one.words)), ...rules.map((one) => h("option", { value: one.name }, upper(one.name))));
  if (chosen) choice.value = chosen;
  rungOptions();
}

function rungOptions() {
  const isRating = plant?.limits.ratings.some((one) => one.name === byId("narrow-name").value);
  byId("narrow-rung").disabled = isRating;
  hint();
}

function hint() {
  const name = byId("narrow-name").value, rule = plant?.limits.rules.find((one) => one.name === name), rating = plant?.limits.ratings.find((one) => one.name === name);
  const holds = rule ? rule.holds[byId("narrow-rung").value] : rating?.holds;
  const narrower = rating || rule?.side === "high" ? "lower" : "higher";
  setText(byId("narrow-hint"), known(holds) ? `Holds now: ${number(holds, "", 3)} ${rule ? rule.unit : unitOf(name)}. Narrower is ${narrower}.` : "This limit has no such rung.");
}

function choose(name) {
  byId("narrow-name").value = name;
  rungOptions();
  byId("narrow-value").focus();
}

async function acted(url, body, done) {
  const { status, body: told } = await exchange(api(url), "POST", body);
  const good = [OK, CREATED, ACCEPTED].includes(status);
  if (good) say(done);
  if (good) await refresh();
  return good ? "" : reason(told, status);
}

async function narrow(event) {
  event.preventDefault();
  const rung = byId("narrow-rung");
  const body = { name: byId("narrow-name").value, rung: rung.disabled ? "" : rung.value, value: byId("narrow-value").value, reason: byId("narrow-reason").value };
  const fault = await acted(`${base}/limits`, body, "Narrowed. It holds from the next look on, for plans and for orders.");
  setText(byId("narrow-fault"), fault);
  if (!fault) byId("narrow-form").reset();
  rungOptions();
}

async function lift(setting) {
  const why = await ask({ title: `Lift what ${setting.set_by} narrowed: ${setting.name}${setting.rung ? `, ${RUNGS[setting.rung]}` : ""}. The datasheet’s limit holds again.`, label: "Reason", text: "", yes: "Lift it" });
  if (why) setText(byId("narrow-fault"), await acted(`storage/limit-settings/${setting.id}/lifting`, { reason: why }, "Lifted: the datasheet’s limit holds."));
}

async function tellReset() {
  const why = await ask({ title: `${plant.name}: tell that the trip was reset on the spot. Nothing is sent to the battery.`, label: "Who reset it, and what was found", text: "", yes: "It was reset" });
  if (why) setText(byId("page-fault"), await acted(`${base}/reset`, { reason: why }, "Told. It is judged anew."));
}

async function planNow() {
  setText(byId("page-fault"), await acted(`${base}/schedules`, {}, "A worker plans it; the schedule appears here."));
}

function drawNow(told, state) {
  plant = told;
  byId("tiles").replaceChildren(...tiles(told, state));
  const now = new Map(state.racks.map((one) => [one.mrid, one]));
  fill("racks", told.racks.map((rack) => rackRow(rack, now.get(rack.mrid))), 11, "No rack is entered: its charge cannot be followed.");
  drawLimits(told, state);
  fill("states", state.states.map((one) => stateRow(one, told.name)), 3, "Its management tells no states to the control room.");
  byId("alarms")?.replaceChildren(...(state.alarms.length ? state.alarms.map(alarmRow) : [h("li", { class: "empty" }, `0 active, last check ${time(instant(state.as_of))}`)]));
  if (byId("tell-reset")) byId("tell-reset").hidden = !state.latch.tripped_at;
  byId("warranty").replaceChildren(...warrantyRows(told.warranty));
  setText(byId("warranty-note"), warrantyNote(told.warranty));
  setText(byId("state"), `as of ${time(instant(state.as_of))}`);
}

async function drawSchedules(mine) {
  const [{ schedules }, { courses }] = await Promise.all([get(api(`${base}/schedules`)), get(api(`courses?${new URLSearchParams({ device: mrid })}`))]);
  const wanted = shown ?? schedules[0]?.id;
  const schedule = wanted ? await get(api(`storage/schedules/${wanted}`)) : null;
  if (mine !== ticket) return;
  byId("explained").replaceChildren(...explained(schedule));
  fill("runs", runRows(schedules, { chosen: wanted, choose: (id) => { shown = id; refresh(); } }), 5, "No run yet.");
  fill("courses", courseRows(courses), 6, "Dispatch has no course of it: nothing was proposed for the field, or it takes no set-points.");
}

async function refresh() {
  const mine = ++ticket;
  try {
    const [told, state] = await Promise.all([get(api(base)), get(api(`${base}/condition`))]);
    if (mine !== ticket) return;
    drawNow(told, state);
    await drawSchedules(mine);
    setText(byId("page-fault"), "");
  } catch (error) {
    if (mine === ticket) setText(byId("page-fault"), error.message);
  }
}

async function refreshSlow() {
  try {
    const [outlook, { racks }, { earnings }] = await Promise.all([get(api(`storage/outlook?${new URLSearchParams({ plant: mrid })}`)), get(api(`${base}/health`)), get(api(`${base}/earnings`))]);
    const nothing = !outlook.known && !outlook.metered && !outlook.planned;
    [byId("chart").hidden, byId("chart-empty").hidden] = [nothing, !nothing];
    if (!nothing) chart.draw(outlook);
    setText(byId("chart-note"), outlook.price_basis);
    const told = [capacity.draw(racks), resistance.draw(racks)].some(Boolean);
    [byId("health").hidden, byId("health-empty").hidden] = [!told, told];
    fill("earnings", earnings.map(earningRow), 12, "No day is settled yet. A day is settled the night after, once its prices are out.");
    setText(byId("earnings-unit"), earnings.length ? `${earnings[0].currency}, by the local day of its market; wear is not taken off` : "");
  } catch (error) {
    setText(byId("chart-note"), error.message);
  }
}

byId("plan-now")?.addEventListener("click", planNow);
byId("tell-reset")?.addEventListener("click", tellReset);
byId("narrow-form")?.addEventListener("submit", narrow);
byId("narrow-name")?.addEventListener("change", rungOptions);
byId("narrow-rung")?.addEventListener("change", hint);
live.addEventListener("hint", ({ detail }) => detail.topic === "orders" && !document.hidden && refresh());
setInterval(() => !document.hidden && refresh(), NOW_MS);
setInterval(() => !document.hidden && refreshSlow(), SLOW_MS);
refresh();
refreshSlow();
