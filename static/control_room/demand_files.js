/** A text that the browser saves as a file; the server never has it. */
export function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob([text, "\n"], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
