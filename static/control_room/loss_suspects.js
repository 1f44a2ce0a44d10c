/** Meters behind which energy may be lost, with what speaks for it; a person orders the field check. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { ask } from "./ask.js";

const mayDecide = document.querySelector(".losses").dataset.mayDecide === "yes" && !config.past;
const ACTS = {
  new: [["field-check", "Field check", "Order a field check", "Why a field check is ordered"], ["cleared", "Clear", "Clear this customer", "What speaks against it"]],
  "field-check": [["confirmed", "Confirm", "Confirm what was found", "What was found at the meter"], ["cleared", "Clear", "Clear this customer", "What was found at the meter"]],
};

async function decide(one, [state, , title, label]) {
  const reason = await ask({ title: `${title}: ${one.name}`, label, text: "", yes: title });
  if (!reason) return;
  try {
    await post(api(`efficiency/suspects/${one.id}/decision`), { state, reason });
    await refresh();
  } catch (error) {
    setText(byId("suspects-state"), error.message);
  }
}

const acts = (one) => (mayDecide ? (ACTS[one.state] ?? []).map((act) => h("button", { type: "button", onclick: () => decide(one, act) }, act[1])) : []);
const energy = (kwh) => (kwh === 0 ? "not known" : number(kwh, "kWh", 0));

function row(one) {
  return h("tr", {},
    h("td", { class: "number" }, `${number(100 * one.probability, "%", 0)} %`),
    h("th", { scope: "row" }, one.name, h("span", { class: "small muted" }, ` fed by ${one.place}`)),
    h("td", {}, one.kind_text, one.since_day ? ` since ${one.since_day}` : ""),
    h("td", { class: "number" }, energy(one.energy_kwh)),
    h("td", {}, h("ul", {}, ...one.evidence.map(({ text }) => h("li", {}, text)))),
    h("td", {}, one.state_text, one.reason ? `: ${one.reason}` : ""),
    h("td", {}, h("span", { class: "acts" }, ...acts(one))));
}

async function refresh() {
  try {
    const { suspects } = await get(api("efficiency/suspects"));
    byId("suspects").replaceChildren(...(suspects.length ? suspects.map(row) : [h("tr", {}, h("td", { colspan: 7, class: "empty" }, "No meter is suspected. Single meters are looked at where nine tenths of a part's load are metered for twelve weeks."))]));
  } catch (error) {
    setText(byId("suspects-state"), error.message);
  }
}

refresh();
