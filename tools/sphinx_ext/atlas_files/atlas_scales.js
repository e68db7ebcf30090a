// From measures to pixels, and the round numbers that stand on an axis.
const ccAtlasScales = {
  // From a measure to pixels between two ends: {at, ticks}; values that are spread over decades on a logarithmic scale.
  scale(values, start, end, log) {
    const low = Math.min(...values), high = Math.max(...values), span = high - low || Math.abs(high) || 1;
    const f = log ? Math.log10 : (value) => value;
    const [from, to] = log ? [f(low / 1.5), f(high * 1.5)] : [low - 0.06 * span, high + 0.06 * span];
    const ticks = log ? ccAtlasScales.decades(from, to, Math.abs(end - start)) : ccAtlasScales.steps(from, to);
    return {at: (value) => start + (end - start) * (f(value) - from) / (to - from), ticks};
  },
  decades(from, to, room) {
    const ticks = [], parts = 3 * (to - from) * 46 > room ? [1] : [1, 2, 5];  // a number takes 46 pixels
    for (let power = Math.floor(from); power <= to; power += 1) ticks.push(...parts.map((part) => part * 10 ** power));
    return ticks.filter((value) => Math.log10(value) >= from && Math.log10(value) <= to);
  },
  steps(from, to) {
    const rough = (to - from) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((times) => times * power >= rough), ticks = [];
    for (let i = Math.ceil(from / step); i * step <= to; i += 1) ticks.push(i * step);
    return ticks;
  },
};
