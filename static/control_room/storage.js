/** The fleet desk: whether the fleet is well, its plants, and plan against actual of one or all of them. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, minute, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { StorageChart } from "./storage_chart.js";
import { plantRow } from "./storage_rows.js";
import { NOTHING, known, kw, kwh, money, percent, plural } from "./storage_words.js";

const AGAIN_MS = 10_000, CHART_MS = 60_000, ALL = "";
const OFF_PLAN = 0.05;  // of the rated power
const LEVELS = { warn: "warning", derate: "reduced", stop: "stopped", trip: "tripped" };
const parameters = new URLSearchParams(location.search);
const chart = new StorageChart(byId("chart"), byId("chart-reading"));
let fleet = parameters.get("fleet") ?? ALL, plant = parameters.get("plant"), offset = 0, ticket = 0, drawn = "", newest = null;

function verdict({ plants, available, levels, not_judged: unjudged, compared, compared_kw: power, compared_planned_kw: planned, rated_kw: rated, plans }) {
  if (!plants) return "There is no plant yet.";
  const grave = Object.entries(LEVELS).filter(([level]) => levels[level]).map(([level, word]) => `${levels[level]} ${word}`);
  const away = plants - available;
  const whole = away ? `${away} of ${plural(plants, "plant is", "plants are")} not available` : `${plants === 1 ? "The plant is" : `All ${plants} plants are`} available`;
  const off = compared && Math.abs(power - planned) > OFF_PLAN * rated;
  return `${[whole, grave.join(", "), unjudged ? `${unjudged} not judged yet` : "", running(plans, plants), off ? "power differs from the plan" : ""].filter(Boolean).join("; ")}.`;
}

/** How many schedules are on their way in the field. */
function running({ running: run = 0, approved = 0, off = 0 }, plants) {
  const wanted = plants - off;
  if (!wanted) return "planning is off";
  return run + approved ? `${run + approved} of ${plural(wanted, "schedule", "schedules")} approved, ${run} of them running` : "no schedule is approved";
}

const tile = (title, value, ...notes) => h("div", { class: "tile" }, h("dt", {}, title), h("dd", { class: "live-value" }, value, ...notes.filter(Boolean).map((note) => h("span", { class: "small muted" }, note))));

function moved(today) {
  if (!today.metered) return tile("Today, kWh", NOTHING, today.until ? "no meter tells of today yet" : "no quarter hour of today is told yet");
  const side = (name) => `${kwh(today[name])}${known(today[`planned_${name}`]) ? ` (planned ${kwh(today[`planned_${name}`])})` : ""}`;
  return tile(`Today until ${minute(instant(today.until))}, kWh`, `in ${side("charged_kwh")}`, `out ${side("discharged_kwh")}`, today.planned_count < today.metered && `planned: ${today.planned_count} of ${today.metered} plants`);
}

function earned({ today, yesterday }) {
  const now = today.money.map((one) => (known(one.earned) ? `${money(one.earned)} ${one.currency}` : "")).filter(Boolean).join(", ");
  const plan = today.money.map((one) => (known(one.planned) ? `planned ${money(one.planned)} ${one.currency}` : "")).filter(Boolean).join(", ");
  const before = yesterday.filter((one) => one.plants).map((one) => `yesterday ${money(one.earned)} ${one.currency}${known(one.share_of_perfect) ? `, ${percent(one.share_of_perfect, 1)} % of perfect foresight` : ""}${known(one.more_than_rule) ? `, ${one.more_than_rule >= 0 ? "+" : ""}${money(one.more_than_rule)} against the simple rule` : ""}`);
  return tile("Earned today", now || NOTHING, plan, ...(before.length ? before : ["yesterday is not settled, or was not known"]));
}

function tiles({ totals }) {
  const charge = known(totals.stored_kwh) ? `${kwh(totals.stored_kwh)} ± ${kwh(totals.stored_sigma_kwh)}` : NOTHING;
  const graves = Object.entries(LEVELS).map(([level, word]) => `${totals.levels[level]} ${word}`);
  return [
    tile("Available", `${totals.available} of ${totals.plants}`, `${number(totals.rated_kw, "kW", 0)} kW, ${kwh(totals.energy_kwh)} kWh when new`),
    tile("Stored, kWh", charge, `of ${kwh(totals.known_kwh)}, ${totals.known} of ${totals.plants} plants known`),
    tile("Power now, kW", kw(totals.power_kw), totals.compared ? `planned ${kw(totals.compared_planned_kw)}, come ${kw(totals.compared_kw)} of ${totals.compared} plants` : "nothing is planned of now", `${totals.metered} of ${totals.plants} meters heard`),
    moved(totals.today), earned(totals),
    tile("Conditions", graves.slice(0, 2).join(", "), graves.slice(2).join(", "), `${totals.levels.normal} normal${totals.not_judged ? `, ${totals.not_judged} not judged` : ""}`),
  ];
}

function fillFleets({ fleets, totals }) {
  const choice = byId("fleet"), all = fleets.reduce((sum, one) => sum + one.count, 0);
  const options = [[ALL, `All fleets (${all})`], ...fleets.map((one) => [String(one.id), `${one.name} (${one.count})`])];
  if ([...choice.options].map((one) => one.text).join() !== options.map(([, text]) => text).join()) choice.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
  choice.value = fleet;
  const purpose = fleets.find((one) => String(one.id) === fleet)?.purpose;
  setText(byId("purpose"), purpose ?? "");
  byId("more").hidden = totals.plants <= newest.plants.length;
  setText(byId("shown"), totals.plants > newest.plants.length ? `${offset + 1} to ${offset + newest.plants.length} of ${totals.plants}, the gravest first` : "the gravest first");
}

function draw(told) {
  newest = told;
  setText(byId("verdict"), verdict(told.totals));
  setText(byId("state"), `as of ${time(instant(told.as_of))}`);
  byId("tiles").replaceChildren(...tiles(told));
  fillFleets(told);
  const focused = document.activeElement?.closest?.("tr")?.dataset.plant, tag = document.activeElement?.tagName.toLowerCase();
  byId("plants").replaceChildren(...told.plants.map((one) => plantRow(one, { chosen: plant, choose, withFleet: !fleet && told.fleets.length > 1 })));
  if (focused) byId("plants").querySelector(`tr[data-plant="${CSS.escape(focused)}"] ${tag}`)?.focus();
  byId("plants-empty").hidden = told.plants.length > 0;
}

async function refresh() {
  const mine = ++ticket;
  try {
    const told = await get(api(`storage/desk?${new URLSearchParams({ ...(fleet ? { fleet } : {}), offset })}`));
    if (mine === ticket) draw(told);
  } catch (error) {
    if (mine === ticket) setText(byId("state"), error.message);
  }
}

async function refreshChart() {
  const wanted = plant ? { plant } : fleet ? { fleet } : {};
  drawn = JSON.stringify(wanted);
  try {
    const told = await get(api(`storage/outlook?${new URLSearchParams(wanted)}`));
    if (drawn !== JSON.stringify(wanted)) return;
    const name = plant ? newest?.plants.find((one) => one.mrid === plant)?.name : byId("fleet").selectedOptions[0]?.text;
    setText(byId("chart-title"), `Plan and actual: ${name ?? "all plants"}`);
    byId("whole").hidden = !plant;
    const nothing = !told.known && !told.metered && !told.planned;
    byId("chart-empty").hidden = !nothing;
    byId("chart").hidden = nothing;
    setText(byId("chart-note"), `${told.planned} of ${plural(told.plants, "plant", "plants")} planned ahead. ${told.price_basis}`);
    if (!nothing) chart.draw(told);
  } catch (error) {
    if (drawn === JSON.stringify(wanted)) setText(byId("chart-note"), error.message);
  }
}

function choose(mrid) {
  plant = mrid;
  const kept = new URLSearchParams({ ...(fleet ? { fleet } : {}), ...(plant ? { plant } : {}) });
  history.replaceState(null, "", kept.size ? `?${kept}` : location.pathname);
  if (newest) draw(newest);
  refreshChart();
}

byId("fleet").addEventListener("change", async ({ target }) => {
  [fleet, offset] = [target.value, 0];
  await refresh();
  choose(null);
});
byId("whole").addEventListener("click", () => choose(null));
byId("more").addEventListener("click", () => {
  offset = offset + newest.plants.length < newest.totals.plants ? offset + newest.plants.length : 0;
  refresh();
});
live.addEventListener("hint", ({ detail }) => detail.topic === "orders" && !document.hidden && refresh());
setInterval(() => !document.hidden && refresh(), AGAIN_MS);
setInterval(() => !document.hidden && refreshChart(), CHART_MS);
refresh().then(refreshChart);
