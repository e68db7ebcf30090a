// The atlas: all networks on one plane, and one or two of them in full. Without it the page has its table and cards.
const ccAtlas = (() => {
  const atlas = document.getElementById("cc-atlas"), index = JSON.parse(atlas.querySelector("script").textContent);
  const {make, exact, ratio, AXES} = ccAtlasWords, find = (selector) => atlas.querySelector(selector);
  const arrived = new Map(), waiting = new Map();
  let state = ccAtlasState.START;

  // The details of a setting: a script that calls `take`; works from a server and from a folder.
  const take = (details) => {
    arrived.set(details.id, details);
    waiting.get(details.id)?.forEach(({settle}) => settle(details));
    waiting.delete(details.id);
  };
  const fetched = (id) => new Promise((settle, fail) => {
    if (arrived.has(id)) {
      settle(arrived.get(id));
      return;
    }
    const others = waiting.get(id);
    if (others) {
      others.push({settle, fail});
      return;
    }
    waiting.set(id, [{settle, fail}]);
    const script = make("script", {src: atlas.dataset.base + ccAtlasState.file(id)});
    script.addEventListener("error", () => {
      waiting.get(id)?.forEach((one) => one.fail(new Error(id)));
      waiting.delete(id);
    });
    document.head.append(script);
  });

  const bubble = make("div", {className: "cc-bubble", hidden: true});
  atlas.append(bubble);
  const places = [...atlas.querySelectorAll("fieldset.cc-side")];
  const choices = places.map((place, i) => new CcAtlasChoice(place, index, i === 1, (id) => choose(i, id)));
  const sides = [...atlas.querySelectorAll("section.cc-side")].map((place) => new CcAtlasSide(place, bubble));
  const plot = new CcAtlasPlot(atlas, index, (id) => choose(Number(find("[name=becomes]:checked").value), id));

  const points = () => {
    const known = index.networks.map(([id, family, group, year, , figures]) => ({
      id, family, group, year, figures, error: index.errors[id]?.[0]}));
    const shown = new Set(known.map(({id}) => id));
    const asked = [state.x, state.y].includes("error") ? Object.keys(index.errors) : [];
    for (const id of [...asked, ...state.vs]) {
      if (shown.has(id)) continue;
      const {network: [, family, group, year]} = ccAtlasState.parse(index, id);
      const figures = index.errors[id]?.[2] ?? arrived.get(id)?.figures;
      if (figures) known.push({id, family, group, year, figures, error: index.errors[id]?.[0]});
      shown.add(id);
    }
    return known;
  };

  const cited = (id) => {
    const [error, address] = index.errors[id] ?? [];
    return address ? make("a", {href: address}, String(error)) : "not in our sources";
  };
  const totals = (all) => {
    const rule = index.conventions.findIndex(([name]) => name === state.convention);
    const networks = all.map(({id}) => ccAtlasState.parse(index, id).network);
    const rows = [
      ["parameters", (d) => d.figures[0]],
      [state.convention, (d) => d.counts[rule]],
      ["weights, bytes", (d) => 4 * d.figures[0]],
      ["activations", (d) => d.figures[2]],
      ["peak memory, bytes", (d) => d.figures[3]],
      ["receptive field", (d) => d.figures[4]],
      ["depth", (d) => d.figures[5]],
      ["year", (d, i) => String(networks[i][3])],
      ["top-1 error, percent", (d) => cited(d.id)],
    ];
    const head = ["", ...all.map(({id}) => id), ...(all.length > 1 ? ["first / second"] : [])];
    find(".cc-figures thead").replaceChildren(make("tr", {}, ...head.map((text, i) => (
      make(i ? "th" : "td", i ? {scope: "col"} : {}, text)))));
    find(".cc-figures tbody").replaceChildren(...rows.map(([title, value]) => {
      const values = all.map(value), numbers = values.every((one) => typeof one === "number");
      const cells = values.map((one) => make("td", {}, typeof one === "number" ? exact(one) : one));
      if (all.length > 1) cells.push(make("td", {}, numbers ? ratio(...values) : ""));
      return make("tr", {}, make("th", {scope: "row"}, title), ...cells);
    }));
  };

  const draw = () => {
    plot.show({points: points(), x: state.x, y: state.y, log: state.log, picked: state.vs});
  };
  const show = async () => {
    const asked = state;
    const rule = index.conventions.findIndex(([name]) => name === state.convention);
    find(".cc-meaning").textContent = `${state.convention}: ${index.conventions[rule][1]}.`;
    for (const name of ["x", "y", "convention"]) find(`select[name=${name}]`).value = state[name];
    find("[name=log]").checked = state.log;
    choices.forEach((choice, i) => choice.set(state.vs[i] ?? ""));
    draw();
    try {
      const all = await Promise.all(state.vs.map(fetched));
      if (state !== asked) return;
      totals(all);
      sides.forEach((side, i) => side.show(all[i] ?? null, [rule, state.convention]));
      find(".cc-says").textContent = `Shown: ${state.vs.join(" and ")}, counted as ${state.convention}.`;
      draw();
    } catch (problem) {
      if (state !== asked) return;
      find(".cc-says").textContent = `The details of ${problem.message} did not arrive; choose it again.`;
    }
  };

  const change = (changes) => {
    state = {...state, ...changes};
    history.replaceState(null, "", ccAtlasState.write(state));
    show();
  };
  const choose = (which, id) => {
    const vs = [...state.vs];
    if (id) vs[which] = id;
    else vs.splice(which, 1);
    change({vs: vs.filter(Boolean)});
  };
  const copy = async () => {
    history.replaceState(null, "", ccAtlasState.write(state));
    try {
      await navigator.clipboard.writeText(location.href);
      find(".cc-says").textContent = "Copied.";
    } catch {  // not allowed, or not there
      find(".cc-says").textContent = "The address of this page is now the link.";
    }
  };
  const restore = () => {
    const read = ccAtlasState.read(index, location.hash, state);
    if (read) state = read;
    return Boolean(read);
  };

  // What an address leads to further down moves when the drawings arrive, where a browser does not hold it.
  const stay = () => {
    if (CSS.supports("overflow-anchor", "auto")) return;
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  };

  const start = () => {
    for (const name of ["x", "y"]) {
      find(`select[name=${name}]`).append(...AXES.map(([value, title]) => make("option", {value}, title)));
    }
    for (const name of ["x", "y", "convention"]) {
      find(`select[name=${name}]`).addEventListener("change", ({target}) => change({[name]: target.value}));
    }
    find("[name=log]").addEventListener("change", ({target}) => change({log: target.checked}));
    addEventListener("hashchange", () => { if (restore()) show(); });
    document.addEventListener("keydown", ({key}) => { if (key === "Escape") bubble.hidden = true; });
    document.addEventListener("click", ({target}) => { if (!target.closest("[data-row]")) bubble.hidden = true; });
    find(".cc-address").addEventListener("click", copy);
    atlas.hidden = false;
    if (restore()) atlas.scrollIntoView();
    show().then(stay);
  };
  return {start, take};
})();
ccAtlas.start();
