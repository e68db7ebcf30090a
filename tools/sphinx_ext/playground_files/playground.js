// The page of the playground. Nothing is fetched before the reader asks for it; then every edit runs by itself.
(() => {
  const root = document.getElementById("cc-playground"), controls = root.querySelector(".cc-controls");
  const editor = root.querySelector("textarea"), select = root.querySelector("select");
  const [runButton, stopButton] = controls.querySelectorAll("button");
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
  const fill = () => {
    editor.value = Object.values(examples)[select.selectedIndex];
    editor.rows = editor.value.split("\n").length;
  };
  const edited = () => {
    result.classList.add("cc-old");
    clearTimeout(typing);
    if (ran) typing = setTimeout(run, PAUSE);
    else if (!python.busy) say("Run it to see what it costs.");
  };

  editor.addEventListener("input", edited);
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  select.addEventListener("input", () => {
    fill();
    result.replaceChildren();
    edited();
  });
  runButton.addEventListener("click", run);
  stopButton.addEventListener("click", () => python.end("Stopped."));
  editor.readOnly = false;
  fill();  // a browser may have kept another text
  controls.hidden = false;
})();
