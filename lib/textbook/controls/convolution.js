const root = document.getElementById("cc-layer");
const sliders = [...root.querySelectorAll("input")], body = root.querySelector("tbody");
const value = input => {
  const text = input.dataset.values.split("|")[input.value];
  return isNaN(text) ? text : Number(text);
};
const show = () => {
  const setting = {};
  for (const input of sliders) {
    setting[input.dataset.name] = value(input);
    input.nextElementSibling.textContent = value(input);
    input.setAttribute("aria-valuetext", value(input));
  }
  body.replaceChildren(...Object.entries(bill(setting)).map(([name, text]) => {
    const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
    head.scope = "row";
    head.textContent = name;
    cell.textContent = text;
    row.append(head, cell);
    return row;
  }));
};
root.addEventListener("input", show);
