// Python beside the page, so that what never ends cannot freeze it: the page ends this worker instead.
// worker.js?MODULE answers every message, a text, with what MODULE.run makes of it, JSON.
importScripts("pyodide.js");

const ready = (async () => {
  const library = fetch("library.zip").then((answer) => answer.arrayBuffer());
  const python = await loadPyodide({indexURL: new URL(".", location.href).href});
  python.unpackArchive(await library, "zip", {extractDir: "/library"});
  python.runPython("import sys; sys.path.insert(0, '/library')");
  return python.pyimport(location.search.slice(1)).run;
})();

ready.then(() => postMessage({ready: true}), (problem) => postMessage({failed: String(problem)}));

onmessage = async ({data}) => {
  const run = await ready;
  postMessage({result: JSON.parse(run(data))});
};
