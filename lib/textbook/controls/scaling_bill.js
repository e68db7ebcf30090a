// What `scaling_bill` computes, looked up in what the page carries: [[value, of B0, by the powers], ...].
const round = (n, scale) => Math.floor(scale * n + 0.5) / scale;
const times = n => "× " + round(n, 100).toFixed(2);
const bill = (carried, places, depth, width, side) => {
  const mine = carried[places[0]][places[1]][places[2]], base = carried[0][0][0], grown = side * side / 50176;
  const values = [
    round(mine[0] / 1e6, 1).toLocaleString("en-US") + " M",
    round(mine[1] / 1e6, 10).toFixed(1) + " M",
    round(4 * mine[2] / 1e6, 1).toLocaleString("en-US") + " MB",
  ];
  const rule = [depth * (width * width) * grown, depth * (width * width), depth * width * grown];
  return values.map((text, i) => [text, times(mine[i] / base[i]), times(rule[i])]);
};
