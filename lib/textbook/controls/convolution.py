"""One convolution under the reader's hands: six sliders and what the layer costs."""

from convcost import ConvcostError, Conv2d, FeatureMap, Network

# The choices of each slider; the default is the middle one unless named.
CHOICES = {
    "kernel size": (1, 3, 5, 7, 11),
    "input channels": (3, 16, 32, 64, 128, 256, 512),
    "output channels": (16, 32, 64, 128, 256, 512),
    "side of the map": (7, 14, 28, 56, 112, 224),
    "stride": (1, 2, 4),
    "groups": (1, 2, 4, 8, "depthwise"),
}
DEFAULT = {"kernel size": 3, "input channels": 64, "output channels": 64, "side of the map": 56, "stride": 1, "groups": 1}


def convolution_bill(setting):
    """Return what a convolution costs, name -> text, for a setting of `CHOICES`; "same" padding, no bias.

    Bytes are those of float32 tensors, each touched once; a setting that is not allowed gives one entry, `error`.
    """
    inputs, outputs = setting["input channels"], setting["output channels"]
    kernel_size, side = setting["kernel size"], setting["side of the map"]
    groups = inputs if setting["groups"] == "depthwise" else setting["groups"]
    layer = Conv2d(outputs, kernel_size, setting["stride"], kernel_size // 2, groups=groups, bias=False)
    try:
        net = Network(layer(FeatureMap(inputs, side, side)))
    except ConvcostError:
        return {"error": f"{groups} groups must divide both {inputs} input and {outputs} output channels"}
    return {
        "output map": f"{outputs} × {net.output_shape[1]} × {net.output_shape[2]}",
        "parameters": f"{net.params:,}",
        "MACs": f"{net.macs:,}",
        "bytes moved": f"{4 * net.memory_access:,}",
        "MACs per byte": f"{int(100 * net.macs / (4 * net.memory_access) + 0.5) / 100:.2f}",
    }


class LayerControl:
    """Six sliders and the bill of one convolution; shows itself in a notebook."""

    def __repr__(self):
        bill = convolution_bill(DEFAULT)
        return "\n".join(f"{name:16} {value}" for name, value in {**DEFAULT, **bill}.items())

    def _repr_html_(self):
        sliders = "".join(
            f'<label>{name}<input type="range" min="0" max="{len(values) - 1}" value="{values.index(DEFAULT[name])}" '
            f'step="1" data-name="{name}" data-values="{"|".join(map(str, values))}" '
            f'aria-valuetext="{DEFAULT[name]}"><output>{DEFAULT[name]}</output></label>'
            for name, values in CHOICES.items()
        )
        rows = "".join(f'<tr><th scope="row">{k}</th><td>{v}</td></tr>' for k, v in convolution_bill(DEFAULT).items())
        return (
            '<div class="cc-live" id="cc-layer" role="group" aria-label="Cost of one convolution">'
            f'<div class="cc-sliders">{sliders}</div>'
            f'<table class="cc-table"><tbody aria-live="polite">{rows}</tbody></table></div><script>{SCRIPT}</script>'
        )


def layer_control():
    """Return the control for the cost of one convolution."""
    return LayerControl()


SCRIPT = """
(() => {
  const root = document.getElementById("cc-layer");
  const sliders = [...root.querySelectorAll("input")], body = root.querySelector("tbody");
  const value = input => {
    const text = input.dataset.values.split("|")[input.value];
    return isNaN(text) ? text : Number(text);
  };
  const bill = s => {
    const cin = s["input channels"], cout = s["output channels"], k = s["kernel size"], side = s["side of the map"];
    const g = s["groups"] === "depthwise" ? cin : s["groups"];
    if (cin % g || cout % g)
      return {error: `${g} groups must divide both ${cin} input and ${cout} output channels`};
    const out = Math.floor((side + 2 * Math.floor(k / 2) - k) / s["stride"]) + 1;
    const params = k * k * cin / g * cout, macs = params * out * out;
    const bytes = 4 * (cin * side * side + params + cout * out * out);
    const whole = n => n.toLocaleString("en-US");
    return {
      "output map": `${cout} × ${out} × ${out}`, "parameters": whole(params), "MACs": whole(macs),
      "bytes moved": whole(bytes), "MACs per byte": (Math.floor(100 * macs / bytes + 0.5) / 100).toFixed(2),
    };
  };
  const show = () => {
    const setting = {};
    for (const input of sliders) {
      setting[input.dataset.name] = value(input);
      input.nextElementSibling.textContent = value(input);
      input.setAttribute("aria-valuetext", value(input));
    }
    body.replaceChildren(...Object.entries(bill(setting)).map(([name, text]) => {
      const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
      head.scope = "row";
      head.textContent = name;
      cell.textContent = text;
      row.append(head, cell);
      return row;
    }));
  };
  root.addEventListener("input", show);
  root.bill = bill;
})();
"""
