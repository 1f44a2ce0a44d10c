import { get } from "../js/api.js";
import { byId, h } from "../js/dom.js";
import { classWord } from "../js/names.js";

const WAIT_MS = 150;
const ALL = "all";

/** A field that names equipment of the study's own version of the network; where `search` is given, of what that finds. */
export class ElementField {
  constructor(id, names, base, allows = () => true, search = (text) => `${base}/elements?q=${text}`) {
    Object.assign(this, { input: byId(id), names: byId(names), search, allows, found: new Map(), timer: null });
    this.input?.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#offer().catch(() => {}), WAIT_MS);
    });
  }

  #label(hit) { return this.found.has(hit.name) && this.found.get(hit.name).mrid !== hit.mrid ? `${hit.name} (${classWord(hit.class)})` : hit.name; }

  set(hit) {
    this.found.set(hit.name, hit);
    this.input.value = hit.name;
  }

  async #offer() {
    const text = this.input.value.trim().replace(/ \([^)]*\)$/, "");
    if (!text || text === ALL) return;
    const hits = (await get(this.search(encodeURIComponent(text)))).map(({ class_name: kind, ...hit }) => ({ ...hit, class: kind ?? hit.class })).filter((hit) => this.allows(hit.class));
    if (this.input.value.trim().replace(/ \([^)]*\)$/, "") !== text) return;  // asked again for what stands there now
    this.found = new Map();
    for (const hit of hits) this.found.set(this.#label(hit), hit);
    this.names.replaceChildren(...[...this.found].map(([label, hit]) => h("option", { value: label }, [classWord(hit.class), hit.path].join(" · "))));
  }

  /** The mRID of what is named; 'all' stays a word. Throws with a remedy where nothing is. */
  async mrid() {
    const text = this.input.value.trim();
    if (text === ALL || text === "") return text;
    if (!this.found.has(text)) await this.#offer();
    const hit = this.found.get(text);
    if (!hit) throw new Error(`Nothing that fits is called ‘${text}’. Choose a name from the list, or click it on the map.`);
    return hit.mrid;
  }
}
