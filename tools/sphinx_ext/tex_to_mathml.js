// Reads one formula a line as JSON {tex, display} and answers each with one line: {mathml} or {error}.
const temml = require(process.argv[2]);

function convert({tex, display}) {
  try {
    const options = {displayMode: display, throwOnError: true, wrap: display ? "none" : "tex"};
    return {mathml: temml.renderToString(tex, options)};
  } catch (problem) {
    return {error: problem.message};
  }
}

require("readline").createInterface({input: process.stdin}).on("line", (line) => {
  console.log(JSON.stringify(convert(JSON.parse(line))));
});
