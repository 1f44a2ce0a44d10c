/** States of a span of the past, in order of time; see apps/state/selectors/past.py for the octets. */
const HEADER = 8;
const words = new TextDecoder();

export function readRecords(buffer) {
  const view = new DataView(buffer);
  const records = [];
  for (let at = 0; at < buffer.byteLength;) {
    const [told, frame] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    at += HEADER;
    const state = JSON.parse(words.decode(new Uint8Array(buffer, at, told)));
    at += told;
    records.push({ state, asOf: Date.parse(state.solution.as_of), frame: frame ? buffer.slice(at, at + frame) : null });
    at += frame;
  }
  return records;
}

/** What was fetched, from one instant up to another; the first record is the state at the beginning. */
export class Reel {
  constructor() { this.clear(); }

  clear() { Object.assign(this, { records: [], from: Infinity, until: -Infinity }); }

  covers(ms) { return ms >= this.from && ms <= this.until; }

  add(records, from, until) {
    if (from !== this.until) this.clear();
    this.from = Math.min(this.from, from);
    this.until = until;
    const last = this.records.at(-1)?.asOf ?? -Infinity;
    this.records.push(...records.filter(({ asOf }) => asOf > last));
  }

  /** The newest state at or before the instant; null: nothing is stored of then. */
  at(ms) {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.records[middle].asOf <= ms) low = middle + 1;
      else high = middle;
    }
    return this.records[low - 1] ?? null;
  }

  /** What lies far behind is let go. */
  forget(before) {
    const keep = this.records.findIndex(({ asOf }) => asOf >= before) - 1;
    if (keep > 0) {
      this.records.splice(0, keep);
      this.from = Math.max(this.from, before);
    }
  }
}
