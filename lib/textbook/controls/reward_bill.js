// What `rewards` computes, setting -> [[name, accuracy, time, reward], ...], the best first.
const rewards = ({networks}, s) => networks.map(([name, top1, time]) => {
  const w = s[time <= s["target, ms"] ? "w up to the target" : "w above the target"];
  return [name, top1, time, top1 * (time / s["target, ms"]) ** w];
}).sort((a, b) => b[3] - a[3]).map(([name, top1, time, value]) => [
  name, top1.toFixed(1) + " %", time + " ms", (Math.floor(100 * value + 0.5) / 100).toFixed(2),
]);
