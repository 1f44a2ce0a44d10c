import { api, post } from "../js/api.js";
import { byId, setText } from "../js/dom.js";
import { instant, precise, stamp } from "../js/format.js";

export function drawTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-at]")) {
    const at = instant(element.dataset.at);
    setText(element, stamp(at).slice(0, 19));
    element.title = precise(at);
  }
}

async function begin(event) {
  event.preventDefault();
  const past = document.querySelector("input[name=start]:checked").value === "past";
  const at = byId("instant").value.trim();
  setText(byId("refusal"), past && !at ? "Give the instant, or start from the state of now." : "");
  if (past && !at) return;
  const button = event.submitter;
  button.disabled = true;
  try {
    const study = await post(api("studies"), { name: byId("name").value, note: byId("note").value, at: past ? at : null });
    location.assign(`/studies/${study.id}/`);
  } catch (error) {
    setText(byId("refusal"), error.message);
    button.disabled = false;
  }
}

byId("new-study")?.addEventListener("submit", begin);
byId("instant")?.addEventListener("input", () => { document.querySelector("input[name=start][value=past]").checked = true; });
drawTimes();
