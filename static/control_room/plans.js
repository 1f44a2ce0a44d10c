import { api, post } from "../js/api.js";
import { byId, setText } from "../js/dom.js";
import { asInstant } from "../js/format.js";
import { drawTimes } from "./studies.js";

async function begin(event) {
  event.preventDefault();
  const button = event.submitter;
  button.disabled = true;
  setText(byId("refusal"), "");
  const given = {
    name: byId("name").value, purpose: byId("purpose").value, kind: byId("kind").value, steps: [],
    customers_may_lose: Number(byId("customers").value) || 0, begins_at: byId("begins").value ? asInstant(byId("begins").value) : null,
  };
  try {
    const plan = await post(api("plans"), given);
    location.assign(`/plans/${plan.id}/`);
  } catch (error) {
    setText(byId("refusal"), error.message);
    button.disabled = false;
  }
}

byId("new-plan")?.addEventListener("submit", begin);
drawTimes();
