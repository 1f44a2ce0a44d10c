import { api, get } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h } from "../js/dom.js";
import { faultTable } from "./fault_level.js";

const result = byId("fault-result");

/** On demand only: nobody waits for it who did not ask. */
async function workOut() {
  try {
    result.replaceChildren(...faultTable(await get(api(`state/short-circuit?node=${pageData("element").mrid}`))));
  } catch (error) {
    result.replaceChildren(h("p", {}, error.message));
  }
}

byId("fault-level")?.addEventListener("click", workOut);
