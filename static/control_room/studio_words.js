/** What the studio says of lifespans and cases in words. */
import { day, instant, number } from "../js/format.js";

const PERCENT = 100;
export const NOTHING = "–";
/** Rounded first: a number of no decimals that is none would get some. */
export const whole = (value) => (value === null || value === undefined ? NOTHING : number(Math.round(value), "", 0));
export const share = (value, decimals = 1) => (value === null || value === undefined ? NOTHING : decimals ? number(PERCENT * value, "", decimals) : whole(PERCENT * value));
export const years = (value, most = 40) => (value === null || value === undefined ? NOTHING : value >= most ? `${most} or more` : number(value, "", 1));
export const money = whole;  // the decimals of a sum of years say nothing

export function lifeTiles(run) {
  const moved = run.years - run.untested_years;
  const tests = run.test_count ? `${moved >= 0 ? "longer" : "shorter"} by ${number(Math.abs(moved), "", 1)} years than the model alone says` : "none yet: the model of the cell alone";
  const wear = run.wear_per_kwh === null ? null : ["Wear by this life", number(run.wear_per_kwh, "", 4), `${run.inputs.cost.currency}/kWh`, "of batteries used up by cycles, a kWh discharged"];
  return [
    ["Years left", years(run.years, run.most_years), "years", `8 of 10 such lives: ${years(run.low, run.most_years)} to ${years(run.high, run.most_years)}`],
    ["Capacity now", share(run.capacity_now), "%", "of that when new, by model and tests"],
    ["Cycles", whole(run.cycles_a_year), "a year", "full ones with the same energy"],
    ["Lost by time", share(run.calendar_share, 0), "%", "of what is lost by then; the rest by cycles"],
    ["Tests", String(run.test_count), "", tests],
    ...(wear ? [wear] : []),
  ];
}

export function basisSentences(life) {
  const { run } = life, told = run.inputs, on = (text) => day(instant(text));
  const executed = told.executed_h ? `${whole(told.executed_h)} h as it was run (${share(told.known_share, 0)} % of them known)` : "none as it was run";
  const found = [
    `The charge from ${on(told.course_from)} to ${on(told.course_to)}: ${executed}, ${whole(told.planned_h)} h as planned, repeated for years.`,
    told.is_service_told ? `In service since ${told.in_service_on}; before the ${whole(told.past_days)} days that are kept it is taken to have been run as in them.` : `When it went into service is not told, so its age counts from ${told.in_service_on}, the first day that is kept.`,
    told.is_temperature_known ? `Cells at rest had ${number(told.surroundings_c, "", 1)} °C; where none was measured, current adds ${whole(told.rise_c)} °C at 1 C (assumed).` : `No temperature of its cells is known: ${whole(told.surroundings_c)} °C at rest and ${whole(told.rise_c)} °C more at 1 C are assumed.`,
    `${run.law}: ${life.law_source}.`,
  ];
  if (run.test_count) found.push(`Fitted to ${run.test_count} tests: time ages it ${number(told.multipliers.calendar, "", 2)} times as fast as the cell of the model, cycles ${number(told.multipliers.cycles, "", 2)} times.`);
  return [...found, ...run.beyond, `Worked out ${on(run.as_of)} in ${number(run.duration_ms / 1000, "", 1)} s, engine ${run.engine_version}.`];
}

export function caseTiles(one) {
  const { result } = one, unit = one.currency, rate = one.project.discount_rate;
  const worth = result.npv >= 0 ? `it earns more than the ${share(rate)} % a year that are asked of it` : `it earns less than the ${share(rate)} % a year that are asked of it`;
  const back = result.payback_years === null ? "what is paid does not come back" : result.discounted_payback_years === null ? "not with interest" : `with interest ${number(result.discounted_payback_years, "", 1)} years`;
  return [
    ["Worth today (NPV)", money(result.npv), unit, worth],
    ["Return (IRR)", share(result.irr), "%", result.irr === null ? "no single one; see below" : "the interest at which it would be worth nothing"],
    ["Modified return (MIRR)", share(result.mirr), "%", "with what comes in put out again at the rate that was told"],
    ["Paid back after", result.payback_years === null ? NOTHING : number(result.payback_years, "", 1), "years", back],
    ["Cost of a delivered MWh (LCOS)", result.lcos_per_mwh === null ? NOTHING : number(result.lcos_per_mwh, "", 1), unit ? `${unit}/MWh` : "", "over the life, charging and added batteries included"],
  ];
}

const SERVICES = { energy: "trading of energy", wear: "wear of batteries", peak: "peaks", reserve: "reserve held" };

export function servicesSentence(services, currency) {
  if (!services.length) return "";
  const told = services.map((one) => `${SERVICES[one.name] ?? one.name} ${number(one.planned, "", 2)} ${currency}`);
  return `By service, as the day-ahead schedules of ${services[0].days} days planned it: ${told.join(", ")}.`;
}
