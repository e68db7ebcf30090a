// Numbers and names as the page writes them, and elements.
const ccAtlasWords = {
  // name, title, where it stands among the figures of a network (or how it is found), has it many digits, in words
  AXES: [
    ["macs", "MACs", 1, true, (text) => `${text} MACs`],
    ["params", "parameters", 0, true, (text) => `${text} parameters`],
    ["activations", "activations", 2, true, (text) => `${text} activations`],
    ["peak", "peak memory, bytes", 3, true, (text) => `${text} bytes of peak memory`],
    ["depth", "depth", 5, false, (text) => `depth ${text}`],
    ["year", "year", "year", false, (text) => text],
    ["error", "top-1 error, percent", "error", false, (text) => `${text} percent top-1 error`],
  ],

  exact: (value) => value.toLocaleString("en"),

  // 1.94 G, 86.7 M, 590 k
  short(value) {
    for (const [size, letter] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]]) {
      if (value >= size) return `${Number((value / size).toPrecision(3))}${letter}`;
    }
    return String(Number(value.toPrecision(3)));
  },

  percent: (part, whole) => (whole ? `${(100 * part / whole).toFixed(1)} %` : ""),

  // How many times the second the first is.
  ratio(one, other) {
    if (!one || !other) return "";
    const times = one / other;
    return `${times >= 100 ? Math.round(times).toLocaleString("en") : Number(times.toPrecision(3))} ×`;
  },

  make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  },

  draw(name, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  },
};
