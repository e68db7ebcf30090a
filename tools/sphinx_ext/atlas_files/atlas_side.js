// One of the two networks: the choice of it, its drawing, the bill of its blocks.
class CcAtlasChoice {
  // place: a fieldset; changed: called with the id of the chosen setting, "" for none
  constructor(place, index, mayBeNone, changed) {
    const {make} = ccAtlasWords;
    this.index = index;
    this.changed = changed;
    this.select = make("select", {name: mayBeNone ? "second" : "first"});
    if (mayBeNone) this.select.append(make("option", {value: ""}, "none"));
    for (const family of new Set(index.networks.map((network) => network[1]))) {
      const names = index.networks.filter((network) => network[1] === family).map(([name]) => name);
      this.select.append(make("optgroup", {label: family}, ...names.map((name) => make("option", {}, name))));
    }
    this.options = make("div", {className: "cc-options"});
    place.append(make("label", {}, "network ", this.select), this.options);
    this.select.addEventListener("change", () => changed(this.select.value));
  }

  // Show a setting that was chosen here or elsewhere.
  set(id) {
    const {make} = ccAtlasWords, chosen = id && ccAtlasState.parse(this.index, id);
    this.select.value = chosen ? chosen.network[0] : "";
    const focused = this.options.contains(document.activeElement) && document.activeElement.name;
    this.options.replaceChildren(...(chosen ? chosen.network[4] : []).map(([option, values]) => {
      const select = make("select", {name: option}, ...values.map((value) => make("option", {}, value)));
      select.value = chosen.options[option];
      select.addEventListener("change", () => {
        this.changed(ccAtlasState.id(chosen.network, {...chosen.options, [option]: select.value}));
      });
      return make("label", {}, `${option} `, select);
    }));
    if (focused) this.options.querySelector(`[name="${focused}"]`)?.focus();
  }
}

class CcAtlasSide {
  static FEW = 10;  // layers that the bubble lists

  constructor(place, bubble) {
    this.place = place;
    this.bubble = bubble;
    place.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.point(event.target.closest("[data-row], [data-block]"));
    });
    place.addEventListener("pointerleave", () => this.point(null));
    place.addEventListener("click", ({target}) => {
      const row = target.closest("[data-row]");
      if (row) this.point(row);
    });
    place.addEventListener("focusin", ({target}) => this.point(target.closest("[data-block]")));
    place.addEventListener("focusout", () => this.point(null));
  }

  // details: of a setting, null for none; rule: number and name of the convention
  show(details, [rule, convention]) {
    const {make} = ccAtlasWords, open = details && this.details?.id === details.id ? this.opened() : [];
    this.details = details;
    this.rule = rule;
    this.convention = convention;
    this.bubble.hidden = true;
    if (!details) {
      this.place.replaceChildren();
      return;
    }
    const [name, ...options] = details.id.split("+");
    const drawing = make("div", {className: "cc-drawn", innerHTML: details.drawing});
    drawing.querySelector("svg").append(...details.rows.map(([, , , top, bottom], row) => this.strip(row, top, bottom)));
    this.place.replaceChildren(
      make("h3", {}, make("a", {href: `#${name}`, title: "its card"}, name)),
      make("p", {className: "cc-set"}, [`input ${details.input}`, ...options].join(", ")),
      drawing, this.bill(),
    );
    open.forEach((block) => this.unfold(this.place.querySelector(`tr[data-block="${block}"] button`)));
  }

  strip(row, top, bottom) {
    const strip = ccAtlasWords.draw("rect", {x: 0, y: top, width: 330, height: bottom - top});
    strip.dataset.row = row;
    return strip;
  }

  count(layer) { return this.details.costs[this.details.layers[layer][1]][3 + this.rule]; }

  bill() {
    const {make, exact, percent} = ccAtlasWords, {details} = this, total = details.counts[this.rule];
    const rows = details.blocks.map(([name, output, params, layers], block) => {
      const count = layers.reduce((sum, layer) => sum + this.count(layer), 0);
      const button = make("button", {type: "button"}, name);
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => this.unfold(button));
      const row = make("tr", {}, this.heading(button, output), make("td", {}, exact(params)),
        make("td", {}, exact(count), make("small", {}, percent(count, total))));
      row.dataset.block = block;
      return row;
    });
    const head = ["block", "parameters", this.convention].map((text) => make("th", {scope: "col"}, text));
    const foot = [exact(details.figures[0]), exact(total)].map((text) => make("td", {}, text));
    return make("table", {className: "cc-table cc-bill"}, make("caption", {}, "Blocks; press one for its layers"),
      make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows),
      make("tfoot", {}, make("tr", {}, make("th", {scope: "row"}, "all"), ...foot)));
  }

  heading(name, words) {
    const {make} = ccAtlasWords, heading = make("th", {scope: "row"}, name, make("small", {}, words));
    return heading;
  }

  opened() {
    return [...this.place.querySelectorAll("[aria-expanded=true]")].map((button) => button.closest("tr").dataset.block);
  }

  // Show the layers of a block below it, or hide them.
  unfold(button) {
    const {make, exact} = ccAtlasWords, row = button.closest("tr"), open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    if (!open) {
      while (row.nextElementSibling?.matches(".cc-layer")) row.nextElementSibling.remove();
      return;
    }
    const [name, , , layers] = this.details.blocks[row.dataset.block];
    row.after(...layers.map((layer) => {
      const [own, cost] = this.details.layers[layer], [words, output, params] = this.details.costs[cost];
      const short = own.startsWith(`${name}.`) ? own.slice(name.length + 1) : own;
      return make("tr", {className: "cc-layer"}, this.heading(short, `${words}, ${output}`), make("td", {}, exact(params)),
        make("td", {}, exact(this.count(layer))));
    }));
  }

  // Mark a block in the drawing and in the bill, and show the layers of a drawn row.
  point(target) {
    this.place.querySelectorAll(".cc-on").forEach((element) => element.classList.remove("cc-on"));
    this.bubble.hidden = true;
    if (!target || !this.details) return;
    const on = (selector) => this.place.querySelector(selector)?.classList.add("cc-on");
    const {blocks} = this.details;
    if (target.dataset.block !== undefined) {
      blocks[target.dataset.block][4].forEach((row) => on(`[data-row="${row}"]`));
      return;
    }
    const row = Number(target.dataset.row);
    on(`[data-row="${row}"]`);
    blocks.forEach((block, number) => { if (block[4].includes(row)) on(`tr[data-block="${number}"]`); });
    this.tell(row, target.getBoundingClientRect());
  }

  tell(row, box) {
    const {make, exact} = ccAtlasWords, {details, bubble} = this, [words, times, layers] = details.rows[row];
    const told = layers.slice(0, CcAtlasSide.FEW).map((layer) => {
      const [name, cost] = details.layers[layer], [what, output, params] = details.costs[cost];
      const costs = `${exact(params)} parameters, ${exact(this.count(layer))} ${this.convention}`;
      return make("li", {}, make("b", {}, name), ` ${what}, ${output}: ${costs}`);
    });
    const rest = layers.length - told.length;
    if (rest > 0) told.push(make("li", {}, `and ${rest} more: press its block in the table`));
    const title = times > 1 ? `${words}, ${times} times; the first:` : words;
    bubble.replaceChildren(make("b", {}, title), make("ul", {}, ...told));
    Object.assign(bubble.style, {left: 0, top: 0});  // or it would be measured where it has less room
    bubble.hidden = false;
    const around = bubble.parentElement.getBoundingClientRect(), {offsetWidth: wide} = bubble;
    const below = [Math.max(0, Math.min(box.left - around.left, around.width - wide)), box.bottom - around.top + 4];
    const behind = box.right + 8 + wide <= around.right, before = box.left - 8 - wide >= around.left;
    const beside = [behind ? box.right - around.left + 8 : box.left - around.left - 8 - wide, box.top - around.top];
    const [left, top] = behind || before ? beside : below;  // not over the rows, if there is room
    bubble.style.left = `${left}px`;
    bubble.style.top = `${top}px`;
  }
}
