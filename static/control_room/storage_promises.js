/** What batteries are bound to beside prices: customers behind whose meter they stand, and reserve that was promised. */
import { api, get, post, send } from "../js/api.js";
import { byId, h, say, setText } from "../js/dom.js";
import { asInstant, day, instant, minute, number } from "../js/format.js";
import { ask } from "./ask.js";

const AGAIN_MS = 60_000, NOTHING = "–", PERCENT = 100, KW_A_MW = 1000;
const siteForm = byId("site-form"), reserveForm = byId("reserve-form");
let chosen = null;

const known = (value) => value !== null && value !== undefined;
const figure = (value, decimals) => h("td", { class: "number" }, known(value) ? number(value, "", decimals) : NOTHING);
const power = (value) => number(value, "kW", 0);
const limit = (value) => h("td", { class: "number" }, known(value) ? power(value) : "none");
const at = (text) => `${day(instant(text))} ${minute(instant(text))}`;
const note = (text) => h("span", { class: "small muted reason" }, text);
const plural = (count) => (count === 1 ? "1 battery" : `${count} batteries`);

function siteRow(one) {
  const plan = one.newest;
  const words = !plan ? "not planned yet" : plan.reason || `planned ${at(plan.as_of)}, ${plan.currency}`;
  return h("tr", {},
    h("th", { scope: "row" }, one.name, note(`${plural(one.plants.length)}, load ${one.load}, tariff ${one.tariff}; ${words}`)),
    limit(one.import_kw), limit(one.export_kw),
    figure(plan?.saved, 2), figure(plan?.saved_against_rule, 2),
    h("td", { class: "number" }, known(plan?.peak_kw) ? power(plan.peak_kw) : NOTHING, known(plan?.peak_without_kw) && note(`without ${power(plan.peak_without_kw)}`)),
    figure(known(plan?.self_consumed) ? PERCENT * plan.self_consumed : null, 1),
    siteForm && h("td", {}, h("button", { type: "button", class: "pick", onclick: () => openSite(one) }, "Change")));
}

function reserveRow(one) {
  const gone = Boolean(one.withdrawn_at);
  return h("tr", {},
    h("th", { scope: "row" }, one.name, note(gone ? `withdrawn ${at(one.withdrawn_at)} by ${one.withdrawn_by}: ${one.withdraw_reason}` : `${one.source} Entered by ${one.entered_by}.`)),
    h("td", { class: "number" }, power(one.up_kw)), h("td", { class: "number" }, power(one.down_kw)), figure(one.backing_h, 2), h("td", { class: "number" }, `${number(KW_A_MW * one.price_per_kw_h, "", 2)} ${one.currency}`),
    h("td", { class: "span" }, at(one.starts_at), h("br"), at(one.ends_at)),
    reserveForm && h("td", {}, !gone && h("button", { type: "button", class: "pick", onclick: () => withdraw(one) }, "Withdraw")));
}

function openSite(one) {
  chosen = one;
  setText(byId("site-name"), one.name);
  siteForm.elements.import_kw.value = one.import_kw ?? "";
  siteForm.elements.export_kw.value = one.export_kw ?? "";
  siteForm.elements.is_curtailable.checked = one.is_curtailable;
  siteForm.elements.reason.value = "";
  siteForm.hidden = false;
  siteForm.elements.import_kw.focus();
}

async function openReserve() {
  const { fleets } = await get(api("storage/fleets"));
  const options = fleets.flatMap((fleet) => [
    h("option", { value: `fleet ${fleet.id}` }, `${fleet.name}, the fleet`),
    ...fleet.plants.map((plant) => h("option", { value: `plant ${plant.mrid}` }, plant.name)),
  ]);
  reserveForm.elements.owner.replaceChildren(...options);
  reserveForm.hidden = false;
  reserveForm.elements.owner.focus();
}

/** Refusals stand beside the table they are of. */
async function act(state, work) {
  setText(byId(state), "");
  try {
    await work();
    await refresh();
  } catch (error) {
    setText(byId(state), error.message);
  }
}

async function withdraw(one) {
  const reason = await ask({ title: `Withdraw the reserve of ${one.name}`, label: "Why", text: "", yes: "Withdraw" });
  if (reason) await act("reserve-state", () => post(api(`storage/reserve/${one.id}/withdrawal`), { reason }));
}

const whole = (field) => (field.value === "" ? null : Number(field.value));

siteForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { import_kw: draw, export_kw: give, is_curtailable: may, reason } = siteForm.elements;
  act("sites-state", async () => {
    await send(api(`storage/sites/${chosen.id}`), { import_kw: whole(draw), export_kw: whole(give), is_curtailable: may.checked, reason: reason.value }, "PUT");
    siteForm.hidden = true;
    say("The site is changed; the next plan keeps to it.");
  });
});
byId("site-cancel")?.addEventListener("click", () => { siteForm.hidden = true; });
byId("reserve-new")?.addEventListener("click", () => act("reserve-state", openReserve));
byId("reserve-cancel")?.addEventListener("click", () => { reserveForm.hidden = true; });
reserveForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = reserveForm.elements, [kind, key] = form.owner.value.split(" ");
  const body = { [kind]: key, source: form.source.value, starts_at: asInstant(form.starts_at.value), ends_at: asInstant(form.ends_at.value) };
  for (const name of ["up_kw", "down_kw", "backing_h", "price_per_kw_h"]) body[name] = Number(form[name].value);
  act("reserve-state", async () => {
    await post(api("storage/reserve"), body);
    reserveForm.hidden = true;
    say("The reserve is promised; the next plan holds it.");
  });
});

async function refresh() {
  const [{ sites }, { commitments }] = await Promise.all([get(api("storage/sites")), get(api("storage/reserve"))]);
  byId("sites").replaceChildren(...sites.map(siteRow));
  byId("sites-empty").hidden = sites.length > 0;
  byId("reserves").replaceChildren(...commitments.map(reserveRow));
  byId("reserves-empty").hidden = commitments.length > 0;
}

const look = () => refresh().catch((error) => setText(byId("sites-state"), error.message));
setInterval(() => !document.hidden && look(), AGAIN_MS);
look();
