const root = document.getElementById("cc-layer");
const sliders = [...root.querySelectorAll("input")], body = root.querySelector("tbody");
const show = () => body.replaceChildren(...Object.entries(bill(chosen(sliders))).map(([name, text]) => {
  const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
  head.scope = "row";
  head.textContent = name;
  cell.textContent = text;
  row.append(head, cell);
  return row;
}));
root.addEventListener("input", show);
root.querySelector(".cc-sliders").hidden = false;
