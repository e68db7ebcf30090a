// The page's address may set the fields: ledger.html?verdict=differs&words=vgg
(() => {
  // The theme would follow the links of the table as if they were the contents of the page, and stumble over the dots
  // in their names.
  document.body.dataset.bsTarget = "#pst-page-toc-nav";
  const root = document.currentScript.parentElement, form = root.querySelector("form");
  const output = form.querySelector("output");
  const body = root.querySelector("tbody"), heads = [...root.querySelectorAll("thead th")];
  const fold = text => text.toLowerCase().replace(/,(?=[0-9])/g, "").replace(/ ?× ?/g, "x");
  const rows = [];
  const read = () => rows.push(...[...body.querySelectorAll("tr[id]")].slice(rows.length).map((tr, order) => {
    const next = tr.nextElementSibling, note = next && next.className === "cc-note" ? [next] : [];
    const facts = tr.dataset.facts || "", texts = [...tr.cells, ...note].map(part => part.textContent);
    const text = fold([...texts, tr.id, facts].join(" "));
    return {tr, order: rows.length + order, lines: [tr, ...note], text, facts: facts.split(" ")};
  }));
  // The rest stands as text where only a browser without scripts reads it as a table.
  const later = root.querySelector("noscript"), more = root.querySelector(".cc-more");
  const all = () => {
    if (more.hidden) return;
    more.hidden = true;
    const rest = new DOMParser().parseFromString(later.textContent, "text/html");
    body.append(...rest.querySelectorAll("tbody > tr"));
    read();
    filter();
  };
  const filter = () => {
    const {words, ...chosen} = Object.fromEntries(new FormData(form));
    const wanted = fold(words).split(/\s+/), facts = Object.values(chosen).filter(value => value);
    let fitting = 0;
    for (const row of rows) {
      const fits = facts.every(f => row.facts.includes(f)) && wanted.every(w => row.text.includes(w));
      row.lines.forEach(line => line.hidden = !fits);
      fitting += fits;
    }
    const count = n => n.toLocaleString("en-US");
    const told = `${count(fitting)} of ${more.hidden ? count(rows.length) : output.dataset.total}`;
    output.textContent = `${told} ${output.dataset.noun}`;
  };
  const sort = (head, column) => {
    all();
    const down = head.getAttribute("aria-sort") === "ascending", by = head.dataset.by, sign = down ? -1 : 1;
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const names = new Intl.Collator(rows[0].tr.cells[column].lang || "en", {numeric: true});
    const value = row => by === "order" ? row.order : by === "text" ? row.tr.cells[column].textContent
      : row.tr.cells[column].dataset.v === undefined ? null : Number(row.tr.cells[column].dataset.v);
    const pairs = rows.map(row => [value(row), row]);
    pairs.sort(([a, p], [b, q]) => (a === null) - (b === null)  // rows without a number stay at the end
      || sign * (by === "text" ? names.compare(a, b) : a - b) || p.order - q.order);
    body.append(...pairs.flatMap(([, row]) => row.lines));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
    if (head.dataset.by === "order") head.setAttribute("aria-sort", "ascending");
  });
  for (const list of form.querySelectorAll("select[data-first]")) list.value = list.dataset.first;
  for (const [name, value] of new URLSearchParams(location.search))
    if (form.elements[name]) form.elements[name].value = value;
  form.addEventListener("input", () => { all(); filter(); });
  form.addEventListener("reset", () => setTimeout(() => { all(); filter(); }));
  form.addEventListener("submit", event => event.preventDefault());
  more.querySelector("button").addEventListener("click", all);
  const reach = () => {  // a row that is not there yet
    const id = decodeURIComponent(location.hash.slice(1));
    if (more.hidden || !id || document.getElementById(id) || !later.textContent.includes(`id="${id}"`)) return;
    all();
    location.replace(location.hash);  // only then is it the target
  };
  addEventListener("hashchange", reach);
  form.hidden = false;
  more.hidden = !later;
  read();
  if (location.search) all();
  filter();
  reach();
})();
