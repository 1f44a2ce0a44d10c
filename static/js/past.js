/** The past in the place of the live socket: the same events, from what was stored. */
import { config } from "./config.js";
import { Reel, readRecords } from "./past_frames.js";
import { answerHere } from "./past_answers.js";
import { atInstant, moveTo } from "./past_url.js";

export const SPEEDS = [1, 2, 5, 10, 60];
const TICK_MS = 200;         // a picture five times a second at most, whatever the speed
const AHEAD_S = 20;          // of watching, fetched at once
const FETCH_BELOW_S = 10;
const STILL_S = 20;          // of the past around an instant that stands still
const BEHIND_MS = 600_000;
const EPOCH = "past";
const STRAY_S = { whole: 3 * (config?.scanPeriodS ?? 2) + 2, thinned: 90 };  // older scans are kept one a minute
const WHOLE_MS = 3_600_000;

const position = ({ recorded_at: at, position: known }) => `${Date.parse(at)}.${known}`;
const number = (text) => BigInt(text.split(".")[0]);

export class Past extends EventTarget {
  constructor() {
    super();
    const at = Date.parse(config.past.at);
    Object.assign(this, {
      isPast: true, connected: true, lastBeat: 0, clockOffset: Date.parse(config.past.now) - Date.now(), gridAt: null, unsolved: null, newestGrid: null,
      at, speed: 1, playing: false, fault: null, from: null, until: null, requests: 0,
    });
    this.reel = new Reel();
    this.entries = [];
    this.told = -Infinity;
    this.shown = undefined;
    this.ticket = 0;
  }

  start() {
    answerHere(/^alarms\?$/, async (query, ask) => {
      const at = this.at;
      const { alarms } = await ask();
      return { epoch: EPOCH, position: `${Math.floor(at)}.0`, alarms };
    });
    answerHere(/^alarms\?.*after=/, async (query) => {
      const after = number(query.get("after"));
      const known = this.entries.filter((entry) => number(entry.position) > after && Date.parse(entry.recorded_at) <= this.at);
      return { epoch: EPOCH, position: known.at(-1)?.position ?? query.get("after"), more: false, entries: known };
    });
    this.seek(this.at);
    this.#learnPeriod();
  }

  now() { return this.at; }
  wall() { return Date.now() + this.clockOffset; }
  follows() { return true; }
  sawOutcome({ outcome, reason }) { this.unsolved = outcome === "solved" ? null : reason || "no solution"; }
  sawGrid() {}

  /** Time that passed since the state that is shown, if that is more than the scans of then lie apart: a gap. */
  get gapS() {
    if (!this.shown) return null;
    const limit = this.wall() - this.at > WHOLE_MS ? STRAY_S.thinned : STRAY_S.whole;
    const since = (this.at - this.shown.asOf) / 1000;
    return since > limit ? since : null;
  }

  play(speed = this.speed) {
    this.speed = speed;
    this.#emit("moved");
    if (this.playing) return;
    this.playing = true;
    this.beatAt = performance.now();
    this.timer = setInterval(() => this.#tick(), TICK_MS);
    this.#ahead();
    this.#emit("moved");
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.timer);
    this.playing = false;
    this.#emit("moved");
    this.#emit("jump");
  }

  /** To any instant; what is shown follows within one request. */
  async seek(ms) {
    this.at = Math.min(Math.max(ms, this.from ?? -Infinity), this.wall());
    this.told = this.at;
    moveTo(this.at);
    const ticket = ++this.ticket;
    const begun = performance.now();
    if (!this.reel.covers(this.at)) await this.#fetch(this.at, ticket);
    if (ticket !== this.ticket) return;
    this.#show();
    this.seekMs = performance.now() - begun;
    this.#emit("snapshot", { topic: "alarms" });
    this.#emit("moved");
    this.#emit("jump");
  }

  /** One stored state forward or back; of keys pressed in haste each counts. */
  step(direction) {
    this.pause();
    this.steps = (this.steps ?? Promise.resolve()).then(() => this.#step(direction));
    return this.steps;
  }

  async #step(direction) {
    if (direction < 0) {
      const before = (this.shown?.asOf ?? this.at) - 1;
      const ticket = this.ticket + 1;
      await this.seek(before);
      if (this.shown && ticket === this.ticket) await this.seek(this.shown.asOf);
      return;
    }
    const { ticket } = this;
    const state = await this.ask(`state/at?instant=${new Date(this.at).toISOString()}`);
    if (ticket !== this.ticket) return;  // somebody went elsewhere meanwhile
    if (state?.next_as_of) await this.seek(Date.parse(state.next_as_of) + 1);  // the server knows microseconds
  }

  /** To the nearest alarm before or after. */
  async toEvent(direction) {
    this.pause();
    const { ticket } = this;
    const found = await this.ask(`alarms/past/neighbours?instant=${new Date(this.at).toISOString()}`);
    if (ticket !== this.ticket) return;
    const at = direction < 0 ? found?.before : found?.after;
    if (at) await this.seek(Date.parse(at) + 1);
    else this.#tell(`There is no alarm ${direction < 0 ? "before" : "after"} this instant.`);
  }

  async ask(path) {
    this.requests += 1;
    try {
      const answer = await fetch(config.urls.api + path, { credentials: "same-origin", signal: AbortSignal.timeout(15_000) });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      this.#tell(null);
      return answer.headers.get("Content-Type").startsWith("application/octet-stream") ? await answer.arrayBuffer() : await answer.json();
    } catch (error) {
      this.#tell(error.name === "TypeError" ? "The server cannot be reached." : error.message);
      return null;
    }
  }

  #tick() {
    const now = performance.now();
    const at = this.at + (now - this.beatAt) * this.speed;
    this.beatAt = now;
    if (!this.reel.covers(Math.min(at, this.wall()))) {
      this.#ahead();
      return;  // the picture waits for what is on its way, and the clock of the past with it
    }
    this.at = Math.min(at, this.wall());
    moveTo(this.at);
    this.#show();
    this.#tellAlarms();
    this.#emit("moved");
    if (this.at >= Math.min(this.wall() - 1000, this.until ?? Infinity)) this.pause();
    else this.#ahead();
  }

  async #ahead() {
    const known = (this.reel.until - this.at) / 1000 / this.speed;
    if (this.fetching || known > FETCH_BELOW_S) return;
    await this.#fetch(this.reel.covers(this.at) ? this.reel.until : this.at, this.ticket);
    this.reel.forget(this.at - BEHIND_MS);
  }

  async #fetch(from, ticket) {
    this.fetching = true;
    const span = (this.playing ? AHEAD_S * this.speed : STILL_S) * 1000;
    const until = from + span;
    const query = `from=${new Date(from).toISOString()}&to=${new Date(until).toISOString()}`;
    const jobs = [this.ask(`state/frames?${query}&most=${(AHEAD_S * 1000) / TICK_MS}`)];
    if (config.mayViewAlarms) jobs.push(this.ask(`alarms/past/entries?${query}`));
    const [states, told] = await Promise.all(jobs);
    this.fetching = false;
    if (!states || ticket !== this.ticket) return;
    this.reel.add(readRecords(states), from, until);
    const fresh = (told?.entries ?? []).map((entry) => ({ ...entry, position: position(entry) }));
    this.entries = [...this.entries.filter((entry) => Date.parse(entry.recorded_at) <= from && Date.parse(entry.recorded_at) > from - BEHIND_MS), ...fresh];
  }

  #show() {
    const record = this.reel.at(this.at);
    if (record === this.shown || (record && this.shown && record.asOf === this.shown.asOf)) return;
    if (record && record.state.solution.model_version !== config.past.modelVersion) {
      location.replace(atInstant(location.href, this.at));  // another version of the network: the page is built anew
      return;
    }
    this.shown = record;
    this.gridAt = record?.asOf ?? null;
    this.newestGrid = record?.frame ?? null;
    if (record?.state.system) this.#emit("snapshot", { topic: "system", data: record.state.system });
    if (record?.frame) this.#emit("grid", record.frame);
  }

  /** What was told meanwhile, through the same door as live. */
  #tellAlarms() {
    const newest = this.entries.findLast((entry) => Date.parse(entry.recorded_at) <= this.at);
    if (newest && Date.parse(newest.recorded_at) > this.told) this.#emit("hint", { topic: "alarms", position: newest.position });
    this.told = this.at;
  }

  async #learnPeriod() {
    const state = await this.ask(`state/at?instant=${new Date(this.at).toISOString()}`);
    if (!state) return;
    this.from = state.stored_from ? Date.parse(state.stored_from) : null;
    this.until = state.stored_until ? Date.parse(state.stored_until) : null;
    this.#emit("moved");
  }

  #tell(fault) {
    if (fault === this.fault) return;
    this.fault = fault;
    this.#emit("moved");
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
