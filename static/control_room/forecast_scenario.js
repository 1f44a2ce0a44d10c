/** What if the weather were another, or the day a holiday: the same model asked again, drawn beside what was issued. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { power, weekday, when } from "./forecast_words.js";

const WAIT_MS = 250;
const FIELDS = { temperature_c: "scenario-temperature", sun_percent: "scenario-sun", wind_percent: "scenario-wind" };

export function startScenario({ about, page, redraw }) {
  const form = byId("scenario");
  let timer = null, ticket = 0, days = [], prepared = "";

  const wish = () => Object.fromEntries(Object.entries(FIELDS).map(([name, id]) => [name, Number(byId(id).value || 0)]).filter(([, value]) => value));
  const chosenDays = () => [...byId("scenario-days").querySelectorAll("input")].filter(({ checked }) => checked).map(({ value }) => value);
  const calendar = () => days.filter(({ is_holiday: isHoliday }) => isHoliday).map(({ day }) => day);

  function question() {
    const asked = wish(), chosen = chosenDays();
    if (chosen.join() !== calendar().join()) asked.holidays = chosen.length ? chosen.join(",") : "none";
    return asked;
  }

  async function ask(asked) {
    const query = new URLSearchParams({ horizon: page.horizon, ...(page.said ? { as_of: page.said.issue.as_of } : {}), ...asked });
    return get(api(`forecasts/series/${about.id}/scenario?${query}`));
  }

  async function refresh() {
    clearTimeout(timer);
    const asked = question(), mine = ++ticket;
    if (!Object.keys(asked).length) return clear();
    try {
      const found = await ask(asked);
      if (mine !== ticket) return;
      page.scenario = found;
      tell(found);
    } catch (error) {
      if (mine !== ticket) return;
      page.scenario = null;
      setText(byId("scenario-says"), "");
      setText(byId("scenario-refusal"), error.message);
    }
    redraw();
  }

  function clear() {
    const had = page.scenario;
    page.scenario = null;
    setText(byId("scenario-says"), "");
    setText(byId("scenario-refusal"), "");
    if (had) redraw();
  }

  function tell({ peak, energy_kwh: energy, notes }) {
    const { scale } = page;
    const more = `${energy >= 0 ? "+" : "\u2212"}${number(Math.abs(energy) / scale.by, scale.unit, scale.decimals)} ${scale.unit}h`;
    setText(byId("scenario-says"), `Peak ${power(peak.scenario.p50, scale)} ${when(peak.scenario.at)}, where ${power(peak.issued.p50, scale)} ${when(peak.issued.at)} is forecast; ${more} in all.`);
    setText(byId("scenario-refusal"), "");
    byId("scenario-notes").replaceChildren(...notes.map((note) => h("li", {}, note)));
  }

  function drawDays() {
    const box = byId("scenario-days");
    const before = new Set(chosenDays()), known = box.dataset.days === days.map(({ day }) => day).join();
    if (known) return;
    box.dataset.days = days.map(({ day }) => day).join();
    box.replaceChildren(...days.map(({ day, is_holiday: isHoliday }) => h("label", {}, h("input", { type: "checkbox", value: day, checked: isHoliday || before.has(day) }), `${weekday(Date.parse(`${day}T12:00:00Z`))} ${day.slice(8)}`)));
  }

  /** Whether there can be a scenario of this issue, and which days it touches: asked once an issue. */
  async function prepare() {
    const issue = page.said ? `${page.horizon} ${page.said.issue.as_of}` : "";
    if (issue && issue === prepared) return;
    prepared = issue;
    try {
      const plain = page.said ? await ask({}) : null;
      days = plain?.days ?? [];
      setText(byId("scenario-state"), plain ? "" : "Nothing has been forecast yet.");
      form.hidden = !plain;
      if (plain) drawDays();
    } catch (error) {
      if (error.status !== 409) prepared = "";
      form.hidden = true;
      page.scenario = null;
      setText(byId("scenario-state"), error.message);
    }
    if (!form.hidden && Object.keys(question()).length) await refresh();
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, WAIT_MS); });
  form.addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  byId("scenario-clear").addEventListener("click", () => {
    for (const id of Object.values(FIELDS)) byId(id).value = "0";
    for (const box of byId("scenario-days").querySelectorAll("input")) box.checked = calendar().includes(box.value);
    byId("scenario-notes").replaceChildren();
    refresh();
  });
  return { prepare };
}
