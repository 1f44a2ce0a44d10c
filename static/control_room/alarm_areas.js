import { api, get, send } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, say } from "../js/dom.js";

const EVERY_MS = 30_000;
let areas = [];
let wanted = "all";
let ticket = 0;

const areaOf = (alarm) => areas.find(({ id }) => id === alarm.area_id) ?? areas.find((area) => area.is_default);

/** Is it within the areas that were chosen? Before the areas are known everything is. */
export function responsible(alarm) {
  const area = areaOf(alarm);
  if (wanted === "all" || !area) return true;
  return wanted === "mine" ? area.is_mine : String(area.id) === wanted;
}

const holders = ({ assigned, is_default: open }) => (assigned.length ? assigned.join(", ") : open ? "every operator" : "NOBODY");

function draw() {
  const box = byId("filter-responsible");
  const options = [["all", "All areas"], ["mine", "My areas"], ...areas.map((area) => [String(area.id), `${area.name}: ${holders(area)}`])];
  const takeovers = config.mayAcknowledge ? areas.map((area) => [`take/${area.id}`, `Take over ${area.name}`]) : [];
  box.replaceChildren(...[...options, ...takeovers].map(([value, label]) => h("option", { value, selected: value === wanted }, label)));
}

async function choose({ target }) {
  const [act, id] = target.value.split("/");
  if (act !== "take") wanted = target.value;
  else {
    const { name } = areas.find((area) => String(area.id) === id);
    ticket += 1;
    try {
      areas = await send(api(`areas/${id}/responsibility`), {}, "POST");
      say(`You alone answer for ${name} now; it is logged.`);
    } catch (error) {
      say(error.message);
    }
  }
  draw();
  choose.changed();
}

async function refresh() {
  const mine = ++ticket;
  try {
    const known = await get(api("areas"));
    if (mine !== ticket) return;
    areas = known;
    if (document.activeElement !== byId("filter-responsible")) draw();
    choose.changed();
  } catch { /* asked again soon */ }
}

export function startAreas(changed) {
  choose.changed = changed;
  draw();
  byId("filter-responsible").addEventListener("change", choose);
  setInterval(refresh, EVERY_MS);
  refresh();
}
