// What `costs`, `stacks`, `curve`, `ends` and `sentence` compute, for images of 224 x 224 and 1000 classes.
const blocksOf = s => [1, 2, 3, 4].map(n => s[`layers in block ${n}`]);
const stacks = s => {
  const k = s["growth rate k"];
  let channels = 2 * k;
  return blocksOf(s).map(layers => {
    const block = Array.from({length: layers + 1}, (_, layer) => channels + k * layer);
    channels = Math.floor(block[layers] / s["transitions divide by"]);
    return block;
  });
};
const costs = s => {
  const k = s["growth rate k"], found = stacks(s);
  let side = 112, params = 0, macs = 0, kept = 3 * 224 ** 2;  // the first convolution keeps the image
  const conv = (inputs, kernel, outputs) => {
    params += inputs * kernel ** 2 * outputs;
    macs += inputs * kernel ** 2 * outputs * side ** 2;
  };
  const norm = channels => {  // keeps what it reads; the ReLU behind it keeps what it makes
    params += 2 * channels;
    kept += 2 * channels * side ** 2;
  };
  conv(3, 7, 2 * k);
  norm(2 * k);
  side = 56;
  kept += 2 * 2 * k * side ** 2;  // places of the maxima, of 8 bytes each
  found.forEach((block, n) => {
    const last = block[block.length - 1];
    for (const channels of block.slice(0, -1)) {
      norm(channels);
      conv(channels, 1, 4 * k);
      norm(4 * k);
      conv(4 * k, 3, k);
    }
    norm(last);
    if (n === 3) return;
    const next = found[n + 1][0];
    conv(last, 1, next);
    kept += next * side ** 2;  // the average pooling keeps what it reads
    side /= 2;
  });
  const [head] = found[3].slice(-1);
  return [params + (head + 1) * 1000, macs + head * 1000, kept + head];
};
const curve = s => {
  const found = stacks(s), most = Math.max(...found.flat()), steps = found.flat().length;
  let at = 0;
  const path = found.map(block => "M" + block.map(channels => {
    const x = page.left + Math.floor((page.right - page.left) * at++ / steps);
    return `${x},${page.top + page.high - Math.floor(page.high * channels / most)}`;
  }).join("L"));
  return [path.join(""), most];
};
const short = n => {
  const [unit, name] = n >= 1e9 ? [1e9, "G"] : [1e6, "M"];
  return (Math.floor(100 * n / unit + 0.5) / 100).toFixed(2) + " " + name;
};
const ends = (mine, other) => [mine, other].map(n => Math.floor(10 * page.wide * n / Math.max(mine, other) + 0.5) / 10);
const sentence = s => {
  const [params, macs, kept] = costs(s), depth = 2 * blocksOf(s).reduce((a, b) => a + b) + 5;
  const ratio = (Math.floor(100 * kept / page.rival[2] + 0.5) / 100).toFixed(2), over = [];
  if (4 * params > 20e6) over.push("20 MB");
  if (macs > 500e6) over.push("500 M MACs");
  return `${depth} layers with weights, at most ${curve(s)[1].toLocaleString("en-US")} channels`
    + `; for training it keeps ${ratio} times as much as ResNet-50.`
    + (over.length ? ` Over the limit of our app: ${over.join(" and ")}.` : " It fits our app.");
};
