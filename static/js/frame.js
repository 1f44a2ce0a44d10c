/** Decoder of the binary grid frame 'GOF1' (little-endian, see docs). Views into the buffer, nothing is copied twice. */
const MAGIC = 0x31464f47;
const HEADER = 40;
export const SUPPLY = ["unknown", "live", "dead", "unobservable"];
export const PROVENANCE = ["none", "measured", "estimated", "pseudo", "stale"];
export const VIOLATION = ["none", "voltage_low", "voltage_high", "overload"];
export const SWITCH = ["open", "closed", "intermediate", "unknown"];

export const supplyOf = (status) => status & 3;
export const provenanceOf = (status) => (status >> 2) & 7;
export const violationOf = (status) => (status >> 5) & 3;
/** Of a line or a transformer: fed from both of its ends. */
export const isLooped = (status) => (status & 128) !== 0;
export const isOffNormal = (state) => (state & 128) !== 0;
export const isStaleSwitch = (state) => (state & 64) !== 0;

export class BadFrame extends Error {}

/** The frame's time alone, unix ms. */
export const asOf = (buffer) => (buffer.byteLength < HEADER ? 0 : new DataView(buffer).getFloat64(8, true));

export function decode(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER || view.getUint32(0, true) !== MAGIC) throw new BadFrame("not a grid frame");
  const [nodes, lines, transformers, switches] = [20, 24, 28, 32].map((at) => view.getUint32(at, true));
  const floats = nodes + 2 * lines + 2 * transformers;
  if (buffer.byteLength < HEADER + 4 * floats + nodes + lines + transformers + switches) throw new BadFrame("short frame");
  let at = HEADER;
  const f32 = (n) => { const a = new Float32Array(buffer, at, n); at += 4 * n; return a; };
  const u8 = (n) => { const a = new Uint8Array(buffer, at, n); at += n; return a; };
  return {
    modelVersion: view.getUint32(4, true),
    asOf: view.getFloat64(8, true),
    sequence: view.getUint32(16, true),
    nodeVoltage: f32(nodes),
    lineLoading: f32(lines),
    lineP: f32(lines),
    transformerLoading: f32(transformers),
    transformerP: f32(transformers),
    nodeStatus: u8(nodes),
    lineStatus: u8(lines),
    transformerStatus: u8(transformers),
    switchState: u8(switches),
  };
}
