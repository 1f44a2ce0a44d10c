import { api, get } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, stamp } from "../js/format.js";
import { live } from "../js/live.js";

const page = pageData("links-data");
const REFRESH_MS = 3000;
const SHOWN = 50;
const NOTHING = "–";
const POINT_STATES = ["good", "doubtful", "bad", "stale", "never"];
let offset = 0;
let ticket = 0;

const number = (value, digits = 0) => (value === null || value === undefined ? NOTHING : value.toFixed(digits));
const at = (value) => (value ? stamp(instant(value)).slice(0, -4) : NOTHING);

function age(value) {
  if (!value) return NOTHING;
  const s = Math.max(0, (live.now() - instant(value)) / 1000);
  if (s < 120) return `${Math.round(s)} s`;
  return s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
}

const stateWords = (link) => (link.state === "up" ? (link.is_active === false ? "Standby" : "Up") : link.state === "down" ? "Down" : "Never heard");

function cells(link, label) {
  return [h("td", {}, label), h("td", {}, h("span", { class: "state" }, link.is_enabled === false ? "Disabled" : stateWords(link)), link.state !== "up" && link.reason && h("span", { class: "reason" }, link.reason)),
    h("td", {}, at(link.since)), h("td", {}, age(link.last_heard_at)), h("td", { class: "number" }, number(link.values_per_s, 1)),
    h("td", { class: "number" }, link.round_trip_ms === null ? NOTHING : `${number(link.round_trip_ms, 1)} ms`),
    h("td", { class: "number" }, number(link.switchovers)), h("td", { class: "number", title: link.last_refusal || null }, number(link.refused))];
}

function gatewayRows(gateway) {
  const counts = gateway.points;
  const whole = h("tr", { "data-lost": gateway.is_enabled && gateway.state === "down" },
    cells(gateway, [h("b", {}, gateway.name), h("span", { class: "reason" }, [gateway.protocol, gateway.address, gateway.waiting ? `${gateway.waiting} old samples wait` : ""].filter(Boolean).join(", "))]),
    h("td", { class: "number" }, String(gateway.point_count)),
    POINT_STATES.map((state) => h("td", { class: counts?.[state] && state !== "good" ? "number some" : "number" }, counts ? String(counts[state]) : NOTHING)),
    h("td", {}, page.mayEdit && h("a", { href: page.map.replace("NAME", gateway.name) }, "Points")));
  const singles = gateway.links.length > 1 ? gateway.links : [];
  return [whole, ...singles.map((link) => h("tr", { class: "single" }, cells(link, link.name), h("td", { colspan: "7" })))];
}

function pointRow(point) {
  const link = h("a", { href: page.element.replace("00000000-0000-0000-0000-000000000000", point.equipment_mrid) }, point.name);
  const label = byId("points-kind").querySelector(`option[value="${point.state}"]`)?.textContent ?? point.state;
  return h("tr", {}, h("td", {}, link), h("td", {}, label), h("td", {}, point.gateway), h("td", { class: "address" }, point.address),
    h("td", { class: "number" }, point.value === null ? NOTHING : String(Number(point.value.toPrecision(6)))), h("td", {}, point.unit), h("td", {}, at(point.at)), h("td", { class: "number" }, age(point.at)));
}

function fillGateways(gateways) {
  const choice = byId("points-gateway"), chosen = choice.value;
  const names = gateways.map((one) => one.name);
  if (choice.options.length === names.length + 1) return;
  choice.replaceChildren(h("option", { value: "" }, "All gateways"), ...names.map((name) => h("option", { value: name }, name)));
  choice.value = names.includes(chosen) ? chosen : "";
}

async function refreshLinks(mine) {
  const gateways = await get(api("telemetry/links"));
  if (mine !== ticket) return;
  byId("links").replaceChildren(...gateways.flatMap(gatewayRows));
  byId("links-empty").hidden = gateways.length > 0;
  fillGateways(gateways);
  const used = gateways.filter((one) => one.is_enabled);
  setText(byId("links-state"), `${used.filter((one) => one.state === "up").length} of ${used.length} up`);
}

async function refreshPoints(mine) {
  const query = new URLSearchParams({ gateway: byId("points-gateway").value, state: byId("points-kind").value, text: byId("points-text").value, offset, limit: SHOWN });
  const { count, points } = await get(api(`telemetry/links/points?${query}`));
  if (mine !== ticket) return;
  byId("points").replaceChildren(...points.map(pointRow));
  byId("points-empty").hidden = count > 0;
  setText(byId("points-count"), count > SHOWN ? `${offset + 1} to ${offset + points.length} of ${count}` : String(count));
  byId("points-before").disabled = offset === 0;
  byId("points-after").disabled = offset + points.length >= count;
}

async function refresh() {
  const mine = ++ticket;
  try {
    await Promise.all([refreshLinks(mine), refreshPoints(mine)]);
  } catch (error) {
    if (mine === ticket) setText(byId("links-state"), error.message);
  }
}

function turn(to) {
  offset = Math.max(0, to);
  refresh();
}

for (const id of ["points-gateway", "points-kind", "points-text"]) byId(id).addEventListener("input", () => turn(0));
byId("points-before").addEventListener("click", () => turn(offset - SHOWN));
byId("points-after").addEventListener("click", () => turn(offset + SHOWN));
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
