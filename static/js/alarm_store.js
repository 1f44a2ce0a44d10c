import { api, get, post } from "./api.js";
import { live } from "./live.js";

const FULL_EVERY_MS = 60_000;  // a whole snapshot now and then: a lost row could not stay lost
export const NEEDS_ACK = new Set(["unacknowledged", "returned"]);
const SHOWN_FIRST = { unacknowledged: 0, acknowledged: 1, returned: 2 };
const ATTENTION = { unacknowledged: 0, returned: 1, acknowledged: 2 };

/** "<xid>.<id>" positions in order; null is before everything. */
export function isNewer(a, b) {
  if (!a) return false;
  if (!b) return true;
  const [ax, ai] = a.split(".").map(BigInt);
  const [bx, bi] = b.split(".").map(BigInt);
  return ax > bx || (ax === bx && ai > bi);
}

const moreUrgent = (a, b) =>
  (NEEDS_ACK.has(a.state) ? 0 : 1) - (NEEDS_ACK.has(b.state) ? 0 : 1)
  || a.priority - b.priority
  || ATTENTION[a.state] - ATTENTION[b.state]
  || Date.parse(b.raised_at) - Date.parse(a.raised_at)
  || a.id - b.id;

class AlarmStore extends EventTarget {
  constructor() {
    super();
    this.alarms = new Map();
    this.epoch = null;
    this.position = null;
    this.checkedAt = null;
    this.fault = null;
    this.wanted = null;
    this.busy = null;
  }

  start() {
    live.addEventListener("hello", ({ detail }) => this.#resync(detail.epoch !== this.epoch));
    live.addEventListener("hint", ({ detail }) => detail.topic === "alarms" && this.#reach(detail.position));
    live.addEventListener("beat", ({ detail }) => this.#reach(detail.positions?.alarms));
    live.addEventListener("snapshot", ({ detail }) => detail.topic === "alarms" && this.#resync(true));
    this.#resync(true);
    setInterval(() => this.#resync(true), FULL_EVERY_MS);
  }

  sorted() { return [...this.alarms.values()].sort(moreUrgent); }

  /** Per priority: how many, and the state that asks for most attention. */
  counts() {
    const counts = Object.fromEntries([1, 2, 3, 4].map((priority) => [priority, { all: 0, state: "none" }]));
    for (const { priority, state } of this.alarms.values()) {
      const count = counts[priority];
      count.all += 1;
      if (!(SHOWN_FIRST[count.state] <= SHOWN_FIRST[state])) count.state = state;
    }
    return counts;
  }

  byEquipment(mrid) { return this.sorted().filter((alarm) => alarm.equipment_mrid === mrid); }

  async acknowledge(alarm) {
    try {
      this.#take(await post(api(`alarms/${alarm.id}/acknowledgement`), { occurrence: alarm.occurrence }));
    } finally {
      this.#changed([]);
      this.#resync(false);
    }
  }

  #reach(position) {
    if (!position) return;
    if (isNewer(position, this.position)) this.#resync(false);
    else if (this.position) this.#current();
  }

  /** One request at a time; whatever is asked for meanwhile is done right after. */
  #resync(full) {
    this.wanted = this.wanted === true ? true : full;
    this.busy ??= this.#drain().finally(() => { this.busy = null; });
  }

  async #drain() {
    while (this.wanted !== null) {
      const full = this.wanted || this.position === null;
      this.wanted = null;
      try {
        if (full) {
          if (this.position !== null) await this.#follow().catch(() => {});  // so that no journal entry is skipped
          await this.#full();
        } else await this.#follow();
        this.fault = null;
        this.#current();
      } catch (error) {
        if (error.status === 400) this.position = null;
        this.fault = error.message;
        this.#changed([]);
      }
    }
  }

  async #full() {
    const page = await get(api("alarms"));
    this.alarms = new Map(page.alarms.map((alarm) => [alarm.id, alarm]));
    this.epoch = page.epoch;
    this.position = page.position;
    this.#changed([]);
  }

  async #follow() {
    for (let more = true; more;) {
      const page = await get(api(`alarms?after=${encodeURIComponent(this.position)}`));
      if (page.epoch !== this.epoch) {
        this.wanted = true;
        return;
      }
      page.entries.forEach((entry) => this.#take(entry.alarm));
      this.position = page.position;
      more = page.more && page.entries.length > 0;
      if (page.entries.length) this.#changed(page.entries);
    }
  }

  #take(alarm) {
    const known = this.alarms.get(alarm.id);
    if (known && known.occurrence > alarm.occurrence) return;
    if (alarm.state === "normal") this.alarms.delete(alarm.id);
    else this.alarms.set(alarm.id, alarm);
  }

  #current() {
    this.checkedAt = live.now();
    this.dispatchEvent(new CustomEvent("checked"));
  }

  #changed(entries) { this.dispatchEvent(new CustomEvent("change", { detail: { entries } })); }
}

export const alarms = new AlarmStore();
