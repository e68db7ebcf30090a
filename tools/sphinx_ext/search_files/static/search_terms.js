// Above the results of a search: what a term of the field means, in any of three languages, and where it is taught.
(() => {
  const query = new URLSearchParams(location.search).get("q") || "";
  const place = document.getElementById("search-results");
  const MOST = 2;  // terms shown

  const plain = (text) => text.normalize("NFKC").toLowerCase().replaceAll("×", "x")
    .replace(/isation/g, "ization").replace(/[\s\-_.,'’]+/g, "").replace(/([a-z]{3})s$/, "$1");
  // How many letters must be changed, dropped, added or swapped, up to `most`.
  const distance = (a, b, most) => {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let before = [], last = Array.from({length: b.length + 1}, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      [before, last] = [last, row];
    }
    return last[b.length];
  };
  // 0: it is the name; larger: further from it; Infinity: another word.
  const far = (asked, name) => {
    if (asked === name) return 0;
    if (asked.length >= 3 && name.startsWith(asked)) return 1;
    if (asked.length >= 2 && /[^\x00-\x7f]/.test(asked) && (name.includes(asked) || asked.includes(name))) return 2;
    const most = asked.length >= 9 ? 2 : asked.length >= 5 ? 1 : 0;
    const errors = most ? distance(asked, name, most) : 1;
    if (errors <= most) return 2 + errors;
    return name.length >= 5 && asked.startsWith(name) ? 5 : Infinity;
  };

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const show = ({term, chinese, korean, meaning, where, anchor}) => {
    const names = make("span", {className: "cc-term-names"});
    if (chinese) names.append(" ", make("span", {lang: "zh-Hans", textContent: chinese}));
    if (korean) names.append(" ", make("span", {lang: "ko", textContent: korean}));
    const links = where.flatMap(({href, title}, i) => [i ? ", " : "", make("a", {href, textContent: title})]);
    return make("section", {className: "cc-term"},
      make("h2", {}, make("a", {href: `chapters/back/glossary.html#${anchor}`, textContent: term}), names),
      make("p", {textContent: meaning}), make("p", {}, "Explained in: ", ...links));
  };

  const asked = plain(query);
  if (!asked || !place) return;
  fetch(new URL("terms.json", document.currentScript.src)).then((answer) => answer.json()).then((terms) => {
    const found = terms.map((entry) => [Math.min(...entry.names.map((name) => far(asked, plain(name)))), entry])
      .filter(([score]) => score < Infinity).sort((one, other) => one[0] - other[0]);
    const words = query.toLowerCase().split(/[^a-z]+/);  // a question in everyday words names no term
    if (!found.length) found.push(...terms.filter(({everyday}) => everyday.some((word) => words.includes(word))).map((entry) => [0, entry]));
    const best = found.filter(([score], i) => i < MOST && score <= found[0][0] + 1);
    place.before(...best.map(([, entry]) => show(entry)));
  });

  // A summary is text of the page, without its code and its buttons.
  if (typeof Search !== "undefined" && Search.htmlToText) {
    const whole = Search.htmlToText, silent = ".cell_input, svg, summary, button, caption, .cc-standing-in";
    Search.htmlToText = (text, ...rest) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      page.querySelectorAll(silent).forEach((element) => element.remove());
      return whole(page.documentElement.outerHTML, ...rest);
    };
  }
})();
