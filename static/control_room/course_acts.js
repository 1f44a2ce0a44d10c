/** What somebody may do about a course, by the rights that the API asks for too; refusals are said where they were asked. */
import { api, exchange, reason } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, say } from "../js/dom.js";
import { ask } from "./ask.js";

const WORDS = { approval: "approved", rejection: "rejected", stop: "stopped", takeover: "taken over" };

async function act(course, what, body, done) {
  const fault = byId("one-fault");
  const { status, body: told } = await exchange(api(`courses/${course.id}/${what}`), "POST", body);
  fault.hidden = status === 201;
  if (status === 201) say(`Course ${course.id}: ${WORDS[what]}`);
  else fault.textContent = reason(told, status);
  if (status === 201) done();
}

async function withReason(course, what, yes, done) {
  const text = await ask({ title: `Course ${course.id}: ${course.title}`, label: "Reason", text: "", yes });
  if (text) await act(course, what, { reason: text }, done);
}

const button = (text, onclick) => h("button", { type: "button", onclick }, text);

export function actsOf(course, may, done) {
  if (config.past || !["proposed", "running"].includes(course.status)) return [];
  const isRunning = course.status === "running", found = [];
  if (may.mayDecide && !isRunning) found.push(button("Approve", () => act(course, "approval", {}, done)), button("Reject", () => withReason(course, "rejection", "Reject it", done)));
  if (may.mayDecide) found.push(button(isRunning ? "Stop" : "Withdraw", () => withReason(course, "stop", isRunning ? "Stop it and set the device to rest" : "Withdraw it", done)));
  if (may.mayOperate && isRunning) found.push(button("Take over", () => act(course, "takeover", {}, done)));
  const told = isRunning ? "Each set-point is checked again and ordered at its time in the name of who answers for it." : "Approved once for all its set-points. One that needs a second person at its time is not ordered, and the course stops there.";
  return [...found, h("span", { class: "small muted" }, found.length ? told : "Your role decides on no courses.")];
}
