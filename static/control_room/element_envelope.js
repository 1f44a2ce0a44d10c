/** On the page of a load, plant, battery or node: its operating envelope, where there is one. */
import { api, get } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h } from "../js/dom.js";
import { instant, time } from "../js/format.js";
import { envelopeChart, envelopeWords } from "./envelope_chart.js";

const AGAIN_MS = 60000, NOT_FOUND = 404;
const element = pageData("element");

async function refresh() {
  const panel = byId("envelope-panel");
  try {
    const told = await get(api(`optimization/envelopes/${element.mrid}`));
    const others = told.resources.length > 1 ? `Of its node, with ${told.resources.length} loads, plants and batteries. ` : "";
    const old = told.is_old ? " OLD: no newer run has come." : "";
    byId("envelope").replaceChildren(h("p", {}, `${others}${envelopeWords(told)}`), envelopeChart(told),
      h("p", { class: "small muted" }, `Worked out ${time(instant(told.as_of))} from ${told.expected_from || told.reason}.${old}`));
    panel.hidden = false;
  } catch (error) {
    panel.hidden = error.status === NOT_FOUND;
    if (!panel.hidden) byId("envelope").replaceChildren(h("p", { class: "empty" }, error.message));
  }
}

refresh();
setInterval(refresh, AGAIN_MS);
