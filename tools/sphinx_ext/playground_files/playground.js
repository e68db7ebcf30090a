// The page of the playground. Nothing is fetched before the reader asks for it; then every edit runs by itself.
(() => {
  const root = document.getElementById("cc-playground"), controls = root.querySelector(".cc-controls");
  const editor = root.querySelector("textarea"), select = root.querySelector("select");
  const [runButton, stopButton, linkButton] = controls.querySelectorAll("button");
  const status = root.querySelector("output"), result = root.querySelector(".cc-result");
  const examples = JSON.parse(root.querySelector("script").textContent);
  const folder = new URL(root.dataset.base, location.href).href;
  const python = new CostPython(folder, "playground_run", Number(root.dataset.seconds));
  const PAUSE = 400;  // milliseconds after a key
  let again = false, ran = false, typing;

  const say = (text, wrong) => {
    status.textContent = text;
    status.classList.toggle("cc-wrong", Boolean(wrong));
    editor.setAttribute("aria-invalid", Boolean(wrong));
  };
  const run = async () => {
    clearTimeout(typing);
    if (python.busy) {
      again = ran;  // once more, with the latest text; the first run takes it anyway
      return;
    }
    say(python.awake ? "Running ..." : "Fetching Python and the library ...");
    stopButton.disabled = false;
    do {
      again = false;
      const started = performance.now();
      try {
        const {html, says, error} = await python.ask(editor.value);
        ran = true;
        if (error) {
          say(error, true);
        } else {
          result.innerHTML = html;
          say(`${says} (${Math.round(performance.now() - started)} ms)`);
        }
        result.classList.toggle("cc-old", Boolean(error) || again);
      } catch (problem) {
        ran = again = false;
        say(problem.message, true);
      }
    } while (again);
    stopButton.disabled = true;
  };
  // The reader's own text is kept, in the browser and, where asked for, in the page's address.
  const KEY = "cost-of-a-convnet/playground", CARRIED = "#definition=";
  const mine = Object.assign(document.createElement("option"), {textContent: "your own", hidden: true});
  select.append(mine);
  let own = "";
  const keep = (text) => {
    own = text;
    mine.hidden = false;
    select.selectedIndex = mine.index;
    try {
      localStorage.setItem(KEY, text);
    } catch (problem) {
      // a browser that keeps nothing
    }
  };
  const kept = () => {
    if (location.hash.startsWith(CARRIED)) return decodeURIComponent(location.hash.slice(CARRIED.length));
    try {
      return localStorage.getItem(KEY) || "";
    } catch (problem) {
      return "";
    }
  };
  const fill = (text) => {
    editor.value = text;
    editor.rows = text.split("\n").length;
  };
  const edited = () => {
    result.classList.add("cc-old");
    clearTimeout(typing);
    if (ran) typing = setTimeout(run, PAUSE);
    else if (!python.busy) say("Run it to see what it costs.");
  };

  editor.addEventListener("input", () => {
    keep(editor.value);
    edited();
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  select.addEventListener("input", () => {
    fill(select.selectedIndex === mine.index ? own : Object.values(examples)[select.selectedIndex]);
    result.replaceChildren();
    edited();
  });
  runButton.addEventListener("click", run);
  stopButton.addEventListener("click", () => python.end("Stopped."));
  linkButton.addEventListener("click", async () => {
    history.replaceState(null, "", CARRIED + encodeURIComponent(editor.value));
    const copied = navigator.clipboard && await navigator.clipboard.writeText(location.href).then(() => true, () => false);
    say(`The address of this page now carries the definition${copied ? ", and is copied" : ""}.`);
  });
  editor.readOnly = false;
  fill(Object.values(examples)[0]);  // a browser may have kept another text
  if (kept()) {
    keep(kept());
    fill(own);
    edited();
  }
  controls.hidden = false;
})();
