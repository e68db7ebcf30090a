"""The receptive field of a stack of layers that the reader builds, drawn over a row of input cells."""

from convcost import Conv2d, FeatureMap, Network
from convcost.receptive_field import receptive_fields

KERNELS, STRIDES, DILATIONS = (1, 3, 5, 7), (1, 2), (1, 2)
MOST = 6
DEFAULT = ((3, 1, 1), (3, 1, 1), (3, 1, 1))  # kernel, stride, dilation of each layer


def growth(stack):
    """Return (jump, field, reached) after each layer of a stack of (kernel, stride, dilation).

    jump: input pixels between neighbouring units; field: pixels from the first to the last that one unit sees;
    reached: how many of these can change it: fewer, where a dilated kernel leaves holes.
    """
    x = FeatureMap(1, 1024, 1024)
    for kernel_size, stride, dilation in stack:
        x = Conv2d(1, kernel_size, stride, dilation * (kernel_size // 2), dilation, bias=False)(x)
    fields = receptive_fields(Network(x).layers).values()
    return [(jump, last - first + 1, len(cells(stack[:depth])))
            for depth, ((jump, first, last), _) in enumerate(fields, start=1)]


def cells(stack):
    """Return the input cells, counted from the first, that can change one unit behind the stack."""
    seen = {0}
    for kernel_size, stride, dilation in reversed(stack):
        seen = {i * stride + tap * dilation for i in seen for tap in range(kernel_size)}
    return sorted(seen)


def sentence(stack):
    """Return in words what one unit behind the stack sees."""
    jump, field, reached = growth(stack)[-1]
    layers = "1 layer" if len(stack) == 1 else f"{len(stack)} layers"
    pixels = "1 pixel" if jump == 1 else f"{jump} pixels"
    seen = f"After {layers} one output sees {field} × {field} pixels; its neighbour sits {pixels} further."
    if reached == field:
        return seen
    return f"{seen} Of {field} pixels in a row it reaches {reached}; the others cannot change it."


class StackControl:
    """A table of layers to choose, what they see, and a drawing of it; shows itself in a notebook."""

    def __repr__(self):
        return sentence(DEFAULT)

    def _repr_html_(self):
        names = ("layer", "kernel", "stride", "dilation", "jump", "field")
        head = "".join(f'<th scope="col">{name}</th>' for name in names)
        rows = "".join(
            f'<tr><th scope="row">{i}</th>' + "".join(f"<td>{n}</td>" for n in (*layer, jump, field)) + "</tr>"
            for i, (layer, (jump, field, _)) in enumerate(zip(DEFAULT, growth(DEFAULT)), start=1)
        )
        return (
            '<div class="cc-live" id="cc-stack" role="group" aria-label="Receptive field of a stack of layers">'
            f'<div class="cc-scroll" tabindex="0"><table class="cc-table"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
            '<p hidden><button type="button">add a layer</button> '
            '<button type="button">remove the last</button></p>'
            f'<output aria-live="polite">{sentence(DEFAULT)}</output></div><script>{SCRIPT}</script>'
        )


def stack_control():
    """Return the control for the receptive field of up to six layers."""
    return StackControl()


GROWTH = """
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
"""
SCRIPT = "(() => {" + GROWTH + """
  const root = document.getElementById("cc-stack"), body = root.querySelector("tbody"), most = MOST;
  const choices = {kernel: KERNELS, stride: STRIDES, dilation: DILATIONS};

  // A row for each depth: the input cells that one unit sees behind so many layers.
  const LEFT = 62, WIDE = 296, ROW = 20;
  const draw = stack => {
    const steps = growth(stack), all = Math.max(15, steps[steps.length - 1][1] + 4), unit = WIDE / all;
    const gap = unit > 4 ? 0.15 : 0, parts = [];
    const rect = (x, w, y, style) => {
      const [left, wide] = [LEFT + x * unit, w * unit].map(length => length.toFixed(2));
      parts.push(`<rect x="${left}" y="${y}" width="${wide}" height="12" ${style}/>`);
    };
    for (let depth = 0; depth <= stack.length; depth++) {
      const seen = cells(stack.slice(0, depth)), field = depth ? steps[depth - 1][1] : 1, y = 4 + ROW * depth;
      const first = (all - field) / 2, text = depth ? "layer " + depth : "input";
      parts.push(`<text x="0" y="${y + 11}">${text}</text>`);
      parts.push(`<text x="${LEFT + WIDE + 6}" y="${y + 11}">${field}</text>`);
      if (gap) for (let i = 0; i < all; i++) rect(i + gap / 2, 1 - gap, y, 'opacity=".15"');
      else rect(0, all, y, 'opacity=".15"');
      for (const i of seen) rect(first + i + gap / 2, 1 - gap, y, 'fill="#0072B2"');
    }
    const fields = steps.map(([, field], i) => `${field} after layer ${i + 1}`).join(", ");
    return `<svg viewBox="0 0 400 ${ROW * (stack.length + 1)}" role="img" font-size="14" fill="currentColor" `
      + `aria-label="Input cells that one unit sees: ${fields}" `
      + `style="display:block; width:100%; max-width:44em; margin-top:.6em">${parts.join("")}</svg>`;
  };

  const stack = [...body.rows].map(row => [1, 2, 3].map(i => Number(row.cells[i].textContent)));
  const [add, remove] = root.querySelectorAll("button"), output = root.querySelector("output");
  const picture = document.createElement("div");
  output.after(picture);
  const row = (layer, number) => {
    const tr = document.createElement("tr"), head = document.createElement("th");
    head.scope = "row";
    head.textContent = number;
    tr.append(head);
    Object.entries(choices).forEach(([name, values], column) => {
      const select = document.createElement("select"), cell = document.createElement("td");
      select.setAttribute("aria-label", `${name} of layer ${number}`);
      select.append(...values.map(value => new Option(value, value, false, value === layer[column])));
      select.addEventListener("input", () => {
        layer[column] = Number(select.value);
        show();
      });
      cell.append(select);
      tr.append(cell);
    });
    tr.append(document.createElement("td"), document.createElement("td"));
    return tr;
  };
  const show = () => {
    while (body.rows.length > stack.length) body.lastElementChild.remove();
    for (let n = body.rows.length; n < stack.length; n++) body.append(row(stack[n], n + 1));
    growth(stack).forEach(([jump, field], i) => {
      body.rows[i].cells[4].textContent = jump;
      body.rows[i].cells[5].textContent = field;
    });
    add.disabled = stack.length === most;
    remove.disabled = stack.length === 1;
    output.textContent = sentence(stack);
    picture.innerHTML = draw(stack);
  };
  add.addEventListener("click", () => { stack.push([3, 1, 1]); show(); });
  remove.addEventListener("click", () => { stack.pop(); show(); });
  add.parentElement.hidden = false;
  body.replaceChildren();
  show();
})();
"""
for _name, _value in dict(MOST=MOST, KERNELS=KERNELS, STRIDES=STRIDES, DILATIONS=DILATIONS).items():
    SCRIPT = SCRIPT.replace(_name, str(_value if _name == "MOST" else list(_value)))
