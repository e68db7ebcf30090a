const root = document.getElementById("cc-inception"), control = root.querySelector(".cc-sliders");
const inputs = [...control.querySelectorAll("input")], said = root.querySelector("[aria-live]");
const show = () => {
  const setting = chosen(inputs), costs = bill(setting);
  for (const svg of root.querySelectorAll("svg")) {
    const pairs = costs[svg.dataset.measure], ends = lengths(pairs).flat(), counts = pairs.flat();
    svg.querySelectorAll(".cc-bar").forEach((bar, i) => bar.setAttribute("width", ends[i]));
    svg.querySelectorAll(".cc-count").forEach((text, i) => {
      text.setAttribute("x", Number(svg.querySelector(".cc-bar").getAttribute("x")) + ends[i] + 4);
      text.textContent = svg.dataset.measure === "MACs" ? millions(counts[i]) : counts[i].toLocaleString("en-US");
    });
  }
  said.textContent = verdict(setting);
};
root.addEventListener("input", show);
control.hidden = false;
