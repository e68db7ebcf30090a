// The page of the playground. Nothing is fetched before the reader asks for it; then every edit runs by itself.
(() => {
  const root = document.getElementById("cc-playground"), controls = root.querySelector(".cc-controls");
  const editor = root.querySelector("textarea"), select = root.querySelector("select");
  const [runButton, stopButton] = controls.querySelectorAll("button");
  const status = root.querySelector("output"), result = root.querySelector(".cc-result");
  const examples = JSON.parse(root.querySelector("script").textContent);
  const SECONDS = Number(root.dataset.seconds), PAUSE = 400;  // how long a run may take; milliseconds after a key
  let worker = null, awake = false, busy = false, again = false, started = 0, clock, typing;

  const say = (text, wrong) => {
    status.textContent = text;
    status.classList.toggle("cc-wrong", Boolean(wrong));
    editor.setAttribute("aria-invalid", Boolean(wrong));
  };
  const end = (text) => {
    if (worker) worker.terminate();
    clearTimeout(clock);
    worker = null;
    awake = busy = again = false;
    stopButton.disabled = true;
    say(text, true);
  };
  const wake = () => {
    say("Fetching Python and the library ...");
    stopButton.disabled = false;
    try {
      worker = new Worker(new URL(root.dataset.base + "worker.js", location.href));
    } catch (problem) {
      return end("A browser runs no Python on a page opened from a disk; to serve the book: "
        + "python3 -m http.server -d _build/html");
    }
    worker.onerror = (problem) => end("Python could not start: " + (problem.message || "a file is missing"));
    worker.onmessage = ({data}) => {
      if (data.failed) end("Python could not start: " + data.failed);
      if (data.ready) {
        awake = true;
        run();
      }
      if (data.result) show(data.result);
    };
  };
  const run = () => {
    clearTimeout(typing);
    if (!worker) return wake();
    if (busy || !awake) {
      again = busy;  // once more, with the latest text
      return;
    }
    busy = true;
    again = false;
    stopButton.disabled = false;
    started = performance.now();
    clock = setTimeout(() => end(`Stopped after ${SECONDS} seconds: does it ever end?`), 1000 * SECONDS);
    worker.postMessage(editor.value);
  };
  const show = ({html, says, error}) => {
    clearTimeout(clock);
    busy = false;
    stopButton.disabled = true;
    if (error) {
      say(error, true);
    } else {
      result.innerHTML = html;
      say(`${says} (${Math.round(performance.now() - started)} ms)`);
    }
    result.classList.toggle("cc-old", Boolean(error) || again);
    if (again) run();
  };
  const fill = () => {
    editor.value = Object.values(examples)[select.selectedIndex];
    editor.rows = editor.value.split("\n").length;
  };
  const edited = () => {
    result.classList.add("cc-old");
    clearTimeout(typing);
    if (awake) typing = setTimeout(run, PAUSE);
    else if (!worker) say("Run it to see what it costs.");
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
  stopButton.addEventListener("click", () => end("Stopped."));
  editor.readOnly = false;
  fill();  // a browser may have kept another text
  controls.hidden = false;
})();
