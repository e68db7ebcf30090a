const root = document.getElementById("cc-scaling"), control = root.querySelector(".cc-sliders");
const inputs = [...control.querySelectorAll("input")];
const carried = JSON.parse(root.querySelector("script").textContent);
const show = () => {
  const [depth, width, side] = Object.values(chosen(inputs));
  const title = `EfficientNet-B0, depth × ${depth}, width × ${width}, images of ${side} × ${side}`;
  root.querySelector("caption").textContent = title;
  bill(carried, inputs.map(input => Number(input.value)), depth, width, side).forEach((texts, row) =>
    texts.forEach((text, column) => {
      const cell = root.querySelector("tbody").rows[row].cells[column + 1];
      if (cell.textContent !== text) cell.textContent = text;  // what stays is not announced again
    }));
};
root.addEventListener("input", show);
control.hidden = false;
