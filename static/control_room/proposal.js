/** One proposal: what it does to the voltage along the way, to everything else, and what came of it. */
import { api, get } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, number, precise, time } from "../js/format.js";
import { live } from "../js/live.js";
import { ProposalMap } from "./proposal_map.js";
import { profileCharts } from "./proposal_profile.js";
import { amount, card, proposalUrl } from "./remedy_card.js";

const rights = pageData("remedies-data");
const map = new ProposalMap(rights.id);
let ticket = 0;

const FIGURES = [["Losses", "losses_kw", "kW"], ["Lowest voltage", "min_voltage_pu", "pu"], ["Highest voltage", "max_voltage_pu", "pu"], ["Highest loading", "max_loading_percent", "%"], ["Overloads", "overloads", "customers"],
  ["Voltages beyond limits", "voltage_violations", "customers"], ["Customers without supply", "customers_without_supply", "customers"]];

function effects({ verification }) {
  const figures = verification.compared?.figures;
  if (!figures) return [h("p", { class: "empty" }, "It was not worked out, because a step's own bounds forbid it.")];
  const rows = FIGURES.map(([name, key, unit]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, number(figures.before[key], unit)), h("td", { class: "number" }, number(figures.after[key], unit)), h("td", { class: "muted" }, unit === "customers" ? "" : unit)));
  const made = [...verification.new.map((one) => ({ ...one, words: "would be broken" })), ...verification.worse.map((one) => ({ ...one, words: "would be worse" }))];
  return [h("table", {}, h("thead", {}, h("tr", {}, ["", "Before", "After", ""].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows)),
    ...(made.length ? [h("ul", {}, made.map((one) => h("li", {}, h("a", { href: elementUrl(one.mrid) }, one.name), ` ${one.words}`)))] : [])];
}

function receipt(told, unit) {
  if (!told) return [h("p", { class: "empty" }, "It comes some minutes after the end, whether it is taken or not.")];
  if (told.outcome === "due") return [h("p", {}, `Due at ${time(instant(told.due_at))}: promised ${amount(told.expected, unit)}, 80 % between ${amount(told.low, unit)} and ${amount(told.high, unit)}.`)];
  if (told.outcome === "void") return [h("p", {}, `Cannot be scored: ${told.reason}`)];
  const other = told.is_taken ? "Without it, by power flow of the same hour," : "With it, by power flow of the same hour,";
  return [h("p", {}, h("b", {}, `Promised ${amount(told.expected, unit)}, realised ${amount(told.realised, unit)}`), told.is_inside ? ": inside the stated band." : ": outside the stated band."),
    h("p", {}, `${told.is_taken ? "Measured with it" : "Measured without it"}: ${amount(told.is_taken ? told.value_with : told.value_without, unit)}. ${other} it would have been ${amount(told.is_taken ? told.value_without : told.value_with, unit)}.`)];
}

const peer = (one) => h("li", {}, one.id === rights.id ? h("b", {}, `${one.rank}. ${one.title}`) : [`${one.rank}. `, h("a", { href: proposalUrl(one.id) }, one.title)], h("span", { class: "small muted" }, `, ${number(one.score?.total, "points", 1)} points`));

function draw(told) {
  const { proposal, trouble } = told;
  byId("card").replaceChildren(card(proposal, trouble, rights, refresh));
  byId("profile").replaceChildren(...profileCharts(told.profile, trouble.breach === "overload"));
  map.show(told);
  byId("effects").replaceChildren(...effects(proposal));
  byId("peers").replaceChildren(told.peers.length ? h("ol", { class: "plain" }, told.peers.map(peer)) : h("p", { class: "empty" }, "0 others stand now."));
  byId("receipt").replaceChildren(...receipt(told.receipt, proposal.unit));
  byId("versions").replaceChildren(h("dl", { class: "spent" }, Object.entries(proposal.versions).map(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, String(value ?? "–"))]).flat()));
  const at = instant(proposal.verified_at);
  setText(byId("proposal-state"), `${proposal.status_label}${proposal.reason ? `: ${proposal.reason}` : ""}${at ? `. Checked ${time(at)}` : ""}`);
  byId("proposal-state").title = at ? precise(at) : "";
}

async function refresh() {
  const mine = ++ticket;
  try {
    const told = await get(api(`proposals/${rights.id}`));
    if (mine === ticket && !document.querySelector("dialog[open]")) draw(told);
  } catch (error) {
    if (mine === ticket) setText(byId("proposal-state"), error.message);
  }
}

live.addEventListener("hint", ({ detail }) => detail.topic === "proposals" && refresh());
setInterval(refresh, 15000);
refresh();
