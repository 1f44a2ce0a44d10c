/* Forms of the network pages: each is one call of the API; what is wrong is shown where it is. */
import { byId, h, setText } from "../js/dom.js";
import { asInstant, day, instant, minute, precise } from "../js/format.js";
import { api, exchange, reason } from "../js/api.js";

for (const time of document.querySelectorAll("time[datetime]")) {
  const ms = instant(time.dateTime);
  time.textContent = `${day(ms)} ${minute(ms)}`;
  time.title = precise(ms);
}

const told = (form, text) => setText(form.querySelector(".outcome"), text);
const words = (field) => `${field.label || field.field} ${field.before ?? "–"} → ${field.after ?? "–"}${field.unit ? ` ${field.unit}` : ""}`;

function fields(form) {
  const values = {};
  for (const input of form.elements) {
    if (input.name && input.value) values[input.name] = "instant" in input.dataset ? asInstant(input.value) : input.value;
  }
  return values;
}

for (const form of document.querySelectorAll("form[data-act]")) {
  form.addEventListener("reset", () => { form.closest("details")?.removeAttribute("open"); told(form, ""); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if ("busy" in form.dataset) return;
    form.dataset.busy = "";
    told(form, "Working …");
    const { status, body } = await exchange(api(form.dataset.act), form.dataset.method ?? "POST", fields(form));
    delete form.dataset.busy;
    if (status >= 400 || status === 0) {
      told(form, reason(body, status));
    } else if (form.dataset.next) location.href = form.dataset.next.replace("{id}", body.model_version);
    else location.reload();
  });
}

function sheet(form) {
  const { url, back, action, mrid, revision } = form.dataset;
  const mark = (name, text) => {
    const note = byId(`e-${name}`), input = byId(`f-${name}`);
    if (!note || !input) return false;
    note.textContent = text || note.dataset.hint;
    note.toggleAttribute("data-wrong", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    return true;
  };
  const act = async (what, values) => {
    told(form, "Working …");
    for (const input of form.elements) if (input.name) mark(input.name, "");
    const { status, body } = await exchange(api(url), "POST", { action: what, mrid, values, revision: Number(revision) });
    if (status === 200) { location.href = back; return; }
    const faults = body.faults ?? [];
    const left = faults.filter((fault) => !mark(fault.field, `${fault.text}. ${fault.remedy}`)).map((fault) => `${fault.text}. ${fault.remedy}`);
    const head = faults.length ? `Nothing was changed: ${faults.length} ${faults.length === 1 ? "value is" : "values are"} refused.` : reason(body, status);
    told(form, [head, ...left].join(" "));
    form.querySelector("[aria-invalid]")?.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const inputs = [...form.elements].filter((input) => input.name && (action === "add" || input.value !== input.dataset.was));
    if (inputs.length) act(action, Object.fromEntries(inputs.filter((input) => action !== "add" || input.value).map((input) => [input.name, input.value])));
    else told(form, "Nothing differs from what is stored.");
  });
  const remove = byId("remove");
  remove?.addEventListener("click", () => {
    if (remove.dataset.sure) act("remove", {});
    else { remove.dataset.sure = "yes"; remove.textContent = `Press again: ${remove.textContent.toLowerCase()}`; }
  });
}

function csv(form) {
  const apply = byId("apply"), preview = byId("preview"), rows = preview.querySelector("tbody");
  const MOST = 500;
  const shown = ({ changes = [], faults = [] }) => [
    ...faults.map((fault) => h("tr", {}, h("td", {}, `line ${fault.line}`), h("td", {}, fault.element), h("td", {}, fault.field), h("td", {}, h("b", {}, fault.text), ` ${fault.remedy}`))),
    ...changes.map((change) => h("tr", {}, h("td", {}, change.action), h("td", {}, change.name), h("td", {}, change.fields.length), h("td", {}, change.action === "update" ? change.fields.map((field) => h("span", { class: "change" }, words(field))) : ""))),
  ];
  const run = async (isApplied) => {
    const file = byId("file").files[0];
    if (!file) return;
    apply.disabled = true;
    told(form, "Reading …");
    const { status, body } = await exchange(api(`${form.dataset.url}?apply=${isApplied}`), "POST", file, "text/csv");
    if (byId("file").files[0] !== file && !body.applied) return;  // another file was chosen meanwhile: nothing of this one may be applied
    const { changes = [], faults = [], unchanged = 0, applied = false } = body;
    if (applied) { location.reload(); return; }
    const all = shown(body);
    rows.replaceChildren(...all.slice(0, MOST));
    preview.hidden = !all.length;
    apply.disabled = status !== 200 || !changes.length;
    const cut = all.length > MOST ? ` The first ${MOST} lines are shown.` : "";
    const counted = `${changes.length} ${changes.length === 1 ? "change" : "changes"}, ${unchanged} lines without change, ${faults.length} refused.`;
    told(form, "faults" in body ? `${counted}${faults.length ? " With a refused line nothing is applied." : ""}${cut}` : reason(body, status));
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); run(false); });
  apply.addEventListener("click", () => run(true));
  byId("file").addEventListener("change", () => { apply.disabled = true; });
}

if (byId("sheet")) sheet(byId("sheet"));
if (byId("csv")) csv(byId("csv"));
