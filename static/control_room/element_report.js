/** A person who knows of a loss of supply here that neither switches nor meters tell of opens an incident. */
import { api, exchange, reason } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, say } from "../js/dom.js";
import { ask } from "./ask.js";
import { incidentUrl } from "./incident_words.js";

const element = pageData("element");

async function report() {
  const text = await ask({ title: `No supply at ${element.name}`, label: "What was seen or heard, and by whom. An incident is opened.", text: "", yes: "Open an incident" });
  if (!text) return;
  const { status, body } = await exchange(api("incidents"), "POST", { equipment_mrid: element.mrid, text });
  if (status === 201) location.assign(incidentUrl(body.number));
  else say(reason(body, status));
}

byId("report-loss").addEventListener("click", report);
