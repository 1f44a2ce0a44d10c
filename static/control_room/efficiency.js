import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, isKnown, number } from "../js/format.js";
import { live } from "../js/live.js";
import { bring, choose, chosen, mayManage } from "./efficiency_site.js";
import { PriceChart } from "./price_chart.js";

const REFRESH_MS = 60_000, HOUR_S = 3600, BACK_H = 48;
const VERBS = { offered: "Offer", enrolled: "Enrol", installed: "Installed", declined: "Decline", proposed: "Propose again" };
const emissionChart = new PriceChart(byId("emission-chart"), byId("emission-reading"), "g/kWh", ["average", "marginal"]);
const said = (text) => setText(byId("pipeline-state"), text);
const count = (value, decimals = 0) => h("td", { class: "number" }, isKnown(value) ? number(value, "kWh", decimals) : "not known");

function sums(found) {
  const { totals } = found, known = (value) => (isKnown(value) ? number(value, "kWh", 0) : "none yet");
  const band = isKnown(totals.verified_band_kwh) ? ` ± ${number(totals.verified_band_kwh, "kWh", 0)}` : "";
  const rows = [
    ...found.steps.map((one) => [one.label, `${one.count}`]),
    ["Expected, kWh a year", number(totals.expected_kwh, "kWh", 0)],
    ["Agreed, kWh a year", number(totals.agreed_kwh, "kWh", 0)],
    ["Verified, kWh (90 %)", known(totals.verified_kwh) + band],
    ["Avoided by average factors, kg", known(totals.average_kg)],
    ["Avoided by marginal factors, kg", known(totals.marginal_kg)],
  ];
  byId("sums").replaceChildren(...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function verified(one) {
  if (!one.saving) return h("td", { class: "number" }, "–");
  const { saved_kwh: saved, band_kwh: band, days, passes } = one.saving;
  const wide = isKnown(band) ? `± ${number(band, "kWh", 0)} in ${days} days` : `no band, ${days} days`;
  return h("td", { class: "number" }, number(saved, "kWh", 0), h("span", { class: "reason" }, passes ? wide : `${wide}; baseline not sufficient`));
}

function avoided(one) {
  if (!one.saving) return h("td", { class: "number" }, "–");
  const told = [["average", one.saving.average_kg], ["marginal", one.saving.marginal_kg]].map(([name, kg]) => `${name} ${isKnown(kg) ? number(kg, "kg", 0) : "not known"}`);
  return h("td", { class: "number", title: one.saving.emissions_note || null }, told[0], h("span", { class: "reason" }, told[1]));
}

function acts(one) {
  if (!mayManage) return h("td", {}, one.asked_at ? "Being worked out" : "");
  const steps = one.next.map((status) => h("button", { type: "button", class: status === "declined" ? "quiet" : null, onclick: () => move(one, status) }, VERBS[status] ?? status));
  const verify = one.can_be_verified && !one.asked_at ? h("button", { type: "button", onclick: () => act(`efficiency/enrolments/${one.id}/verification`, { method: byId("method").value }, one.site) }, one.saving ? "Verify again" : "Verify") : null;
  const told = one.asked_at ? "Being worked out" : one.refused;
  return h("td", {}, h("div", { class: "acts" }, ...steps, verify), told && h("span", { class: "reason" }, told));
}

const row = (one) => h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", class: "quiet", onclick: () => choose(one.site) }, one.site_name)),
  h("td", {}, one.measure_name, h("span", { class: "reason" }, one.kind_label)), h("td", {}, one.status_label, one.status_reason && h("span", { class: "reason" }, one.status_reason)),
  count(one.expected_kwh), count(one.levelised_cost, 3), verified(one), avoided(one), acts(one));

const siteRow = (one) => h("tr", { "aria-selected": String(one.id === chosen()) }, h("th", { scope: "row" }, h("button", { type: "button", class: "quiet", onclick: () => choose(one.id).then(refresh) }, one.name)),
  h("td", {}, one.kind_label), h("td", {}, one.days ? `${one.first_day} to ${one.last_day}` : "none yet"));

async function act(path, body, site) {
  try {
    await post(api(path), body);
    said("");
    await refresh();
    if (site === chosen()) await choose(site);
  } catch (error) { said(error.message); }
}

function askWork() {
  const dialog = byId("work");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const told = Object.fromEntries(new FormData(dialog.querySelector("form")));
      resolve(dialog.returnValue === "yes" ? { ...told, paid: told.paid === "" ? null : Number(told.paid) } : null);
    }, { once: true });
  });
}

async function move(one, status) {
  const more = status === "installed" ? await askWork() : {};
  if (more) await act(`efficiency/enrolments/${one.id}/step`, { status, ...more }, one.site);
}

async function showPipeline() {
  const found = await get(api("efficiency/pipeline"));
  sums(found);
  byId("enrolments").replaceChildren(...found.enrolments.map(row));
  byId("enrolments-empty").hidden = found.enrolments.length > 0;
  byId("sites").replaceChildren(...found.sites.map(siteRow));
  byId("sites-empty").hidden = found.sites.length > 0;
  setText(byId("pipeline-state"), byId("pipeline-state").textContent === "loading" ? "" : byId("pipeline-state").textContent);
  if (!chosen() && found.sites.length) await choose(found.sites[0].id);
}

async function showEmissions() {
  const zone = byId("emission-zone").value;
  const found = await get(api(`efficiency/emissions?${new URLSearchParams({ hours: BACK_H, ...(zone && { zone }) })}`));
  byId("emission-zone").replaceChildren(...found.zones.map((code) => h("option", { selected: code === found.zone }, code)));
  setText(byId("emission-method"), found.method);
  const known = [...found.average_g_per_kwh, ...found.marginal_g_per_kwh].some(isKnown);
  byId("emission-zone").hidden = found.zones.length === 0;
  byId("emission-chart").hidden = !known;
  byId("emissions-empty").hidden = known;
  if (!known) return;
  const begin = instant(found.starts_at) / 1000, t = found.average_g_per_kwh.map((_, n) => begin + n * HOUR_S);
  emissionChart.draw({ t, whole: found.average_g_per_kwh, dashed: found.marginal_g_per_kwh, step: HOUR_S, now: live.now() / 1000 });
}

async function refresh() {
  try {
    await Promise.all([showPipeline(), showEmissions()]);
  } catch (error) { said(error.message); }
}

byId("emission-zone").addEventListener("change", () => showEmissions().catch((error) => said(error.message)));
byId("site-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = Object.fromEntries(new FormData(event.target));
  try {
    const made = await post(api("efficiency/sites"), { ...told, price_zone: told.price_zone || null, weather: told.weather || null });
    event.target.reset();
    setText(byId("sites-state"), `${made.name} is there; import its readings.`);
    await choose(made.id);
    await refresh();
  } catch (error) { setText(byId("sites-state"), error.message); }
});
byId("catalogue")?.addEventListener("click", async () => {
  await act("efficiency/measures/catalogue", {}, chosen());
});
bring(refresh, act);
live.addEventListener("hint", ({ detail }) => detail.topic === "efficiency" && !document.hidden && refresh().then(() => chosen() && choose(chosen())));
if (!config.past) setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
refresh();
