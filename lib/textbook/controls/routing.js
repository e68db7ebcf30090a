const root = document.getElementById("cc-routing"), spoken = root.querySelector("output");
const [choices, body] = [".cc-choices", "tbody"].map(name => root.querySelector(name));
const boards = [...root.querySelectorAll("svg")], UNIT = 5;  // units of a board to a tenth
let tips, shown = page.shown, held = null;  // held: the board and the part whose arrow is dragged

const told = ([x, y]) => `${(x / 10).toFixed(1)} across, ${(y / 10).toFixed(1)} up`.replaceAll("-", "−");
const show = () => {
  const rounds = route(tips, page.rounds), now = rounds[shown - 1];
  boards.forEach((board, j) => {
    const lines = board.querySelectorAll(".cc-part");
    board.querySelectorAll(".cc-tip").forEach((handle, i) => {
      const [x, y] = tips[j][i];
      lines[i].setAttribute("d", `M0,0L${UNIT * x},${-UNIT * y}`);
      lines[i].setAttribute("stroke-width", (1 + 6 * now.coupling[i][j]).toFixed(2));
      handle.setAttribute("transform", `translate(${UNIT * x} ${-UNIT * y})`);
      handle.setAttribute("aria-valuenow", Math.round(Math.atan2(y, x) * 180 / Math.PI));
      handle.setAttribute("aria-valuetext", told(tips[j][i]));
    });
    const [x, y] = now.outcome[j].map(part => (10 * UNIT * part).toFixed(2));
    board.querySelector(".cc-whole").setAttribute("d", `M0,0L${x},${-y}`);
  });
  rounds.forEach((round, n) => {
    body.rows[n].className = n + 1 === shown ? "cc-shown" : "";
    cells(round).forEach((text, k) => { body.rows[n].cells[k + 1].textContent = text; });
  });
  spoken.textContent = sentence(now, shown);
};
const move = (j, i, to) => {
  tips[j][i] = to.map(part => Math.max(-page.reach, Math.min(page.reach, Math.round(part))));
  scene.value = "";
  show();
};

boards.forEach((board, j) => board.querySelectorAll(".cc-tip").forEach((handle, i) => {
  for (const [name, value] of Object.entries({
    tabindex: 0, role: "slider", "aria-roledescription": "arrow, moved by arrow keys", "aria-valuemin": -180,
    "aria-valuemax": 180, "aria-label": `what part ${i + 1} predicts for the ${page.wholes[j]}`,
  })) handle.setAttribute(name, value);
  handle.addEventListener("keydown", event => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
    if (!step) return;
    event.preventDefault();
    move(j, i, tips[j][i].map((part, axis) => part + step[axis]));
  });
  handle.addEventListener("pointerdown", event => {
    event.preventDefault();
    handle.focus();
    held = [j, i];
  });
}));
document.addEventListener("pointermove", event => {
  if (!held) return;
  const [j, i] = held, inside = boards[j].getScreenCTM().inverse();
  const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(inside);
  move(j, i, [x / UNIT, -y / UNIT]);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { held = null; });

const labelled = (name, field) => {
  const label = document.createElement("label");
  label.append(name, " ", field);
  choices.append(label);
  return field;
};
const scene = labelled("predictions", document.createElement("select"));
const own = new Option("your own", "");
own.hidden = true;
scene.append(...Object.keys(page.scenes).map(name => new Option(name, name)), own);
const rounds = labelled("rounds", document.createElement("input"));
Object.assign(rounds, {type: "range", min: 1, max: page.rounds, value: shown});
rounds.addEventListener("input", () => {
  shown = Number(rounds.value);
  show();
});
const begin = () => {
  tips = structuredClone(page.scenes[scene.value]);
  show();
};
scene.value = page.scene;
scene.addEventListener("input", begin);
choices.hidden = root.querySelector(".cc-hint").hidden = false;
begin();
