const root = document.getElementById("cc-multipliers"), control = root.querySelector(".cc-sliders");
const carried = JSON.parse(root.querySelector("script").textContent), {widths, sides} = carried;
const [network, width, side] = ["select", "[name=width]", "[name=side]"].map(s => control.querySelector(s));
const say = (slider, text) => {
  slider.nextElementSibling.textContent = text;
  slider.setAttribute("aria-valuetext", text);
};
const show = () => {
  const w = Number(width.value), s = Number(side.value), alpha = widths[w].toFixed(2);
  say(width, alpha);
  say(side, String(sides[s]));
  const title = `${network.selectedOptions[0].textContent}, width ${alpha}, image of ${sides[s]} × ${sides[s]}`;
  root.querySelector("caption").textContent = title;
  bill(carried, network.value, w, s).forEach((texts, row) => texts.forEach((text, column) => {
    const cell = root.querySelector("tbody").rows[row].cells[column + 1];
    if (cell.textContent !== text) cell.textContent = text;  // what stays is not announced again
  }));
};
root.addEventListener("input", show);
control.hidden = false;
