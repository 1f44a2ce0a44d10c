/* The figure comes whole from the server (apps/control_room/figures.py); only the theme's colours are put in here. */
import { draw } from "./plotly_theme.js";

const data = document.getElementById("chart-data");
if (data && window.Plotly) draw(document.getElementById("chart"), () => JSON.parse(data.textContent));
