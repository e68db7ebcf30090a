// What `multiplier_bill` computes, looked up in what the page carries: [[value, share], ...].
const whole = n => n.toLocaleString("en-US");
const share = (mine, all) => (Math.floor(1000 * mine / all + 0.5) / 10).toFixed(1) + " %";
const bill = ({widths, sides, costs, top1}, network, w, s) => {
  const mine = costs[network][w][s], all = costs[network][widths.indexOf(1)][sides.indexOf(224)];
  const shares = mine.map((n, i) => share(n, all[i]));
  return [
    [whole(mine[0]), shares[0]], [whole(mine[1]), shares[1]],
    ["", share((widths[w] * sides[s]) ** 2, 224 ** 2)],
    [whole(4 * mine[0]), shares[0]], [whole(4 * mine[2]), shares[2]],
    [top1[`${network} ${widths[w].toFixed(2)} ${sides[s]}`] || "not in our sources", ""],
  ];
};
