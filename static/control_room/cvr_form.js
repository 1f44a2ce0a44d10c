/** A new voltage experiment: where it can be, what the last weeks say of it, and its draft. */
import { api, get, post } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, number } from "../js/format.js";
import { live } from "../js/live.js";
import { pu } from "./cvr_words.js";

const DAY_MS = 86_400_000;
const asked = () => ({ feeder: byId("draft-feeder").value, steps_down: byId("draft-steps").value, margin_pu: byId("draft-margin").value });
const words = (rows) => byId("outlook").replaceChildren(...rows.filter(Boolean).map((text) => h("li", {}, text)));

async function fillFeeders() {
  try {
    const { sites } = await get(api("efficiency/cvr/sites"));
    const can = sites.filter((one) => !one.objection), cannot = sites.filter((one) => one.objection);
    byId("draft-feeder").replaceChildren(...can.map((one) => h("option", { value: one.feeder }, one.name)), ...cannot.map((one) => h("option", { value: one.feeder, disabled: "" }, `${one.name}: ${one.objection}`)));
    if (!can.length) words([sites.length ? "On no feeder can an experiment be made now; the list says why." : "The live network has no feeder."]);
  } catch (error) {
    setText(byId("draft-fault"), error.message);
  }
}

function tell(one) {
  const widths = Object.entries(one.half_width_after).map(([days, half]) => `${days} days ±${number(half, "", 2)}`).join(", ");
  words([
    `Moved together: ${one.units.join(", ")}, a step of ${number(one.step_percent, "", 2)} %.${one.together.length ? ` ${one.together.join(", ")} goes down with it.` : ""}`,
    one.foreseen_lowest_pu === null ? "No power flow says how low it would go." : `By power flow now: lowest ${pu(one.foreseen_lowest_pu)} pu at ${one.foreseen_lowest_at}; the guard is ${pu(one.guard_pu)} pu.`,
    one.objection,
    one.lowest_seen_pu === null ? "No voltage of the last four weeks is stored." : `Lowest of the last four weeks: ${pu(one.lowest_seen_pu)} pu; ${one.steps_possible} steps leave room for 99 % of the hours.`,
    one.days_needed === null ? `${one.days_measured} of the last 28 days are measured: too few to say how many days it takes.` : `For a factor within ±${one.wanted_half_width}: about ${one.days_needed} days. After ${widths}.`,
    `${one.bellwethers.length} voltages are watched; ${one.reference_feeders} other feeders tell what people and weather do.`,
  ]);
}

byId("draft-look").addEventListener("click", async () => {
  setText(byId("draft-fault"), "");
  try {
    tell(await get(api(`efficiency/cvr/outlook?${new URLSearchParams(asked())}`)));
  } catch (error) {
    setText(byId("draft-fault"), error.message);
  }
});
byId("draft-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  setText(byId("draft-fault"), "");
  try {
    const made = await post(api("efficiency/cvr"), { ...asked(), starts_on: byId("draft-start").value, days: byId("draft-days").value, most_guard_days: byId("draft-guard").value });
    words([`Drafted: ${made.reduced_days} of ${made.days} days are reduced. A second person approves it.`]);
    document.dispatchEvent(new CustomEvent("cvr-drafted", { detail: made.id }));
  } catch (error) {
    setText(byId("draft-fault"), error.message);
  }
});
byId("draft-start").value = day(live.now() + DAY_MS);
fillFeeders();
