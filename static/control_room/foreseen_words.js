/** Of what is foreseen: from when to when, and how likely. */
import { instant, number, when } from "../js/format.js";

export const isForeseen = (trouble) => trouble.origin === "forecast";
export const likely = ({ probability, is_regulated_away: is }) => `${number(100 * probability, "%", 0)} % likely${is ? " if tap changers stay where they are" : ""}`;
const short = (ms, now) => when(ms, now).replace(/^(\d\d:\d\d):\d\d$/, "$1");
export const span = ({ begins_at: begin, ends_at: end }, now) => (begin ? `from ${short(instant(begin), now)} to ${short(instant(end), now)}` : "");
