// An exercise page: its cells become editors, a Python of the reader's own runs them, the browser keeps the answers.
(() => {
  const SCRIPTS = document.currentScript.src, FOLDER = new URL("pyodide/", SCRIPTS).href;
  const {name, points, notebook, solutions, questions, arrays, tries, site, root, editor: EDITOR} =
    JSON.parse(document.getElementById("cc-notebook").textContent);
  const KEY = `cost-of-a-convnet/exercises/${name}`;
  const SECONDS = 30;  // how long a cell may take: a check tries dozens of cases
  const python = new CostPython(FOLDER, "exercise_run", SECONDS);
  const bar = document.querySelector(".cc-exercise-bar");
  const [saveButton, openButton, againButton, stopButton] = bar.querySelectorAll("button");
  const file = bar.querySelector("input"), standing = bar.querySelector(".cc-standing");
  const notice = bar.querySelector("output");
  let saved = {cells: {}, kept: "", own: null}, stores = true, cells = [];

  // What the browser keeps: the text of every changed cell, the file of progress, a notebook of the reader's own.
  const load = () => {
    try {
      saved = {...saved, ...JSON.parse(localStorage.getItem(KEY) || "{}")};
    } catch (problem) {
      stores = false;
    }
  };
  const save = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(saved));
      say("");
    } catch (problem) {
      stores = false;
      say("This browser keeps nothing: save your notebook as a file before you leave.");
    }
  };
  const say = (text) => { notice.textContent = text; };

  // Cells. ROLES tells what a cell is for; the rest is code to write.
  const ROLES = {setup: /^try:\n {4}import convcost/, check: /^check\("([\w.]+)"/, guess: /^(?:#.*\n)*predict\("([\w.]+)"/,
    progress: /^(progress|predictions)\(/, given: /^(\w+)_given = /, answer: /^\*\*Answer to ([\w.]+):\*\*/};
  const QUESTION = /^(?:#.*\n)*/;  // of a guess, above its line
  const joined = (source) => Array.isArray(source) ? source.join("") : source || "";
  const lines = (text) => text.match(/[^\n]*\n|[^\n]+/g) || [];
  const roleOf = (cell) => {
    const text = joined(cell.source);
    const found = Object.keys(ROLES).find((role) => (role === "answer") === (cell.cell_type === "markdown")
      && ROLES[role].test(text));
    return found || (cell.cell_type === "code" ? "code" : "text");
  };
  const nameOf = (cell) => {
    const role = roleOf(cell), text = joined(cell.source);
    return role in ROLES ? `${role} ${ROLES[role].exec(text)[1] || ""}` : null;
  };

  // The cells of the reader's own notebook stand where those of the page do that they are made from; others follow.
  const aligned = (own) => {
    const page = notebook.cells, found = new Map(), taken = new Set();
    const pair = (i, j) => { found.set(i, j); taken.add(j); };
    const keys = page.map(nameOf);
    own.cells.forEach((cell, i) => {
      const key = nameOf(cell);
      const j = page.findIndex((other, j) => !taken.has(j) && other.cell_type === cell.cell_type
        && (key ? keys[j] === key : !keys[j] && Boolean(cell.id) && other.id === cell.id));
      if (j >= 0) pair(i, j);
    });
    own.cells.forEach((cell, i) => {  // without ids: by their order between two that are known
      if (found.has(i) || nameOf(cell)) return;
      let before = -1, after = page.length;
      found.forEach((j, k) => {
        if (k < i) before = Math.max(before, j);
        if (k > i) after = Math.min(after, j);
      });
      const j = page.findIndex((other, j) => j > before && j < after && !taken.has(j) && !keys[j]
        && other.cell_type === cell.cell_type);
      if (j >= 0) pair(i, j);
    });
    return found;
  };

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  // Until its cell comes near the screen, or takes the focus, an editor is its code as text, which costs nothing.
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 100));
  const waiting = new Map();  // the text -> its cell
  const near = new IntersectionObserver((entries) => entries.forEach(({isIntersecting, target}) => {
    if (isIntersecting) wanted = wanted.then(() => new Promise(idle)).then(() => edit(target));  // one in an idle moment
  }), {rootMargin: "50% 0px"});
  let wanted = Promise.resolve(), fetched = null;
  const fetchEditor = () => fetched ??= Promise.all(EDITOR.map((file) => new Promise((done) => {
    const script = make("script", {src: new URL(file, SCRIPTS).href, async: false, onload: done, onerror: done});
    document.head.append(script);
  }))).then(() => {
    if (!window.codeInput) return;  // then the editors are plain fields
    const said = {tabForIndentation: "", tabForNavigation: ""};  // the page says it; there they would move the text
    const deeper = {"(": ")", "[": "]", "{": "}", ":": "\0"};  // after a colon too, which nothing closes
    const indent = new codeInput.plugins.Indent(true, 4, deeper, true, said);
    codeInput.registerTemplate("python", codeInput.templates.prism(Prism, [indent]));
  });
  window.Prism = {manual: true};  // what is on the page is coloured already

  const textOf = (cell, label) => {
    const pre = cell.place.querySelector("pre"), box = make("div", {className: "cc-plain", tabIndex: 0});
    const attributes = {role: "textbox", "aria-multiline": "true", "aria-label": label};
    Object.entries(attributes).forEach(([key, value]) => box.setAttribute(key, value));
    const same = pre && pre.textContent.trimEnd() === cell.text.trimEnd();
    box.append(make("span", {className: "highlight"}, ...(same ? pre.childNodes : [cell.text])));
    box.addEventListener("focus", () => edit(box));
    waiting.set(box, cell);
    near.observe(box);
    return box;
  };
  const edit = async (box) => {
    await fetchEditor();
    const cell = waiting.get(box);
    if (!cell) return;  // it is an editor already
    waiting.delete(box);
    near.unobserve(box);
    const focused = document.activeElement === box, editor = editorOf(cell.text, box.getAttribute("aria-label"));
    box.replaceWith(editor);
    const field = editor.querySelector("textarea") || editor;
    field.setAttribute("aria-describedby", "cc-keys");
    editor.addEventListener("input", () => changed(cell, editor.value));
    editor.addEventListener("focusout", () => { editor.scrollLeft = 0; });
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
        event.preventDefault();
        event.stopImmediatePropagation();  // or the editor would begin a new line
        press(cell);
      }
    }, true);
    if (focused) field.focus({preventScroll: true});
  };
  const editorOf = (text, label) => {
    const editor = document.createElement(window.codeInput ? "code-input" : "textarea");
    if (window.codeInput) {
      editor.setAttribute("template", "python");
      editor.setAttribute("language", "python");
      editor.className = "code-input_autogrow_height";
    } else {
      editor.rows = text.split("\n").length;
    }
    const attributes = {"aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      autocorrect: "off"};
    Object.entries(attributes).forEach(([key, value]) => editor.setAttribute(key, value));
    editor.value = text;
    return editor;
  };

  const build = () => {
    const base = saved.own || notebook;
    const places = [...document.querySelectorAll("article div.cell")];  // the page's code cells, in their order
    const elements = new Map();
    notebook.cells.forEach((cell, j) => {
      if (cell.cell_type === "code") elements.set(j, places.shift());
      if (roleOf(cell) === "answer") elements.set(j, answerPlace(ROLES.answer.exec(joined(cell.source))[1]));
    });
    const pairs = saved.own ? aligned(base) : new Map(base.cells.map((_, i) => [i, i]));
    let last = null;
    base.cells.forEach((cell, i) => {
      const role = roleOf(cell), original = joined(cell.source);
      let place = elements.get(pairs.get(i));
      if (!place && (pairs.has(i) || !original.trim())) return;  // text that the page has already
      if (!place) last.after(place = make("div", {className: "cell cc-own"}));
      last = place;
      if (role === "text") return place.append(make("p", {className: "cc-own-text", textContent: original}));
      const whole = saved.cells[i] ?? original;
      const asked = role === "guess" && pairs.has(i) ? QUESTION.exec(joined(notebook.cells[pairs.get(i)].source))[0] : "";
      const hidden = whole.startsWith(asked) ? asked : "";  // the page asks it above, where it wraps
      const one = {i, role, place, original, hidden, text: whole.slice(hidden.length), ran: false, hung: false,
        called: (ROLES[role]?.exec(original) || [])[1] || ""};
      cells.push(one);
      dress(one);
    });
  };

  const answerPlace = (called) => {
    const mark = [...document.querySelectorAll("article p > strong")]
      .find((strong) => strong.textContent === `Answer to ${called}:`);
    return mark && mark.parentElement;
  };

  const dress = (cell) => {
    const {place, role, called} = cell;
    if (role === "setup") return place.remove();
    if (role === "answer") return dressAnswer(cell);
    if (!/^from coursework import [\w, ]+$/.test(cell.text.trim())) place.classList.remove("cc-import");
    const fixed = ["check", "progress", "given"].includes(role);
    const label = {check: "Check", guess: "Guess", progress: "Show"}[role] || "Run";
    cell.button = make("button", {type: "button", className: "cc-run", textContent: label});
    cell.out = make("div", {className: "cc-out"});
    cell.out.setAttribute("aria-live", "polite");
    if (called) cell.button.setAttribute("aria-label", `${label} ${called}`);
    cell.button.addEventListener("click", () => press(cell));
    if (fixed) {
      if (!place.querySelector("pre") || saved.own) {
        place.replaceChildren(make("pre", {className: "cc-fixed", textContent: cell.text}));
      }
    } else {
      place.replaceChildren(textOf(cell, role === "guess" ? `Your guess, ${called}` : "Your code"));
    }
    if (role === "guess" && questions[called]) {
      place.prepend(make("p", {className: "cc-question", textContent: `Guess ${questions[called]}.`}));
    }
    if (role === "check" && arrays.includes(called)) {
      const section = place.closest("section");
      section.querySelector(":is(h1, h2, h3)").after(make("p", {className: "cc-wrong",
        textContent: "This exercise needs NumPy, which the Python of this page does not have: solve it in Colab or on your own machine."}));
    }
    place.classList.add("cc-cell", `cc-${role}`);
    place.append(...(role === "given" ? [] : [cell.button]), cell.out);
    if (role === "check" && solutions[called]) {
      cell.solution = make("details", {className: "cc-solution", hidden: true},
        make("summary", {textContent: "The solution"}), make("pre", {textContent: solutions[called]}));
      place.append(cell.solution);
    }
  };

  const dressAnswer = (cell) => {
    const first = cell.original.split("\n")[0], EMPTY = "*Write here.*";
    const given = cell.text.slice(first.length).trim();
    const box = make("textarea", {rows: 6, value: given === EMPTY ? "" : given});
    const label = make("label", {className: "cc-answer-box"}, make("strong", {textContent: `Answer to ${cell.called}:`}),
      box);
    cell.place.replaceWith(label);
    box.addEventListener("input", () => changed(cell, `${first}\n\n${box.value.trim() || EMPTY}`));
  };

  const changed = (cell, text) => {
    Object.assign(cell, {text, ran: false, hung: false});
    if (cell.judged) cell.judged.out.classList.add("cc-old");
    load();  // another tab may have saved other cells
    if (cell.hidden + text === cell.original) delete saved.cells[cell.i];
    else saved.cells[cell.i] = cell.hidden + text;
    save();
  };

  // Runs what stands above a cell and has not run since it was changed, then the cell itself.
  const press = async (cell) => {
    if (python.busy) return;
    if (!python.awake) cells.forEach((one) => { one.ran = false; });
    const above = cells.slice(0, cells.indexOf(cell))
      .filter(({role, ran, hung}) => ["code", "given"].includes(role) && !ran && !hung);
    cells.forEach(({button}) => { if (button) button.disabled = true; });
    stopButton.disabled = false;
    cell.button.after(" ", stopButton);  // where the reader looks
    for (const one of [...above, cell]) if (!await run(one, cell)) break;
    stopButton.disabled = true;
    bar.insertBefore(stopButton, file);
    cells.forEach(({button}) => { if (button) button.disabled = false; });
  };
  const sectionOf = ({place}) => place.closest("section");
  const run = async (cell, pressed) => {
    const waking = !python.awake;
    pressed.out.replaceChildren(make("p", {className: "cc-running",
      textContent: waking ? "Fetching Python; the first time this takes some seconds ..." : "Running ..."}));
    const sent = cell.text;
    try {
      const request = {source: sent, label: `cell ${cell.i + 1}`, kept: waking ? saved.kept : ""};
      const {html, failed, kept} = await python.ask(JSON.stringify(request));
      if (pressed !== cell) pressed.out.replaceChildren();
      cell.out.innerHTML = html;
      if (failed) cell.place.classList.remove("cc-import");
      cell.out.classList.remove("cc-old");
      cell.ran = !failed && cell.text === sent;  // it may have been edited meanwhile
      if (cell === pressed) cells.forEach((one) => { if (sectionOf(one) === sectionOf(cell)) one.judged = cell; });
      stay(cell.out);
      if (kept) {
        saved.kept = kept;
        save();
        stand();
      }
      const stopped = cells.slice(0, cells.indexOf(cell)).some(({hung}) => hung);
      if (failed && stopped && html.includes("NameError")) cell.out.append(make("p", {className: "cc-wrong",
        textContent: "A cell above was stopped, so its names are not there: change it and run it again."}));
      const blocks = failed && pressed !== cell && sectionOf(cell) === sectionOf(pressed);
      if (blocks) pressed.out.replaceChildren(make("p", {className: "cc-wrong",
        textContent: "The cell above stopped with an error: nothing was checked."}));
      return !blocks;
    } catch (problem) {
      if (pressed !== cell) pressed.out.replaceChildren(make("p", {className: "cc-wrong",
        textContent: "A cell above did not end."}));
      cell.place.classList.remove("cc-import");  // what it says must be seen
      cell.out.replaceChildren(make("p", {className: "cc-wrong", textContent: problem.message}));
      cell.hung = !waking && (cell !== pressed || cell.role === "code");
      return false;
    }
  };

  // A panel's links lead to the published book; here they stay in this copy, and the solution stands below.
  const stay = (out) => {
    out.querySelectorAll("a").forEach((link) => {
      if (link.href.startsWith(site)) link.href = new URL(root + link.href.slice(site.length), location.href).href;
      if (link.classList.contains("cc-solution-link")) link.parentElement.remove();
    });
  };

  const stand = () => {
    const known = saved.kept ? JSON.parse(saved.kept).exercises || {} : {};
    const names = Object.keys(points);
    const total = names.reduce((sum, one) => sum + points[one], 0);
    const earned = names.reduce((sum, one) => sum + (known[one]?.points || 0), 0);
    standing.textContent = `${earned} of ${total} points`;
    cells.filter(({role}) => role === "check").forEach((cell) => {
      const record = known[cell.called];
      if (cell.solution) cell.solution.hidden = !record || !(record.solved || record.attempts >= tries);
      if (record && !cell.out.hasChildNodes() && record.status !== "open") {
        cell.out.append(make("p", {className: "cc-before",
          textContent: `Last time: ${record.points} of ${points[cell.called]} points.`}));
      }
    });
  };

  const asFile = () => {
    const whole = structuredClone(saved.own || notebook);
    Object.entries(saved.cells).forEach(([i, text]) => { whole.cells[i].source = lines(text); });
    whole.cells.filter((cell) => cell.cell_type === "code")
      .forEach((cell) => Object.assign(cell, {outputs: [], execution_count: null}));
    const address = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 1) + "\n"],
      {type: "application/x-ipynb+json"}));
    make("a", {href: address, download: `${name}.ipynb`}).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    say(`Saved as ${name}.ipynb, with your answers.`);
  };
  const take = async (chosen) => {
    let own;
    try {
      own = JSON.parse(await chosen.text());
    } catch (problem) {
      return say(`${chosen.name} is no notebook (.ipynb).`);
    }
    if (!Array.isArray(own.cells)) return say(`${chosen.name} is no notebook (.ipynb).`);
    const belongs = own.cells.map((cell) => ROLES.check.exec(joined(cell.source))).find(Boolean);
    if (!belongs || belongs[1].split(".")[0] !== name) {
      const other = belongs ? `exercises ${belongs[1].split(".")[0]}` : "no exercises of this book";
      return say(`${chosen.name} holds ${other}; this page takes exercises ${name}.`);
    }
    const lost = Object.keys(saved.cells).length > 0 || saved.kept;
    if (lost && !confirm("The answers and points on this page will be replaced by those of the file. Go on?")) return;
    saved = {cells: {}, kept: "", own};  // points were earned with other numbers
    save();
    if (stores) location.reload();
  };

  load();
  build();
  stand();
  saveButton.addEventListener("click", asFile);
  openButton.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    if (file.files[0]) await take(file.files[0]);
    file.value = "";  // the same file may be chosen again
  });
  addEventListener("storage", ({key}) => {
    if (key === KEY) say("This page is open in another tab, which has changed something: reload before you go on.");
  });
  againButton.addEventListener("click", () => {
    if (!confirm("All answers and points on this page will be gone. Go on?")) return;
    saved = {cells: {}, kept: "", own: saved.own};  // the reader's own numbers stay
    save();
    location.reload();
  });
  stopButton.addEventListener("click", () => python.end("Stopped."));
  if (saved.own) say("This is the notebook that you opened. Its points come with the next checks.");
})();
