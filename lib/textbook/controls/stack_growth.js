// What `growth`, `cells` and `sentence` compute, for a stack of [kernel, stride, dilation].
const cells = stack => [...stack].reverse().reduce((seen, [kernel, stride, dilation]) => {
  const next = new Set();
  for (const i of seen) for (let tap = 0; tap < kernel; tap++) next.add(i * stride + tap * dilation);
  return next;
}, new Set([0]));
const growth = stack => {
  let jump = 1, field = 1;
  return stack.map(([kernel, stride, dilation], depth) => {
    field += (kernel - 1) * dilation * jump;
    jump *= stride;
    return [jump, field, cells(stack.slice(0, depth + 1)).size];
  });
};
const sentence = stack => {
  const [jump, field, reached] = growth(stack).pop();
  const layers = stack.length === 1 ? "1 layer" : `${stack.length} layers`;
  const pixels = jump === 1 ? "1 pixel" : `${jump} pixels`;
  return `After ${layers} one output sees ${field} × ${field} pixels; its neighbour sits ${pixels} further.`
    + (reached === field ? ""
      : ` Of ${field} pixels in a row it reaches ${reached}; the others cannot change it.`);
};
