// What `window.py` computes. A setting is as there, with the numbers of its kernels: weights[output][c][u][v].
const SIDE = 7, KERNEL = 3;
const read = (s, output) => {
  const share = s.channels / s.groups, first = Math.floor(output / share) * share;
  return Array.from({length: share}, (_, c) => first + c);
};
const weights = s => Array.from({length: s.channels}, (_, output) =>
  read(s, output).map(() => page.kernels[s.kernels[output]].map(line => [...line])));
const side = s => Math.floor((SIDE + 2 * s.padding - s.dilation * (KERNEL - 1) - 1) / s.stride) + 1;
const taps = (s, output, row, column) => read(s, output).flatMap((channel, c) =>
  s.weights[output][c].flatMap((line, u) => line.map((weight, v) => {
    const [i, j] = [[row, u], [column, v]].map(([at, tap]) => at * s.stride + tap * s.dilation - s.padding);
    return [page.image[channel][i]?.[j] ?? 0, weight];
  })));
const sum = terms => terms.reduce((total, [x, w]) => total + x * w, 0);
const maps = s => Array.from({length: s.channels}, (_, output) => Array.from({length: side(s)}, (_, row) =>
  Array.from({length: side(s)}, (_, column) => sum(taps(s, output, row, column)))));
const number = n => String(n).replace("-", "−");
const sumText = (s, output, row, column) => {
  const terms = taps(s, output, row, column);
  const products = terms.map(([x, w]) => w < 0 ? `${x}·(${number(w)})` : `${x}·${w}`);
  return `${products.join(" + ")} = ${number(sum(terms))}`;
};
const sizeText = s => {
  const steps = SIDE + 2 * s.padding - s.dilation * (KERNEL - 1) - 1;
  const reach = s.dilation === 1 ? KERNEL : `(${s.dilation}·(${KERNEL} − 1) + 1)`;
  return `⌊(${SIDE} + 2·${s.padding} − ${reach}) / ${s.stride}⌋ + 1 = ⌊${steps} / ${s.stride}⌋ + 1 = ${side(s)}`;
};
const perStop = s => KERNEL * KERNEL * read(s, 0).length * s.channels;
const workText = s => {
  const share = read(s, 0).length, n = side(s);
  return `${KERNEL}·${KERNEL} cells × ${share} ${share === 1 ? "channel" : "channels"} read × ${n}·${n} stops`
    + ` × ${s.channels} ${s.channels === 1 ? "output" : "outputs"} = ${(perStop(s) * n * n).toLocaleString("en-US")}`;
};
const sentence = (s, output, row, column) => {
  const n = side(s), whose = s.channels > 1 ? ` of output ${output + 1}` : "";
  return `Row ${row + 1}, column ${column + 1}${whose}: the sum is ${number(sum(taps(s, output, row, column)))}`
    + ` (stop ${row * n + column + 1} of ${n * n}).`;
};
