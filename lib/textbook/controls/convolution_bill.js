// What `convolution_bill` computes, setting -> name -> text.
const bill = s => {
  const cin = s["input channels"], cout = s["output channels"], k = s["kernel size"], side = s["side of the map"];
  const g = s["groups"] === "depthwise" ? cin : s["groups"];
  if (cin % g || cout % g)
    return {error: `${g} groups must divide both ${cin} input and ${cout} output channels`};
  const out = Math.floor((side + 2 * Math.floor(k / 2) - k) / s["stride"]) + 1;
  const params = k * k * cin / g * cout, macs = params * out * out;
  const moved = cin * side * side + params + cout * out * out;
  const whole = n => n.toLocaleString("en-US");
  return {
    "output map": `${cout} × ${out} × ${out}`, "parameters": whole(params), "MACs": whole(macs),
    "values moved": whole(moved), "MACs per value": (Math.floor(100 * macs / moved + 0.5) / 100).toFixed(2),
  };
};
