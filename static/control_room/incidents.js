/** The incident desk: what is open by gravity, on the map, and in a storm where a crew helps most. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, number, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { IncidentMap } from "./incident_map.js";
import { back, cell, chip, count, incidentUrl, lasts, nameLink, oneAtATime, openCrews } from "./incident_words.js";

const AGAIN_MS = 5000, STORM_FROM = 2;
const map = new IncidentMap((chosen) => choose(chosen));
let desk = null, chosen = null;

const crewNames = (one) => openCrews(one).map((crew) => `${crew.crew} (${crew.status_label.toLowerCase()})`).join(", ") || "none";

/** A click shows it on the map; the link opens it. */
function choose(wanted) {
  chosen = chosen === wanted ? null : wanted;
  map.focus(chosen);
  markChosen();
}

function markChosen() {
  for (const row of byId("queue").children) row.toggleAttribute("data-chosen", row.dataset.number === chosen);
}

function queueRow(one, n) {
  const now = live.now();
  const nested = one.parent && h("span", { class: "reason" }, `within ${one.parent}`);
  return h("tr", { "data-number": one.number, onclick: (event) => event.target.closest("a, button") || choose(one.number) },
    cell(String(n + 1)), h("th", { scope: "row" }, nameLink(one), h("span", { class: "reason" }, one.trigger_label), nested),
    h("td", {}, chip(one), h("span", { class: "reason" }, one.kind_label)),
    cell(count(one.customers_without), { title: `of ${count(one.customers)} that lost supply` }), cell(count(one.critical_without)), cell(lasts(one, now)),
    cell(one.customer_minutes === null ? "not known" : count(Math.round(one.customer_minutes))), h("td", {}, back(one, now)), h("td", {}, crewNames(one)),
    h("td", { class: "pick" }, h("button", { type: "button", class: "quiet", "aria-label": `Show ${one.number} on the map`, onclick: () => choose(one.number) }, "Map")));
}

const figure = (name, value, more = "") => h("div", {}, h("dt", {}, name), h("dd", {}, h("b", { class: "live-value" }, value), more && h("span", { class: "muted" }, ` ${more}`)));

function drawSums({ figures }) {
  const crews = figures.crews_available + figures.crews_busy;
  byId("sums").replaceChildren(
    figure("Customers without supply", count(figures.customers_without)), figure("of them critical", count(figures.critical_without)),
    figure("Have supply again", count(figures.customers_back), "of the open incidents"), figure("Customer minutes so far", count(Math.round(figures.customer_minutes)), "of the open incidents"),
    figure("Load lost", number(figures.lost_kw, "kW", 0), "kW"), figure("Crews free", count(figures.crews_available), `of ${crews} on duty`));
}

function verdict({ figures, as_of: asOf }) {
  if (!figures.incidents) return `0 incidents are open, last check ${time(instant(asOf))}.`;
  const open = `${figures.incidents} ${figures.incidents === 1 ? "incident is" : "incidents are"} open`;
  return figures.customers_without ? `${open}: ${count(figures.customers_without)} customers have no supply.` : `${open}, every customer has supply again.`;
}

function drawStorm({ open }) {
  const rows = open.filter((one) => one.customers_without > 0);
  byId("storm").hidden = rows.length < STORM_FROM;
  const known = rows.filter((one) => one.customers_per_crew_hour !== null).sort((a, b) => b.customers_per_crew_hour - a.customers_per_crew_hour);
  const unknown = rows.filter((one) => one.customers_per_crew_hour === null);
  byId("storm-rows").replaceChildren(...[...known, ...unknown].map((one, n) => h("tr", {}, cell(one.crew_hours === null ? "–" : String(n + 1)), h("th", { scope: "row" }, nameLink(one)),
    cell(number(one.customers_per_crew_hour, "", 1)), cell(count(one.customers_without)), cell(one.crew_hours === null ? "not estimated" : number(one.crew_hours, "", 1)), h("td", {}, crewNames(one)))));
  const idle = rows.filter((one) => !openCrews(one).length).length;
  setText(byId("storm-words"), `${rows.length} outages at once${idle ? `, ${idle} without a crew` : ""}. By the likely end of each, at least a quarter of an hour.`);
}

const crewRow = (crew) => h("tr", {}, h("th", { scope: "row" }, crew.name), h("td", {}, crew.status_label), h("td", {}, crew.incident ? h("a", { href: incidentUrl(crew.incident) }, crew.incident) : "–"), h("td", {}, crew.skills.join(", ") || "–"), h("td", {}, crew.area || "–"));

const endedRow = (one) => h("tr", {}, h("th", { scope: "row" }, nameLink(one)), h("td", {}, one.kind_label), h("td", { class: "nowrap" }, when(instant(one.began_at), live.now())),
  cell(count(one.customers)), cell(one.customer_minutes === null || one.customer_minutes === undefined ? "not known" : count(Math.round(one.customer_minutes))), h("td", {}, one.cause_label));

function drawList(id, rows) {
  byId(id).replaceChildren(...rows);
  byId(`${id}-empty`).hidden = rows.length > 0;
}

function draw() {
  setText(byId("verdict"), verdict(desk));
  setText(byId("state"), `as of ${time(instant(desk.as_of))}`);
  setText(byId("gravity"), `customers without supply, a critical one counts as ${desk.critical_counts_as}`);
  setText(byId("queue-empty"), `0 incidents, last check ${time(instant(desk.as_of))}.`);
  drawSums(desk);
  const held = document.activeElement?.closest("#queue tr")?.dataset.number, label = document.activeElement?.getAttribute("aria-label");
  drawList("queue", desk.open.map(queueRow));
  if (held) byId("queue").querySelector(`tr[data-number="${CSS.escape(held)}"] ${label ? "button" : "a"}`)?.focus();
  markChosen();
  drawStorm(desk);
  drawList("crews", desk.crews.map(crewRow));
  setText(byId("crews-words"), `${desk.figures.crews_available} free, ${desk.figures.crews_busy} on a job, ${desk.figures.crews_off_duty} off duty`);
  drawList("ended", desk.ended.map(endedRow));
  map.show(desk.open.filter((one) => one.is_without_supply));
}

const refresh = oneAtATime(async () => {
  try {
    desk = await get(api("incidents/desk"));
    draw();
  } catch (error) {
    setText(byId("state"), error.message);
  }
});

live.addEventListener("hint", ({ detail }) => detail.topic === "incidents" && refresh());
live.addEventListener("data", ({ detail }) => detail.topic === "incidents" && refresh());
setInterval(() => { if (!document.hidden) refresh(); }, AGAIN_MS);
map.open();
refresh();
