// A Python of the reader's own: fetched when first asked, one thing at a time, ended when it takes too long.
window.CostPython = class {
  // folder: address of this folder; module: whose `run` answers; seconds: how long an answer may take.
  constructor(folder, module, seconds) {
    Object.assign(this, {folder, module, seconds, worker: null, clock: null, settle: null});
  }

  get awake() { return Boolean(this.worker); }
  get busy() { return Boolean(this.settle); }

  // Resolves to the answer to a text; rejects with an Error whose message is for the reader.
  ask(text) {
    return new Promise((resolve, reject) => {
      if (this.settle) return reject(new Error("Python is busy."));
      this.settle = {resolve, reject, text};
      if (this.worker) this.send();
      else this.start();
    });
  }

  start() {
    try {
      this.worker = new Worker(new URL(`worker.js?${this.module}`, this.folder));
    } catch (problem) {
      return this.end("A browser runs no Python on a page opened from a disk; to serve the book: "
        + "python3 -m http.server -d _build/html");
    }
    this.worker.onerror = (problem) => this.end(`Python could not start: ${problem.message || "a file is missing"}`);
    this.worker.onmessage = ({data}) => {
      if (data.failed) this.end(`Python could not start: ${data.failed}`);
      if (data.ready) this.send();
      if (data.result) {
        const {resolve} = this.settle;
        clearTimeout(this.clock);
        this.settle = null;
        resolve(data.result);
      }
    };
  }

  send() {
    if (!this.settle) return;
    this.clock = setTimeout(() => this.end(`Stopped after ${this.seconds} seconds: does it ever end?`),
      1000 * this.seconds);
    this.worker.postMessage(this.settle.text);
  }

  // Ends Python, with all that it knows; the next question starts another.
  end(reason) {
    const waiting = this.settle;
    if (this.worker) this.worker.terminate();
    clearTimeout(this.clock);
    this.worker = this.settle = null;
    if (waiting) waiting.reject(new Error(reason));
  }
};
