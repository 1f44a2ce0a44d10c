import { pageData } from "../js/config.js";
import { byId } from "../js/dom.js";
import { controlsOf, openCommand } from "./command.js";

const element = pageData("element");
const operate = byId("operate");

operate?.addEventListener("click", () => openCommand(element, operate));
if (operate) controlsOf(element.mrid).then((found) => { operate.hidden = !found.length; }).catch(() => { operate.hidden = false; });
