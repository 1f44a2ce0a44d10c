import { api, post } from "../js/api.js";
import { config, pageData } from "../js/config.js";
import { byId, h, say } from "../js/dom.js";
import { instant, stamp } from "../js/format.js";
import { tags } from "../js/tag_store.js";
import { ask } from "./ask.js";

const element = pageData("element");
const when = (text) => stamp(instant(text)).slice(0, -4);

async function act(path, body) {
  try {
    await post(api(path), body);
    return true;
  } catch (error) {
    say(error.message);
    return false;
  } finally {
    await tags.refresh();
  }
}

async function remove(tag) {
  const reason = await ask({ title: `Take off: ${tag.kind_label}, ${element.name}`, label: `Placed by ${tag.placed_by}: ${tag.reason}. Why is it taken off?`, text: "", yes: "Take off" });
  if (reason) await act(`tags/${tag.id}/removal`, { reason });
}

function row(tag) {
  return h("li", { class: "own-tag" },
    h("b", {}, tag.kind_label), h("span", {}, tag.reason),
    h("span", { class: "small muted" }, `${tag.placed_by}, ${when(tag.placed_at)}`),
    config.mayTag ? h("button", { type: "button", "aria-label": `Take off ${tag.kind_label}: ${tag.reason}`, onclick: () => remove(tag) }, "Take off") : "");
}

function draw() {
  const own = tags.byEquipment.get(element.mrid) ?? [];
  const none = tags.fault ? `The tags are not known: ${tags.fault}` : "No tag hangs here";
  byId("own-tags").replaceChildren(own.length ? h("ul", {}, own.map(row)) : h("p", { class: "empty" }, none));
}

byId("tag-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const reason = byId("tag-reason");
  const placed = await act("tags", { equipment_mrid: element.mrid, kind: byId("tag-kind").value, reason: reason.value.trim() });
  if (placed) reason.value = "";
});
tags.addEventListener("change", draw);
tags.start();
