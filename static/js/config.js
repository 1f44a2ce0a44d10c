import { keepPast } from "./past_url.js";

const read = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");

export const config = read("frame-config");
export const pageData = (id) => read(id);
export const diagramUrl = (mrid) => keepPast(config.urls.diagram.replace(config.noMrid, mrid));
export const elementUrl = (mrid) => keepPast(config.urls.element.replace(config.noMrid, mrid));
