/** What was foretold of prices: its bands, when it was said, and how good that was. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";

const BANDS = [["90 %", 0.05, 0.95, 18], ["80 %", 0.1, 0.9, 22]];  // name, levels, strength of the colour
const NOTHING = "–";

const at = (text) => `${day(instant(text)).slice(5)} ${minute(instant(text))}`;
const share = (value) => (value === null ? NOTHING : `${number(100 * value, "", 1)} %`);

export const askForecast = (span) => get(api(`markets/price-forecasts?${new URLSearchParams(span)}`));
export const askSkill = (zone) => get(api(`markets/price-forecasts/skill?${new URLSearchParams({ zone })}`));

/** As the chart takes them; none where only a median was said. */
export function bandsOf(told) {
  const of = (level) => told.quantiles[told.levels.indexOf(level)];
  return BANDS.filter(([, low, high]) => of(low) && of(high)).map(([name, low, high, strength]) => ({ name, low: of(low), high: of(high), strength }));
}

function issuedRow(one) {
  const inputs = [`${one.inputs.days ?? NOTHING} days learned from`, ...(one.inputs.known_ahead ?? []).map((name) => `${name.replace("_forecast", "")} known ahead`)];
  const why = one.reason || (one.inputs.days ? inputs.join(", ") : "");
  return h("tr", {}, h("th", { scope: "row", class: "nowrap" }, one.day), h("td", { class: "nowrap" }, at(one.as_of)),
    h("td", {}, one.method_label, h("span", { class: "reason" }, why)));
}

export function showIssued(told) {
  byId("issued").replaceChildren(...told.issued.map(issuedRow));
  byId("issued-empty").hidden = told.issued.length > 0;
  const newest = told.issued.filter((one) => one.was_there).map((one) => one.as_of).sort().at(-1);
  setText(byId("forecast-state"), newest ? `newest of ${at(newest)}` : "");
}

export function showSkill(skill) {
  const known = skill.days > 0;
  byId("skill").hidden = !known;
  byId("skill-empty").hidden = known;
  if (!known) return;
  const again = skill.worked_out_again ? `, ${skill.worked_out_again} of them worked out again from what was known at their gate` : "";
  setText(byId("skill-days"), `Days whose prices are out: ${skill.days} of the last 28${again}.`);
  setText(byId("skill-mae"), number(skill.mae, "", 2));
  setText(byId("skill-naive"), skill.naive_mae === null ? NOTHING : number(skill.naive_mae, "", 2));
  setText(byId("skill-ratio"), skill.mae_ratio === null ? NOTHING : number(skill.mae_ratio, "", 2));
  setText(byId("skill-80"), share(skill.coverage_80));
  setText(byId("skill-90"), share(skill.coverage_90));
  setText(byId("skill-unit"), skill.unit);
}
