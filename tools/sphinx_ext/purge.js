// purge.js PURGECSS: reads {out, texts} as JSON, writes the texts without the rules that no file of the site could use.
const {PurgeCSS} = require(process.argv[2]);
const {out, texts} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const names = Object.keys(texts);
new PurgeCSS().purge({
    content: [`${out}/**/*.html`, `${out}/_static/**/*.js`],
    css: names.map(raw => ({raw: texts[raw]})),
    safelist: {greedy: [/data-theme/, /data-bs/]},  // set by scripts
}).then(found => {
    process.stdout.write(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, found[i].css]))));
});
