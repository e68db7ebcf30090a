const root = document.getElementById("cc-stack"), body = root.querySelector("tbody");
const {most, ...choices} = JSON.parse(root.querySelector("script").textContent);

// A row for each depth: the input cells that one unit sees behind so many layers.
const LEFT = 62, WIDE = 296, ROW = 20;
const draw = stack => {
  const steps = growth(stack), all = Math.max(15, steps[steps.length - 1][1] + 4), unit = WIDE / all;
  const gap = unit > 4 ? 0.15 : 0;
  const parts = [`<text x="0" y="${ROW - 5}">What one unit of this row sees, in pixels of the input</text>`];
  const rect = (x, w, y, style) => {
    const [left, wide] = [LEFT + x * unit, w * unit].map(length => length.toFixed(2));
    parts.push(`<rect x="${left}" y="${y}" width="${wide}" height="12" ${style}/>`);
  };
  for (let depth = 0; depth <= stack.length; depth++) {
    const seen = cells(stack.slice(0, depth)), field = depth ? steps[depth - 1][1] : 1, y = 4 + ROW * (depth + 1);
    const first = (all - field) / 2, text = depth ? "layer " + depth : "a pixel";
    parts.push(`<text x="0" y="${y + 11}">${text}</text>`);
    parts.push(`<text x="${LEFT + WIDE + 6}" y="${y + 11}">${field}</text>`);
    if (gap) for (let i = 0; i < all; i++) rect(i + gap / 2, 1 - gap, y, 'opacity=".15"');
    else rect(0, all, y, 'opacity=".15"');
    for (const i of seen) rect(first + i + gap / 2, 1 - gap, y, 'fill="#0072B2"');
  }
  const fields = steps.map(([, field], i) => `${field} after layer ${i + 1}`).join(", ");
  return `<svg viewBox="0 0 400 ${ROW * (stack.length + 2)}" role="img" font-size="14" fill="currentColor" `
    + `aria-label="Input cells that one unit sees: ${fields}" `
    + `style="display:block; width:100%; max-width:44em; margin-top:.6em">${parts.join("")}</svg>`;
};

const stack = [...body.rows].map(row => [1, 2, 3].map(i => Number(row.cells[i].textContent)));
const [add, remove] = root.querySelectorAll("button"), output = root.querySelector("output");
const picture = document.createElement("div");
output.after(picture);
const row = (layer, number) => {
  const tr = document.createElement("tr"), head = document.createElement("th");
  head.scope = "row";
  head.textContent = number;
  tr.append(head);
  Object.entries(choices).forEach(([name, values], column) => {
    const select = document.createElement("select"), cell = document.createElement("td");
    select.setAttribute("aria-label", `${name} of layer ${number}`);
    select.append(...values.map(value => new Option(value, value, false, value === layer[column])));
    select.addEventListener("input", () => {
      layer[column] = Number(select.value);
      show();
    });
    cell.append(select);
    tr.append(cell);
  });
  tr.append(document.createElement("td"), document.createElement("td"));
  return tr;
};
const show = () => {
  while (body.rows.length > stack.length) body.lastElementChild.remove();
  for (let n = body.rows.length; n < stack.length; n++) body.append(row(stack[n], n + 1));
  growth(stack).forEach(([jump, field], i) => {
    body.rows[i].cells[4].textContent = jump;
    body.rows[i].cells[5].textContent = field;
  });
  add.disabled = stack.length === most;
  remove.disabled = stack.length === 1;
  output.textContent = sentence(stack);
  picture.innerHTML = draw(stack);
};
add.addEventListener("click", () => { stack.push([3, 1, 1]); show(); });
remove.addEventListener("click", () => { stack.pop(); show(); });
add.parentElement.hidden = false;
body.replaceChildren();
show();
