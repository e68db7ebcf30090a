// What `inception_bill`, `verdict` and `lengths` compute, for a module that reads 192 channels of 28 x 28.
const READ = 192, POSITIONS = 28 * 28;
const bill = s => {
  const reduce3 = s["reduce to 3×3"], reduce5 = s["reduce to 5×5"], pool = s["pool, then 1×1"];
  const plans = [  // of each branch: [input, kernel, output] of its convolutions, with and without reductions
    [[[READ, 1, s["1×1"]]], [[READ, 1, s["1×1"]]]],
    [[[READ, 1, reduce3], [reduce3, 3, s["3×3"]]], [[READ, 3, s["3×3"]]]],
    [[[READ, 1, reduce5], [reduce5, 5, s["5×5"]]], [[READ, 5, s["5×5"]]]],
    [[[READ, 1, pool]], []],
  ];
  const row = price => {
    const branches = plans.map(pair => pair.map(plan => plan.reduce((sum, step) => sum + price(...step), 0)));
    return [...branches, [0, 1].map(which => branches.reduce((sum, pair) => sum + pair[which], 0))];
  };
  return {
    MACs: row((inputs, kernel, outputs) => inputs * kernel ** 2 * outputs * POSITIONS),
    parameters: row((inputs, kernel, outputs) => (inputs * kernel ** 2 + 1) * outputs),
  };
};
const handedOn = s => s["1×1"] + s["3×3"] + s["5×5"] + s["pool, then 1×1"];
const millions = n => (Math.floor(n / 1e5 + 0.5) / 10).toFixed(1) + " M";
const verdict = s => {
  const [mine, naive] = bill(s).MACs[4], channels = handedOn(s), missing = [];
  const told = `It hands on ${channels} channels for ${millions(mine)} MACs; without reductions ${millions(naive)}.`;
  if (channels < page.out) missing.push(`${page.out - channels} channels`);
  for (const [name, least] of Object.entries(page.least))
    if (s[name] < least) missing.push(`${least - s[name]} from the ${name}`);
  const over = mine - page.budget * 1e6;
  if (missing.length) return `${told} Too few: ${missing.join(", ")} missing.`;
  return over > 0 ? `${told} Still ${millions(over)} over the budget of ${page.budget} M.` : `${told} The budget is met.`;
};
const lengths = pairs => {
  const most = Math.max(...pairs.flat());
  return pairs.map(pair => pair.map(n => Math.floor(10 * page.wide * n / most + 0.5) / 10));
};
