// What `routing.py` computes. Tips are [whole][part] -> [x, y] in tenths.
const softmax = logits => {
  const powers = logits.map(Math.exp), total = powers.reduce((a, b) => a + b);
  return powers.map(power => power / total);
};
const weighted = (arrows, weights) => [0, 1].map(axis =>
  arrows.reduce((total, arrow, i) => total + weights[i] * arrow[axis], 0));
const squash = arrow => {
  const length = Math.hypot(...arrow);
  return arrow.map(part => part * length / (1 + length ** 2));
};
const route = (tips, rounds) => {
  const predictions = tips.map(row => row.map(tip => tip.map(part => part / 10)));
  const logits = predictions[0].map(() => predictions.map(() => 0)), found = [];
  for (let round = 0; round < rounds; round++) {
    const coupling = logits.map(softmax);
    const outcome = predictions.map((row, j) => squash(weighted(row, coupling.map(share => share[j]))));
    found.push({coupling, outcome});
    predictions.forEach((row, j) => row.forEach(([x, y], i) => {
      logits[i][j] += x * outcome[j][0] + y * outcome[j][1];
    }));
  }
  return found;
};
const cells = ({coupling, outcome}) =>
  [...coupling.map(share => share[0]), ...outcome.map(arrow => Math.hypot(...arrow))].map(n => n.toFixed(2));
const sentence = (round, number) => {
  const [one, two, three, face, house] = cells(round);
  return `Round ${number}: the parts give ${one}, ${two} and ${three} of their votes to the face.`
    + ` The face is ${face} long, the house ${house}.`;
};
