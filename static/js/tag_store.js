import { api, get } from "./api.js";
import { live } from "./live.js";

const FULL_EVERY_MS = 60_000;  // a hint that was lost could not stay lost
const GRAVEST_FIRST = ["hold", "earth", "hot_line", "caution", "information"];
const graver = (a, b) => GRAVEST_FIRST.indexOf(a.kind) - GRAVEST_FIRST.indexOf(b.kind) || a.id - b.id;

/** The tags that hang, now or at the instant of the past that is shown. */
class TagStore extends EventTarget {
  constructor() {
    super();
    this.byEquipment = new Map();
    this.fault = "";
    this.ticket = 0;
  }

  start() {
    live.addEventListener("hello", () => this.refresh());
    live.addEventListener("hint", ({ detail }) => detail.topic === "tags" && this.refresh());
    live.addEventListener("jump", () => this.refresh());
    setInterval(() => this.refresh(), FULL_EVERY_MS);
    this.refresh();
  }

  async refresh() {
    const mine = ++this.ticket;
    let found = null;
    let fault = "";
    try {
      found = (await get(api("tags"))).tags;
    } catch (error) {
      fault = error.message;
    }
    if (mine !== this.ticket) return;
    this.fault = fault;
    if (found) this.byEquipment = grouped(found.sort(graver));
    this.dispatchEvent(new Event("change"));
  }
}

function grouped(tags) {
  const groups = new Map();
  for (const tag of tags) groups.set(tag.equipment_mrid, [...(groups.get(tag.equipment_mrid) ?? []), tag]);
  return groups;
}

export const tags = new TagStore();
