// All networks on a plane of two measures: a list of points, walked with the arrow keys, chosen with Enter.
class CcAtlasPlot {
  // shape of each group around a point, `r` its size
  static SHAPES = [
    (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`,
    (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    (r) => `M0,${-1.2 * r}l${1.2 * r},${2.2 * r}h${-2.4 * r}z`,
    (r) => `M0,${-1.4 * r}l${1.4 * r},${1.4 * r}l${-1.4 * r},${1.4 * r}l${-1.4 * r},${-1.4 * r}z`,
    (r) => `M0,${1.2 * r}l${1.2 * r},${-2.2 * r}h${-2.4 * r}z`,
    (r) => `M${-r},${-0.6 * r}l${r},${-0.8 * r}l${r},${0.8 * r}v${1.2 * r}l${-r},${0.8 * r}l${-r},${-0.8 * r}z`,
    (r) => `M${-r},${-r}l${2 * r},${2 * r}m0,${-2 * r}l${-2 * r},${2 * r}`,
  ];
  static REACH = 22;  // pixels: how near a pointer has to come

  constructor(atlas, index, choose) {
    this.index = index;
    this.choose = choose;
    this.place = atlas.querySelector(".cc-plot");
    this.readout = atlas.querySelector(".cc-readout");
    this.sentence = atlas.querySelector(".cc-sentence");
    this.listen(this.place);  // and not to the svg, which would become a stop of the Tab key
    new ResizeObserver(() => { if (this.wide !== this.place.clientWidth) this.show(); }).observe(this.place);
  }

  // points: [{id, family, group, year, figures, error}]; x, y: axes; picked: ids
  show(state = this.state) {
    if (!state || !this.place.clientWidth) return;
    const focused = this.place.contains(document.activeElement) && document.activeElement.dataset.id;
    this.state = state;
    const {make, draw, AXES} = ccAtlasWords;
    const [x, y] = [state.x, state.y].map((name) => AXES.find(([own]) => own === name));
    const points = state.points.map((point) => ({...point, values: [x, y].map((axis) => this.value(point, axis))}))
      .filter(({values}) => values.every((value) => value !== undefined)).sort((a, b) => a.values[0] - b.values[0]);
    const wide = this.wide = this.place.clientWidth, high = Math.round(Math.max(320, Math.min(0.6 * wide, 460)));
    const scales = [[x, 52, wide - 12], [y, high - 40, 30]].map(([axis, start, end], i) => ccAtlasScales.scale(
      points.map(({values}) => values[i]), start, end, state.log && axis[3]));
    points.forEach((point) => { [point.left, point.top] = point.values.map((value, i) => scales[i].at(value)); });
    this.points = points;
    this.axes = [x, y];
    const svg = draw("svg", {width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, role: "listbox",
      "aria-label": `Networks by ${x[1]} and ${y[1]}`, "aria-describedby": "cc-atlas-sentence",
      "aria-multiselectable": "true"});
    svg.append(this.frame(scales, wide, high));
    this.marks = new Map(points.map((point) => [point.id, this.mark(point)]));
    svg.append(...this.marks.values());
    this.over = draw("g", {"aria-hidden": "true", class: "cc-over"});
    svg.append(this.names(wide), this.over);
    this.place.replaceChildren(this.legend(make, draw), svg);
    this.sentence.textContent = this.said(x, y, state.log);
    this.first = this.marks.has(focused || this.first) ? focused || this.first : points[0].id;
    this.marks.get(this.first).setAttribute("tabindex", "0");
    if (focused) this.marks.get(this.first).focus();
    this.tell(this.points.find(({id}) => id === focused) || null);
  }

  value(point, [, , where]) {
    return typeof where === "number" ? point.figures[where] : point[where];
  }

  written(value, [, , , many, inWords]) {
    return inWords(many ? ccAtlasWords.short(value) : String(value));
  }

  about(point) {
    const [x, y] = this.axes, told = this.axes.map((axis, i) => this.written(point.values[i], axis));
    if (![x[0], y[0]].includes("year")) told.push(String(point.year));
    return `${point.id}, ${point.family}: ${told.join(", ")}`;
  }

  // Axes, their ticks and titles.
  frame([across, up], wide, high) {
    const {draw, short} = ccAtlasWords, frame = draw("g", {"aria-hidden": "true", class: "cc-frame"});
    const [x, y] = this.axes, tick = (value, [name]) => (name === "year" ? String(value) : short(value));
    for (const value of across.ticks) {
      const at = across.at(value);
      frame.append(draw("path", {d: `M${at},30V${high - 36}`}));
      frame.append(draw("text", {x: at, y: high - 22, "text-anchor": "middle"}, tick(value, x)));
    }
    for (const value of up.ticks) {
      const at = up.at(value);
      frame.append(draw("path", {d: `M48,${at}H${wide - 12}`}));
      frame.append(draw("text", {x: 44, y: at + 4, "text-anchor": "end"}, tick(value, y)));
    }
    frame.append(draw("text", {x: wide - 12, y: high - 5, "text-anchor": "end", class: "cc-title"}, `${x[1]} →`));
    frame.append(draw("text", {x: 4, y: 16, class: "cc-title"}, `↑ ${y[1]}`));
    return frame;
  }

  mark(point) {
    const {draw} = ccAtlasWords;
    const mark = draw("g", {role: "option", tabindex: "-1", "aria-label": this.about(point),
      "aria-selected": String(this.state.picked.includes(point.id)), class: `cc-point cc-group${point.group}`,
      transform: `translate(${point.left.toFixed(1)},${point.top.toFixed(1)})`});
    mark.dataset.id = point.id;
    mark.append(draw("circle", {r: 11, class: "cc-ring"}), draw("path", {d: CcAtlasPlot.SHAPES[point.group](5)}));
    return mark;
  }

  // Names beside the points, those that are picked first, as far as there is room.
  names(wide) {
    const {draw} = ccAtlasWords, names = draw("g", {"aria-hidden": "true", class: "cc-names"}), taken = [];
    const free = (box) => taken.every((other) => box[2] <= other[0] || other[2] <= box[0] || box[3] <= other[1]
      || other[3] <= box[1]);
    this.points.forEach(({left, top}) => taken.push([left - 6, top - 6, left + 6, top + 6]));
    const picked = (point) => this.state.picked.includes(point.id);
    for (const point of [...this.points].sort((a, b) => picked(b) - picked(a))) {
      const {left, top} = point, gap = picked(point) ? 15 : 9, long = (picked(point) ? 8 : 6.6) * point.id.length;
      const places = [["start", left + gap, top, left + gap], ["end", left - gap, top, left - gap - long]];
      if (picked(point)) {
        places.push(...[19, -19].map((down) => ["middle", left, top + down, left - long / 2]));
      }
      const room = places.map(([anchor, at, middle, from]) => (
        {anchor, at, middle, box: [from, middle - 7, from + long, middle + 7]}))
        .filter(({box}) => box[0] >= 48 && box[2] <= wide);
      const place = room.find(({box}) => free(box)) ?? (picked(point) ? room[0] : null);
      if (!place) continue;
      taken.push(place.box);
      names.append(draw("text", {x: place.at, y: place.middle + 4, "text-anchor": place.anchor,
        class: picked(point) ? "cc-picked" : ""}, point.id));
    }
    return names;
  }

  legend(make, draw) {
    const used = new Set(this.points.map(({group}) => group));
    return make("ul", {className: "cc-legend"}, ...this.index.groups.map((name, group) => {
      const shape = draw("path", {d: CcAtlasPlot.SHAPES[group](5), transform: "translate(8,8)"});
      return make("li", {hidden: !used.has(group)},
        draw("svg", {width: 16, height: 16, "aria-hidden": "true", class: `cc-group${group}`}, shape), ` ${name}`);
    }));
  }

  said(x, y, log) {
    const {points} = this, scales = [x, y].filter((axis) => log && axis[3]).map(([, title]) => title);
    const ends = [x, y].map((axis, i) => {
      const order = [...points].sort((a, b) => a.values[i] - b.values[i]), last = order[order.length - 1];
      const [from, to] = [order[0], last].map((point) => `${this.written(point.values[i], axis)} (${point.id})`);
      return `From ${from} to ${to}.`;
    });
    const what = [x, y].some(([name]) => name === "error")
      ? `${points.length} settings whose error our sources print`
      : `${points.length} ${points.length > this.index.networks.length ? "settings" : "networks"}`;
    const how = scales.length ? `; logarithmic: ${scales.join(" and ")}` : "";
    return `${what} by ${x[1]} (across) and ${y[1]} (up)${how}. ${ends.join(" ")}`;
  }

  // Say in the readout what is pointed at, and mark it.
  tell(point) {
    this.over.replaceChildren();
    this.readout.textContent = point ? this.about(point)
      : "Point at a network to see its name and figures. Arrow keys walk from one to the next, Enter chooses.";
    if (!point) return;
    const place = {cx: point.left, cy: point.top, r: 9};
    this.over.append(ccAtlasWords.draw("circle", place));
  }

  near(event) {
    const box = this.place.querySelector("svg[role]").getBoundingClientRect();
    const away = ({left, top}) => Math.hypot(event.clientX - box.left - left, event.clientY - box.top - top);
    const nearest = this.points.reduce((best, point) => (away(point) < away(best) ? point : best));
    return away(nearest) <= CcAtlasPlot.REACH ? nearest : null;
  }

  step(id, key) {
    const axis = {ArrowLeft: 0, ArrowRight: 0, ArrowUp: 1, ArrowDown: 1}[key] ?? 0;
    const order = [...this.points].sort((a, b) => a.values[axis] - b.values[axis]);
    const at = order.findIndex((point) => point.id === id), last = order.length - 1;
    const to = {ArrowLeft: at - 1, ArrowRight: at + 1, ArrowDown: at - 1, ArrowUp: at + 1, Home: 0, End: last}[key];
    return to === undefined ? null : order[Math.max(0, Math.min(last, to))];
  }

  listen(place) {
    const of = (id) => this.points.find((point) => point.id === id);
    place.addEventListener("pointermove", (event) => {
      const point = this.near(event);
      place.style.cursor = point ? "pointer" : "";
      this.tell(point);
    });
    place.addEventListener("pointerleave", ({pointerType}) => { if (pointerType === "mouse") this.tell(null); });
    place.addEventListener("click", (event) => {
      const point = this.near(event);
      if (!point) return;
      this.choose(point.id);
      this.tell(of(point.id));
    });
    place.addEventListener("focusin", ({target}) => this.tell(of(target.dataset.id)));
    place.addEventListener("focusout", () => this.tell(null));
    place.addEventListener("keydown", (event) => {
      const {id} = event.target.dataset;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.choose(id);
        return;
      }
      const next = this.step(id, event.key);
      if (!next) return;
      event.preventDefault();
      this.marks.get(this.first).setAttribute("tabindex", "-1");
      this.first = next.id;
      this.marks.get(next.id).setAttribute("tabindex", "0");
      this.marks.get(next.id).focus();
    });
  }
}
