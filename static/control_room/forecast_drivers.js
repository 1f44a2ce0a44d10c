/** Why the forecast is what it is: contributions against last week, in a sentence and as bars; and days like it. */
import { api, get } from "../js/api.js";
import { byId, h, setText, svg } from "../js/dom.js";
import { number } from "../js/format.js";
import { power, when } from "./forecast_words.js";

const [W, H, LEFT] = [360, 20, 130];

export const similarLines = (days) => (days ?? []).map(({ label, t, kw }) => ({ key: `day ${label}`, t, kw }));

function bars(drivers, scale) {
  const most = Math.max(...drivers.map(({ kw }) => Math.abs(kw)), 1e-9);
  const decimals = most / scale.by >= 100 ? 0 : most / scale.by >= 10 ? 1 : 2;
  const middle = LEFT + (W - LEFT) / 2, reach = (W - LEFT) / 2 - 52;
  return svg("svg", { class: "driver-chart", viewBox: `0 0 ${W} ${drivers.length * H}`, role: "img", "aria-label": "contributions of the drivers" },
    ...drivers.flatMap(({ name, kw }, i) => {
      const width = (Math.abs(kw) / most) * reach, y = i * H;
      const word = `${kw >= 0 ? "+" : "\u2212"}${number(Math.abs(kw) / scale.by, scale.unit, decimals)}`;
      return [
        text(0, y + 14, name), svg("rect", { class: kw >= 0 ? "more" : "less", x: kw >= 0 ? middle : middle - width, y: y + 4, width: Math.max(width, 0.5), height: 12 }),
        text(kw >= 0 ? middle + width + 4 : middle - width - 4, y + 14, word, kw >= 0 ? "start" : "end"),
      ];
    }), svg("line", { class: "zero", x1: middle, x2: middle, y1: 0, y2: drivers.length * H }));
}

function text(x, y, words, anchor = "start") {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
}

const SMALL = 0.02;

/** What no eye could see is one bar, so that all still add up. */
function sized(drivers) {
  const most = Math.max(...drivers.map(({ kw }) => Math.abs(kw)));
  const large = drivers.filter(({ kw }) => Math.abs(kw) >= SMALL * most).map(({ name, detail, kw }) => ({ name, detail, kw }));
  const rest = drivers.filter(({ kw }) => Math.abs(kw) < SMALL * most).reduce((sum, { kw }) => sum + kw, 0);
  const ordered = large.sort((a, b) => Math.abs(b.kw) - Math.abs(a.kw));
  return Math.abs(rest) > SMALL * SMALL * most ? [...ordered, { name: "the rest", detail: "", kw: rest }] : ordered;
}

export async function drawDrivers(id, page) {
  const panel = byId("drivers-panel");
  const query = page.said ? `?as_of=${encodeURIComponent(page.said.issue.as_of)}` : "";
  let found = null;
  try {
    found = page.said ? await get(api(`forecasts/series/${id}/drivers${query}`)) : null;
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  panel.hidden = !found;
  byId("similar-choice").hidden = !found?.similar?.length;
  page.similarDays = found?.similar ?? [];
  if (!found) return;
  setText(byId("drivers-facts"), `at the peak, ${when(found.at)}`);
  const shown = sized(found.drivers);
  const details = shown.map(({ detail }) => detail).filter(Boolean);
  byId("drivers").replaceChildren(h("p", { class: "driver-sentence" }, found.sentence), bars(shown, page.scale),
    h("p", { class: "small muted" }, `The forecast of ${power(found.forecast_kw, page.scale)} less the ${power(found.base_kw, page.scale)} of the same time a week before.${details.length ? ` Weather against then: ${details.join(", ")}.` : ""}`));
}
