/** Records of outages from a file: seen before anything is changed. */
import { api, exchange, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";

const OK = 200, CREATED = 201;
let chosen = null, newest = 0;
const said = (text) => setText(byId("import-state"), text);
const send = (content, confirm) => exchange(api(`reliability/outages${confirm ? `?confirm=${confirm}` : ""}`), "POST", content, "application/octet-stream");

function show(seen) {
  byId("import-faults").replaceChildren(...seen.faults.map((one) => h("li", {}, `Line ${one.line}${one.column ? `, ${one.column}` : ""}: ${one.text}`)));
  byId("import-confirm").disabled = seen.faults_in_all > 0;
  said(seen.faults_in_all ? `${seen.faults_in_all} faults: mend the file; nothing can be imported.` : `${seen.outages} outages in ${seen.steps} steps, ${seen.repeated} known already. Nothing is changed yet.`);
}

async function look() {
  const file = byId("import-file").files[0], mine = ++newest;
  chosen = null;
  byId("import-confirm").disabled = true;
  byId("import-faults").replaceChildren();
  if (!file) return;
  said(`Reading ${file.name}`);
  const content = await file.arrayBuffer();
  const { status, body } = await send(content);
  if (mine !== newest) return;  // another file was chosen meanwhile
  if (status !== OK) { said(reason(body, status)); return; }
  chosen = { content, sha256: body.sha256 };
  show(body);
}

async function confirm() {
  byId("import-confirm").disabled = true;
  const { status, body } = await send(chosen.content, chosen.sha256);
  if (status !== CREATED) { said(reason(body, status)); return; }
  said(`${body.stored} outages are stored.`);
  document.dispatchEvent(new CustomEvent("outages-imported"));
}

byId("import-file").addEventListener("change", look);
byId("import-confirm").addEventListener("click", confirm);
