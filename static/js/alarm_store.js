import { api, get, send } from "./api.js";
import { live } from "./live.js";

const FULL_EVERY_MS = 60_000;  // a whole snapshot now and then: a lost row could not stay lost
export const NEEDS_ACK = new Set(["unacknowledged", "returned", "latched-unack"]);
const SHOWN_FIRST = { unacknowledged: 0, acknowledged: 1, returned: 2, "latched-unack": 3, "latched-ack": 4 };
const ATTENTION = { unacknowledged: 0, returned: 1, "latched-unack": 2, acknowledged: 3, "latched-ack": 4 };
const CANARY = "canary";
const GROUPS_AFTER_MS = 400;  // in a storm the groups are asked for once, not once an alarm

export const isQuiet = (alarm) => (alarm.suppression ?? "none") !== "none";
/** Nothing to show: back to normal, and nobody keeps it quiet or asks to. */
const isGone = (alarm) => alarm.state === "normal" && !isQuiet(alarm) && !alarm.work_order;

/** Positions in order; null is before everything. Those of the past are "<instant>.<number>". */
export function isNewer(a, b) {
  if (!a) return false;
  if (!b) return true;
  const [ax, ai = 0n] = a.split(".").map(BigInt);
  const [bx, bi = 0n] = b.split(".").map(BigInt);
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
    this.alarms = new Map();   // what is told to the operator
    this.quiet = new Map();    // what is shelved, suppressed or out of service
    this.versions = new Map(); // the newest telling of each, also of those that are gone
    this.groups = [];
    this.flooded = false;
    this.sungAt = null;        // the newest sign of life of the alarm processor
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

  find(id) { return this.alarms.get(id) ?? this.quiet.get(id) ?? null; }

  byEquipment(mrid) { return this.sorted().filter((alarm) => alarm.equipment_mrid === mrid); }

  acknowledge(alarm) { return this.act(alarm, "acknowledgement", { occurrence: alarm.occurrence }); }

  async act(alarm, what, body, method = "POST") {
    try {
      this.#take(await send(api(`alarms/${alarm.id}/${what}`), body, method));
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
    this.alarms = new Map();
    this.quiet = new Map();
    this.versions = new Map();
    page.alarms.forEach((alarm) => this.#take(alarm));
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
      const told = page.entries.filter(({ kind }) => kind !== CANARY);
      for (const { kind, recorded_at: at } of page.entries) if (kind === CANARY) this.sungAt = Date.parse(at);
      told.forEach((entry) => this.#take(entry.alarm));
      this.position = page.position;
      more = page.more && page.entries.length > 0;
      if (told.length) this.#changed(told);
    }
  }

  /** Of two tellings of one alarm the higher version is the newer, in whatever order they come. */
  #take(alarm) {
    if ((this.versions.get(alarm.id) ?? -1) >= (alarm.version ?? 0)) return;
    this.versions.set(alarm.id, alarm.version ?? 0);
    this.alarms.delete(alarm.id);
    this.quiet.delete(alarm.id);
    if (isGone(alarm)) return;
    if (isQuiet(alarm)) this.quiet.set(alarm.id, alarm);
    else if (alarm.state !== "normal") this.alarms.set(alarm.id, alarm);
    else this.quiet.set(alarm.id, alarm);
  }

  #regroup() {
    this.regrouping ??= setTimeout(async () => {
      this.regrouping = null;
      const ticket = this.groupTicket = (this.groupTicket ?? 0) + 1;
      try {
        const { groups, flooded } = await get(api("alarms/groups"));
        if (ticket !== this.groupTicket) return;
        this.groups = groups;
        this.flooded = flooded;
        this.dispatchEvent(new CustomEvent("grouped"));
      } catch { /* the list itself is there; the next change asks again */ }
    }, GROUPS_AFTER_MS);
  }

  #current() {
    this.checkedAt = live.now();
    this.dispatchEvent(new CustomEvent("checked"));
  }

  #changed(entries) {
    this.#regroup();
    this.dispatchEvent(new CustomEvent("change", { detail: { entries } }));
  }
}

export const alarms = new AlarmStore();
