/** The studio of storage: lifespan and economics of the chosen plant. Forms are in modules of their own. */
import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, number } from "../js/format.js";
import { live } from "../js/live.js";
import { showCases } from "./studio_cases.js";
import { causesFigure, fanFigure } from "./studio_charts.js";
import { clear, draw } from "./plotly_theme.js";
import { NOTHING, basisSentences, lifeTiles, money, servicesSentence, share, whole, years } from "./studio_words.js";

const WAIT_MS = 2000, PATIENCE_MS = 120_000;
const POLICIES = ["Policy", "Years", "Years gained", "Cycles a year", "Mean charge, %", "Earned a year", "Lost a year", "Batteries saved", "Worth a year"];
const EARNED = ["Days", "Realised", "Planned", "With foresight", "Share, %", "Simple rule", "Above it", "Cycles", "A cycle", "A MWh"];
let ticket = 0;

const plant = () => byId("plant").value;
const numbers = (names) => names.map((name, at) => h("th", { scope: "col", class: at ? "number" : null }, name));
const figure = (text) => h("td", { class: "number" }, text);
const tile = ([name, value, unit, note]) => h("div", { class: "panel" }, h("dt", {}, name), h("dd", {}, h("b", {}, value), h("span", { class: "unit" }, unit)), h("dd", { class: "small muted" }, note));

function showNothing(text) {
  setText(byId("life-empty"), text);
  byId("life-empty").hidden = false;
  clear(byId("fan-chart"));
  clear(byId("causes-chart"));
  for (const id of ["life-tiles", "basis", "policies"]) byId(id).replaceChildren();
}

function showRun(life) {
  const { run } = life, hasLife = run?.outcome === "known";
  for (const name of ["fan", "causes", "policies", "basis"]) document.querySelector(`.studio .${name}`).hidden = !hasLife;
  if (!hasLife) {
    showNothing(run ? `${run.outcome_label}. ${run.reason}` : `No lifespan of ${life.name} has been worked out. It is done each night${byId("work-out") ? ", or now with the button above" : ""}.`);
    return;
  }
  byId("life-empty").hidden = true;
  const currency = run.inputs.currency ?? run.inputs.cost?.currency ?? "";
  byId("life-tiles").replaceChildren(...lifeTiles(run).map(tile));
  byId("basis").replaceChildren(...basisSentences(life).map((text) => h("li", {}, text)));
  setText(byId("fan-note"), `Years left: ${years(run.low)} to ${years(run.high)}, median ${years(run.years)}`);
  draw(byId("fan-chart"), () => fanFigure(run, life.estimated));
  draw(byId("causes-chart"), () => causesFigure(run));
  showPolicies(run, currency);
}

function policyRow(one, now) {
  const gained = one === now ? NOTHING : number(one.years_gained, "", 1);
  return h("tr", {}, h("th", { scope: "row" }, one.words), figure(`${years(one.years)} (${years(one.low)} to ${years(one.high)})`), figure(gained), figure(whole(one.cycles_a_year)), figure(share(one.mean_soc, 0)),
    figure(money(one.earned_a_year)), figure(one === now ? NOTHING : money(one.lost_a_year)), figure(one === now ? NOTHING : money(one.saved_a_year)), figure(one === now ? NOTHING : money(one.worth_a_year)));
}

function showPolicies(run, currency) {
  const { policies, inputs } = run, unit = currency ? `, ${currency}` : "";
  byId("policies-head").replaceChildren(h("tr", {}, ...numbers(POLICIES.map((name, at) => (at > 4 ? name + unit : name)))));
  byId("policies").replaceChildren(...policies.map((one) => policyRow(one, policies[0])));
  byId("policies-head").hidden = policies.length === 0;
  byId("policies-empty").hidden = policies.length > 0;
  setText(byId("policies-empty"), inputs.policies);
  setText(byId("policies-note"), policies.length ? `${inputs.policy_days} days to ${inputs.prices_to.slice(0, 10)} planned again at known prices: years to compare with one another, not with those above; earnings before wear. ${inputs.money}` : "");
}

function showTests(life) {
  const fitted = new Map((life.run?.tests ?? []).map((one) => [Date.parse(one.tested_at), one]));
  byId("tests").replaceChildren(...life.tests.map((one) => {
    const told = fitted.get(Date.parse(one.tested_at));
    return h("tr", {}, h("td", { class: "nowrap" }, day(instant(one.tested_at))), figure(number(one.energy_kwh, "", 1)), figure(number(one.sigma_kwh, "", 1)), figure(share(one.energy_kwh / life.energy_kwh)),
      figure(told ? share(told.untested) : NOTHING), figure(told ? share(told.fitted) : NOTHING), h("td", {}, one.conditions || one.note || NOTHING), h("td", {}, one.source || NOTHING));
  }));
  byId("tests-empty").hidden = life.tests.length > 0;
  const waiting = life.tests.length - fitted.size;
  setText(byId("tests-note"), waiting > 0 ? `${waiting} of ${life.tests.length} not in the lifespan shown: work it out again` : `${life.tests.length}`);
}

function showCost(cost) {
  setText(byId("cost"), cost ? `${number(cost.per_kwh, "", 2)} ${cost.currency}/kWh, discount rate ${share(cost.discount_rate)} %. ${cost.source} (${cost.entered_by}, ${day(instant(cost.entered_at))})` : "Not entered yet. With it the policies tell what a longer life is worth, and a case begins with the price of the batteries.");
}

const earnedRow = (name, one, tag = "th") => h("tr", {}, h(tag, { scope: "row" }, name), ...[
  String(one.days), ...[one.realised, one.planned, one.perfect].map((value) => number(value, "", 2)), share(one.share_of_perfect), number(one.simple_rule, "", 2), number(one.above_simple_rule, "", 2), number(one.cycles, "", 1), number(one.per_cycle, "", 2), number(one.per_mwh, "", 2),
].map(figure));

function showEarned(earned) {
  const hasDays = earned.total.days > 0;
  byId("earned-head").replaceChildren(h("tr", {}, ...numbers(["Month", ...EARNED])));
  byId("earned-head").hidden = !hasDays;
  byId("earned").replaceChildren(...(hasDays ? [...earned.months.map((one) => earnedRow(one.month, one)), earnedRow("All", earned.total)] : []));
  byId("earned-empty").hidden = hasDays;
  setText(byId("earned-empty"), earned.settled_days ? `${earned.settled_days} days since ${earned.first_day} are settled, but of none are meter, foresight and rule all known.` : `No day since ${earned.first_day} is settled. A day is, when it has ended, its prices were known and the plant was planned.`);
  setText(byId("earned-note"), hasDays ? `${earned.currency}, ${earned.total.days} of ${earned.settled_days} settled days can be compared; before wear` : "");
  setText(byId("services"), servicesSentence(earned.services, earned.currency));
}

async function refresh() {
  const mine = ++ticket, mrid = plant();
  if (!mrid) return null;
  try {
    const [life, earned, own, free] = await Promise.all([get(api(`storage/plants/${mrid}/lifespan`)), get(api(`storage/plants/${mrid}/earned?days=365`)), get(api(`storage/cases?plant=${mrid}`)), get(api("storage/cases?free=true"))]);
    if (mine !== ticket) return null;
    showRun(life);
    showTests(life);
    showCost(life.cost);
    showEarned(earned);
    showCases([...own.cases, ...free.cases]);
    setText(byId("studio-state"), life.run ? `worked out ${day(instant(life.run.as_of))}, ${life.runs.length} ${life.runs.length === 1 ? "run" : "runs"} kept` : "");
    return life;
  } catch (error) {
    if (mine === ticket) setText(byId("studio-state"), error.message);
    return null;
  }
}

async function workOut() {
  const button = byId("work-out"), mrid = plant();
  button.disabled = true;
  try {
    const before = (await get(api(`storage/plants/${mrid}/lifespan`))).run?.id;
    await post(api(`storage/plants/${mrid}/lifespan`), {});
    setText(byId("studio-state"), "a worker works it out");
    await changed(mrid, before, Date.now() + PATIENCE_MS);
  } catch (error) {
    setText(byId("studio-state"), error.message);
  }
  button.disabled = false;
}

async function changed(mrid, before, until) {
  while (Date.now() < until && plant() === mrid) {
    await new Promise((done) => setTimeout(done, WAIT_MS));
    if ((await get(api(`storage/plants/${mrid}/lifespan`))).run?.id !== before) { await refresh(); return; }
  }
  setText(byId("studio-state"), "not worked out yet: the workers are busy, look again later");
}

const TABS = ["life", "money"];

function choose(name) {
  for (const one of TABS) {
    byId(one).hidden = one !== name;
    byId(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    byId(`tab-${one}`).tabIndex = one === name ? 0 : -1;
  }
  if (byId("work-out")) byId("work-out").hidden = name !== "life";
  dispatchEvent(new Event("resize"));  // a chart that was hidden has no size yet
}

function tabKeys(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = TABS.find((one) => byId(one).hidden);
  choose(other);
  byId(`tab-${other}`).focus();
}

async function begin() {
  const wanted = new URLSearchParams(location.search).get("plant");
  try {
    const { fleets } = await get(api("storage/fleets"));
    byId("plant").replaceChildren(...fleets.filter((fleet) => fleet.plants.length).map((fleet) => h("optgroup", { label: fleet.name }, ...fleet.plants.map((one) => h("option", { value: one.mrid }, one.name)))));
    if (wanted && [...byId("plant").options].some((one) => one.value === wanted)) byId("plant").value = wanted;
    byId("plants-empty").hidden = Boolean(plant());
    byId("life").hidden = !plant();
    setText(byId("studio-state"), "");
    await refresh();
  } catch (error) {
    setText(byId("studio-state"), error.message);
  }
}

byId("plant").addEventListener("change", () => { history.replaceState(null, "", `?plant=${plant()}`); refresh(); });
byId("work-out")?.addEventListener("click", workOut);
for (const one of TABS) {
  byId(`tab-${one}`).addEventListener("click", () => choose(one));
  byId(`tab-${one}`).addEventListener("keydown", tabKeys);
}
addEventListener("studio-changed", refresh);
if (config.past) live.addEventListener("jump", refresh);
begin();
