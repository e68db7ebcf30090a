const root = document.getElementById("cc-reward"), moved = [...root.querySelectorAll("input")];
const carried = JSON.parse(root.querySelector("script").textContent), body = root.querySelector("tbody");
const show = () => rewards(carried, chosen(moved)).forEach((texts, row) => texts.forEach((text, column) => {
  const cell = body.rows[row].cells[column];
  if (cell.textContent !== text) cell.textContent = text;  // what stays is not announced again
}));
root.addEventListener("input", show);
root.querySelector(".cc-sliders").hidden = false;
