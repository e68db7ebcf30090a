// What the reader has chosen, and the address that says so: #vs=resnet50,mobilenet_v1+width_mult=0.5;convention=thop
const ccAtlasState = {
  START: {vs: ["vgg16", "mobilenet_v1"], convention: "macs", x: "macs", y: "params", log: true},

  // id of a setting -> {network, options: {option: value}}; null if the index has no such setting.
  parse(index, id) {
    const [name, ...given] = id.split("+");
    const network = index.networks.find(([own]) => own === name);
    if (!network) return null;
    const options = Object.fromEntries(network[4].map(([option, values, chosen]) => [option, values[chosen]]));
    for (const part of given) {
      const [option, value] = part.split("=");
      const offered = network[4].find(([own]) => own === option);
      if (!offered || !offered[1].includes(value)) return null;
      options[option] = value;
    }
    return {network, options};
  },

  // The other way: what is the default is left out.
  id(network, options) {
    const told = network[4].filter(([option, values, chosen]) => options[option] !== values[chosen]);
    return [network[0], ...told.map(([option]) => `${option}=${options[option]}`)].join("+");
  },

  file: (id) => `${id.replace(/[+=]/g, "-")}.js`,

  // The state in an address; what it does not say, or says wrongly, stays as in `before`. Null: it says nothing of ours.
  read(index, fragment, before) {
    if (!/^#vs=/.test(fragment)) return null;
    const text = fragment.slice(1).replace(/%2[BC]|%3[BD]/gi, decodeURIComponent);  // + , ; = as some programs send them
    const said = Object.fromEntries(text.split(";").map((part) => part.split(/=(.*)/s).slice(0, 2)));
    const vs = said.vs.split(",").map((id) => ccAtlasState.parse(index, id)).filter(Boolean).slice(0, 2);
    const one = (name, allowed) => (allowed.includes(said[name]) ? said[name] : before[name]);
    const axes = ccAtlasWords.AXES.map(([name]) => name);
    return {
      vs: vs.length ? vs.map(({network, options}) => ccAtlasState.id(network, options)) : before.vs,
      convention: one("convention", index.conventions.map(([name]) => name)),
      x: one("x", axes),
      y: one("y", axes),
      log: said.scale === "linear" ? false : said.scale === "log" ? true : before.log,
    };
  },

  write({vs, convention, x, y, log}) {
    const start = ccAtlasState.START, parts = [`vs=${vs.join(",")}`, `convention=${convention}`];
    if (x !== start.x || y !== start.y) parts.push(`x=${x}`, `y=${y}`);
    if (!log) parts.push("scale=linear");
    return `#${parts.join(";")}`;
  },
};
