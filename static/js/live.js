/** The read-only socket: reconnects by itself, never trusts that it saw everything. */
import { config } from "./config.js";
import { Past } from "./past.js";

const WAITS_S = [0.5, 1, 2, 4, 8, 10];
const SILENCE_S = 9;  // three beats: a half-open connection is closed and opened anew

class Live extends EventTarget {
  constructor() {
    super();
    this.connected = false;
    this.lastBeat = null;       // performance.now() of the last beat or hello
    this.clockOffset = 0;       // server clock minus ours, ms
    this.gridAt = null;         // as_of of the newest solution, unix ms
    this.attempts = 0;
    this.unsolved = null;       // why the grid's state is not known, if it is not
    this.newestGrid = null;     // for a display that starts listening later
  }

  start(url, topics) {
    this.url = url;
    this.topics = topics;
    this.#open();
    setInterval(() => this.#watch(), 1000);
    addEventListener("online", () => this.connected || this.#open());
  }

  now() { return Date.now() + this.clockOffset; }

  /** The time of day, on a page of the past too. */
  wall() { return this.now(); }

  /** May this frame take the place of that one? Time runs forward here. */
  follows(frame, known) { return !known || frame.asOf >= known.asOf; }

  #open() {
    clearTimeout(this.timer);
    this.socket?.close();
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.openedAt = performance.now();
    socket.onopen = () => socket.send(JSON.stringify({ subscribe: this.topics }));
    socket.onmessage = (event) => socket === this.socket && this.#take(event.data);
    socket.onclose = () => socket === this.socket && this.#lost();
  }

  #lost() {
    this.connected = false;
    this.socket = null;
    const wait = WAITS_S[Math.min(this.attempts++, WAITS_S.length - 1)];
    this.timer = setTimeout(() => this.#open(), wait * 1000 * (0.75 + Math.random() / 2));
    this.#emit("lost");
  }

  #watch() {
    const heard = Math.max(this.lastBeat ?? 0, this.openedAt ?? 0);
    if (this.socket && performance.now() - heard > SILENCE_S * 1000) {
      const socket = this.socket;
      this.#lost();
      socket.close();
    }
  }

  #take(data) {
    if (data instanceof ArrayBuffer) {
      this.newestGrid = data;
      this.#emit("grid", data);
      return;
    }
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.type === "hello" || message.type === "beat") this.#beat(message);
    if (message.type === "hello") this.#hello();
    this.#emit(message.type, message);
  }

  #hello() {
    this.connected = true;
    this.attempts = 0;
  }

  #beat(message) {
    this.lastBeat = performance.now();
    const server = Date.parse(message.server_time);
    if (Number.isFinite(server)) this.clockOffset = server - Date.now();
    if (message.as_of?.grid) this.gridAt = Math.max(message.as_of.grid, this.gridAt ?? 0);
  }

  /** Scans may come while none of them can be solved: then nothing is known of the grid. */
  sawOutcome({ outcome, reason }) { this.unsolved = outcome === "solved" ? null : reason || "no solution"; }

  sawGrid(asOf) { this.gridAt = Math.max(asOf, this.gridAt ?? 0); }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

export const live = config?.past ? new Past() : new Live();
