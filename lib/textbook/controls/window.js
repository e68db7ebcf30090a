const root = document.getElementById("cc-window"), [run, again] = root.querySelectorAll("button");
const [choices, planes, outputs, spoken] = [".cc-choices", ".cc-planes", ".cc-maps", "output"]
  .map(name => root.querySelector(name));
const [sumHere, size, work] = root.querySelectorAll("dd");
const OWN = "your own numbers", PACE = 350, LARGEST = 9;
const s = {...page.setting, kernels: [...page.setting.kernels]};
s.weights = weights(s);
let output = 0, at = [0, 0], seen = new Set(), timer = null;

const make = (tag, settings, ...children) => {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...children);
  return made;
};
const range = n => Array.from({length: n}, (_, i) => i);
const table = (title, kind, rows, columns, cell) => make("table", {className: kind},
  make("caption", {textContent: title}),
  make("tbody", {}, ...range(rows).map(i => make("tr", {}, ...range(columns).map(j => cell(i, j))))));
const whole = field => Number.isInteger(field.valueAsNumber) && Math.abs(field.valueAsNumber) <= LARGEST;
const named = (title, of, number) => of > 1 ? `${title} ${number + 1}` : title;

const inputCell = channel => (i, j) => {
  const value = page.image[channel][i - s.padding]?.[j - s.padding];
  return make("td", {
    textContent: value ?? 0, id: `cc-window-${channel}-${i}-${j}`,
    className: value === undefined ? "cc-pad" : `cc-ink${value}`,
  });
};
const kernelCell = (channel, c) => (u, v) => make("td", {}, make("input", {
  type: "number", min: -LARGEST, max: LARGEST, value: s.weights[output][c][u][v],
  ariaLabel: `weight in row ${u + 1}, column ${v + 1}, input ${channel + 1}`,
  oninput: event => {
    if (!whole(event.target)) return;
    s.weights[output][c][u][v] = event.target.valueAsNumber;
    select.kernel.value = OWN;
    begin();
  },
  onchange: event => {
    if (whole(event.target)) return;
    event.target.value = s.weights[output][c][u][v];
    if (timer !== null) halt();
    const kept = number(s.weights[output][c][u][v]);
    spoken.textContent = `A weight here is a whole number from −${LARGEST} to ${LARGEST}; this one is ${kept}.`;
  },
}));
const plane = channel => {
  const cells = SIDE + 2 * s.padding, c = read(s, output).indexOf(channel);
  const title = named("input", s.channels, channel) + (c < 0 ? ", not read" : "");
  const input = table(title, "cc-input", cells, cells, inputCell(channel));
  if (c < 0) return make("div", {className: "cc-plane cc-unread"}, input);
  if (c === 0) {
    Object.assign(input, {tabIndex: 0, role: "grid", ariaLabel: "Input: arrow keys move the window"});
    input.setAttribute("aria-readonly", "true");
  }
  return make("div", {className: "cc-plane"}, input,
    table("kernel", "cc-kernel", KERNEL, KERNEL, kernelCell(channel, c)),
    table("products", "cc-products", KERNEL, KERNEL, () => make("td")));
};
const build = () => {
  planes.replaceChildren(...range(s.channels).map(plane));
  outputs.replaceChildren(...range(s.channels).map(o =>
    table(named("output", s.channels, o), "cc-output", side(s), side(s), () => make("td"))));
  begin();
};
const begin = () => {
  seen = new Set();
  move(...at);
};

const move = (row, column) => {
  const n = side(s), terms = taps(s, output, ...(at = [row, column].map(k => Math.max(0, Math.min(n - 1, k)))));
  seen.add(at[0] * n + at[1]);
  for (const cell of planes.querySelectorAll(".cc-tap")) cell.classList.remove("cc-tap");
  for (const channel of read(s, output)) for (const u of range(KERNEL)) for (const v of range(KERNEL)) {
    const [i, j] = [[at[0], u], [at[1], v]].map(([k, tap]) => k * s.stride + tap * s.dilation);
    document.getElementById(`cc-window-${channel}-${i}-${j}`).classList.add("cc-tap");
  }
  const [i, j] = at.map(k => k * s.stride + s.dilation);
  planes.querySelector("[role=grid]").setAttribute("aria-activedescendant", `cc-window-${read(s, output)[0]}-${i}-${j}`);
  planes.querySelectorAll(".cc-products td").forEach((cell, k) => {
    cell.textContent = number(terms[k][0] * terms[k][1]);
  });
  maps(s).forEach((map, o) => map.flat().forEach((value, k) => {
    const cell = outputs.children[o].querySelectorAll("td")[k], shown = seen.has(k);
    cell.textContent = shown ? number(value) : "";
    cell.className = (shown ? value > 0 ? "cc-plus" : value < 0 ? "cc-minus" : "cc-zero" : "")
      + (o === output && k === at[0] * n + at[1] ? " cc-tap" : "");
  }));
  sumHere.textContent = sumText(s, output, ...at);
  size.textContent = sizeText(s);
  work.textContent = `${workText(s)}; so far ${(seen.size * perStop(s)).toLocaleString("en-US")}`;
  if (timer === null) spoken.textContent = sentence(s, output, ...at);
};
const halt = () => {
  clearInterval(timer);
  timer = null;
  run.textContent = "run through";
  move(...at);
};
const step = () => {
  const n = side(s);
  if (seen.size === n * n) return halt();
  move(Math.floor(seen.size / n), seen.size % n);
};
run.addEventListener("click", () => {
  if (timer !== null) return halt();
  at = [0, 0];
  begin();
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    seen = new Set(range(side(s) ** 2));
    return move(side(s) - 1, side(s) - 1);
  }
  timer = setInterval(step, PACE);
  run.textContent = "stop";
});
again.addEventListener("click", () => {
  at = [0, 0];
  begin();
});

// The cell under a finger is the middle of the window, as nearly as the stride allows.
const follow = (x, y) => {
  const cell = document.elementFromPoint(x, y)?.closest(".cc-input td");
  if (!cell || !planes.contains(cell)) return;
  const [i, j] = cell.id.split("-").slice(-2).map(Number);
  if (timer !== null) halt();
  move(...[i, j].map(k => Math.round((k - s.dilation) / s.stride)));
};
planes.addEventListener("pointerdown", event => follow(event.clientX, event.clientY));
planes.addEventListener("pointermove", event => event.buttons && follow(event.clientX, event.clientY));
outputs.addEventListener("click", event => {
  const cell = event.target.closest("td"), map = cell?.closest("table");
  if (!cell) return;
  if (timer !== null) halt();
  show([...outputs.children].indexOf(map));
  move(cell.parentElement.rowIndex, cell.cellIndex);
});
planes.addEventListener("keydown", event => {
  const [row, column] = at, last = side(s) - 1;
  const to = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1], Home: [0, 0], End: [last, last],
  }[event.key];
  if (!to || !event.target.matches("[role=grid]")) return;
  event.preventDefault();
  if (timer !== null) halt();
  move(...to);
});

// What the page explains later waits behind a word.
const select = {}, later = make("details", {}, make("summary", {textContent: "more: dilation, channels, groups"}));
const choice = (name, values, chosen, changed) => {
  select[name] = make("select", {oninput: event => {
    if (timer !== null) halt();
    changed(event.target.value);
  }}, ...values.map(value => new Option(value, value, false, value === chosen)));
  const early = ["kernel", "stride", "padding"].includes(name);
  (early ? choices : later).append(make("label", {}, name, " ", select[name]), " ");
};
const show = o => {  // the kernel and the sum of this output
  if (o === output) return;
  const before = seen;
  output = o;
  select.output.value = o + 1;
  select.kernel.value = s.kernels[o];
  build();
  seen = before;
  move(...at);
};
choice("kernel", [...Object.keys(page.kernels), OWN], s.kernels[0], name => {
  if (name === OWN) return;
  s.kernels[output] = name;
  s.weights[output] = weights(s)[output];
  build();
});
for (const [name, values] of Object.entries(page.choices)) choice(name, values, s[name], value => {
  s[name] = Number(value);
  if (s.channels === 1) [s.groups, output] = [1, 0];
  if (name === "channels" || name === "groups") s.weights = weights(s);
  select.groups.value = s.groups;
  [select.groups.disabled, select.output.disabled] = [s.channels === 1, s.channels === 1];
  select.output.value = output + 1;
  select.kernel.value = s.kernels[output];
  build();
});
choice("output", [1, 2], 1, value => show(value - 1));
select.groups.disabled = select.output.disabled = true;
choices.append(later);
choices.hidden = run.parentElement.hidden = false;
build();
