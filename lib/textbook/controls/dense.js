const root = document.getElementById("cc-dense"), control = root.querySelector(".cc-sliders");
const inputs = [...control.querySelectorAll("input")], said = root.querySelector("[aria-live]");
const show = () => {
  const setting = chosen(inputs), [path, most] = curve(setting), all = costs(setting);
  root.querySelector(".cc-curve").setAttribute("d", path);
  root.querySelector(".cc-most").textContent = most.toLocaleString("en-US");
  const [bars, marks, counts] = ["bar", "mark", "count"].map(name => [...root.querySelectorAll(`.cc-${name}`)]);
  all.forEach((mine, i) => {
    const [end, mark] = ends(mine, page.rival[i]);
    bars[i].setAttribute("width", end);
    marks[i].setAttribute("d", marks[i].getAttribute("d").replace(/M[\d.]+/, `M${mark}`));
    counts[i].textContent = short(mine);
  });
  said.textContent = sentence(setting);
};
root.addEventListener("input", show);
control.hidden = false;
