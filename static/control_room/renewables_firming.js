/** Firming: asked for here, played by a worker, listed as it comes. */
import { api, get, post } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { at, kw, percent } from "./renewables_words.js";

const AGAIN_MS = 3000, WAITING = "waiting";
const form = byId("firming-form");
let timer = 0;

function row(one) {
  const told = one.result, best = told && told.cheapest !== null ? told.sizes[told.cheapest] : null;
  const cell = (text) => h("td", { class: "number" }, text);
  const asked = h("th", { scope: "row" }, one.of, h("span", { class: "reason" }, `${at(one.asked_at)}, ${one.asked_by}; ${number(one.per_kw, "", 0)} ${one.currency}/kW, ${number(one.per_kwh, "", 0)} ${one.currency}/kWh (${one.rates_from})`));
  const within = h("td", {}, `${percent(one.tolerance, 0)} % of plan in ${percent(one.share, 0)} %`, h("span", { class: "reason" }, told ? `${told.days} days played` : `${one.days} days`));
  if (!told) return h("tr", {}, asked, within, h("td", { colspan: 5 }, one.reason || `${one.status_label}: a worker plays it.`));
  if (!best) return h("tr", {}, asked, within, h("td", { colspan: 5 }, `No battery up to the largest excursion and twelve hours keeps it: the best kept ${percent(told.best_share)} %, none ${percent(told.without)} %.`));
  if (!best.energy_kwh) return h("tr", {}, asked, within, h("td", { colspan: 5 }, `No battery is needed: without one ${percent(told.without)} % are kept.`));
  return h("tr", {}, asked, within, cell(kw(best.power_kw)), cell(kw(best.energy_kwh)), cell(percent(best.share)), cell(percent(told.without)), cell(`${number(best.cost, "", 2)} ${one.currency}`));
}

async function refresh() {
  clearTimeout(timer);
  try {
    const { firmings } = await get(api("renewables/firming"));
    byId("firmings").replaceChildren(...firmings.map(row));
    byId("firming-table").hidden = !firmings.length;
    byId("firming-empty").hidden = firmings.length > 0;
    if (firmings.some((one) => one.status === WAITING)) timer = setTimeout(refresh, AGAIN_MS);
  } catch (error) {
    setText(byId("firming-state"), error.message);
  }
}

async function fillChoice() {
  const { portfolios } = await get(api("renewables/portfolios"));
  const told = await Promise.all(portfolios.map(async (one) => ({ ...one, plants: (await get(api(`renewables/portfolios/${one.id}/plants`))).plants })));
  byId("firming-of").replaceChildren(...told.map((one) => h("optgroup", { label: one.name }, h("option", { value: `portfolio ${one.id}` }, `${one.name}, all`), ...one.plants.map((plant) => h("option", { value: `plant ${plant.mrid}` }, plant.name)))));
}

const share = (id) => Number(byId(id).value) / 100;

async function ask(event) {
  event.preventDefault();
  const [kind, key] = byId("firming-of").value.split(" ");
  const body = { [kind]: key, tolerance: share("firming-tolerance"), share: share("firming-share"), round_trip: share("firming-trip"), days: Number(byId("firming-days").value), per_kw: Number(byId("firming-kw").value), per_kwh: Number(byId("firming-kwh").value), rates_from: byId("firming-source").value };
  try {
    await post(api("renewables/firming"), body);
    setText(byId("firming-state"), "asked");
    await refresh();
  } catch (error) {
    setText(byId("firming-state"), error.message);
  }
}

if (form) {
  form.addEventListener("submit", ask);
  fillChoice().catch((error) => setText(byId("firming-state"), error.message));
}
refresh();
