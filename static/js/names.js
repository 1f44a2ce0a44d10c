/** The standard's class names as words an operator says. */
const CLASSES = {
  ACLineSegment: "Line", PowerTransformer: "Transformer", ConnectivityNode: "Node", Substation: "Substation",
  VoltageLevel: "Voltage level", Breaker: "Breaker", Disconnector: "Disconnector", LoadBreakSwitch: "Load-break switch",
  Fuse: "Fuse", Recloser: "Recloser", EnergyConsumer: "Consumer", EnergySource: "Supply", BatteryUnit: "Battery",
  PhotoVoltaicUnit: "Photovoltaic", PowerElectronicsWindUnit: "Wind", LinearShuntCompensator: "Capacitor", Feeder: "Feeder",
  GeneratingUnit: "Generator", SynchronousMachine: "Generator", AsynchronousMachine: "Motor", UsagePoint: "Usage point",
};
const QUANTITIES = {
  voltage: "Voltage", active_power: "Active power", reactive_power: "Reactive power", current: "Current", loading: "Loading",
  switch_state: "Position", tap_position: "Tap position", voltage_angle: "Voltage angle", apparent_power: "Apparent power",
  dc_voltage: "Direct voltage", dc_current: "Direct current", cell_voltage_max: "Highest cell voltage",
  cell_voltage_min: "Lowest cell voltage", cell_voltage_avg: "Mean cell voltage", temperature_max: "Highest temperature",
  temperature_min: "Lowest temperature", temperature_avg: "Mean temperature",
};
/** States that devices tell as numbers; SunSpec's own where it has them. */
const STATES = {
  control_mode: ["by the room", "by itself"], contactor: ["open", "closed"], cooling: ["failed", "running"], smoke: ["none", "SMOKE"],
  inverter_state: ["off", "sleeping", "starting", "running", "throttled", "shutting down", "fault", "standby"], battery_events: ["none"],
};
const SIDES = { from: "from end", to: "to end", high: "high side", low: "low side" };

const spaced = (name) => name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2");
export const classWord = (name) => CLASSES[name] ?? spaced(name ?? "");
export const quantityWord = (name) => QUANTITIES[name] ?? spaced(name ?? "").replace(/^./, (c) => c.toUpperCase());
export const stateWord = (quantity, value) => STATES[quantity]?.[value];
export const sideWord = (side) => SIDES[side] ?? spaced(side ?? "");

/** A path without the device's own name, which stands beside it. */
export function placeOf(path, name) {
  const steps = path.split(/\s+[/>›]\s+/).filter(Boolean);
  if (steps.length && (name === steps.at(-1) || name.startsWith(`${steps.at(-1)} `))) steps.pop();
  return steps.join(" › ");
}

const QUANTITY_AT_END = / (switch state|tap position|voltage|current|active power|reactive power)( (from|to|high|low)( end| side)?)?$/;

/** The device out of the name of one of its points: 'Switch 7 switch state' is Switch 7. */
export const deviceOf = (name) => name.replace(QUANTITY_AT_END, "").replace(/^feeder /, "Feeder ");

const NOISE = /^(substation|station)$/i;

/**
 * Short names for a map: without the words 'substation' and 'station' and without a first part that most of them share.
 * Where two would become alike, both keep their whole name.
 */
export function shortNames(names) {
  const steps = names.map((name) => name.split("_").filter(Boolean));
  const firsts = Map.groupBy(steps.filter((all) => all.length > 1), ([first]) => first);
  const common = new Set([...firsts].filter(([, all]) => all.length > 2 && all.length >= names.length / 2).map(([first]) => first));
  const short = steps.map((all, i) => {
    const kept = all.filter((step, at) => !NOISE.test(step) && !(at === 0 && common.has(step)));
    return kept.length ? kept.join(" ") : names[i];
  });
  return short.map((name, i) => (short.filter((other) => other === name).length > 1 ? names[i] : name));
}
