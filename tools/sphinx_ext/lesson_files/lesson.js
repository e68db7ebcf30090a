// A lesson on the site: its numbers tell how they were derived, its questions take an answer. Without it all is open.
(() => {
  const article = document.querySelector("article.bd-article");
  const marks = [...article.querySelectorAll("[data-why]")];

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // Pointing at a number, or touching it, shows its derivation; one switch shows all, as text.
  const bubble = make("div", {className: "cc-why", role: "status", hidden: true});
  const hide = () => { bubble.hidden = true; };
  const tell = (mark) => {
    bubble.textContent = mark.dataset.why;
    bubble.hidden = false;
    const box = mark.getBoundingClientRect(), width = document.documentElement.clientWidth;
    bubble.style.left = `${Math.max(8, Math.min(box.left, width - bubble.offsetWidth - 8)) + scrollX}px`;
    bubble.style.top = `${box.bottom + scrollY + 6}px`;
  };
  const showAll = (on) => {
    hide();
    marks.filter((mark) => mark.dataset.why !== "given").forEach((mark) => {
      if (on) mark.after(make("span", {className: "cc-told"}, ` (${mark.dataset.why})`));
      else mark.nextElementSibling.remove();
    });
  };
  const offer = () => {
    const words = (on) => `${on ? "Hide" : "Show"} how the numbers were derived`;
    const button = article.querySelector(".cc-switch");
    button.classList.remove("cc-waiting");
    let on = false;
    button.addEventListener("click", () => {
      on = !on;
      button.textContent = words(on);
      showAll(on);
    });
    document.body.append(bubble);
    article.addEventListener("pointerover", ({target, pointerType}) => {
      const mark = target.closest(".cc-number");
      if (pointerType === "mouse") mark ? tell(mark) : hide();
    });
    document.addEventListener("click", ({target}) => {
      const mark = target.closest(".cc-number");
      mark ? tell(mark) : hide();
    });
    document.addEventListener("keydown", ({key}) => { if (key === "Escape") hide(); });
  };

  // A guess as a number: 1,200 and 1200, 0.5 and 0,5, 1.2e6, 15 %.
  const read = (text) => {
    const plain = text.trim().replace(/[\s%]|(?<=\d),(?=\d{3}(\D|$))/g, "").replace(",", ".").replace("−", "-");
    return plain === "" ? NaN : Number(plain);
  };
  const few = (value) => Number(value.toPrecision(2)).toLocaleString("en");
  const distance = (guess, answer, tolerance) => {
    if (guess === answer) return [true, "Exactly."];
    const ratio = guess / answer, way = guess > answer ? "high" : "low", off = 100 * Math.abs(ratio - 1);
    const exact = Number.isInteger(answer) && tolerance <= 0.01;  // what can be counted is counted
    const within = !exact && off <= Math.max(100 * tolerance, 0.5), by = `${off < 1 ? "less than 1" : Math.round(off)} percent too ${way}`;
    if (within) return [true, `Close enough: ${by}.`];
    if (!(ratio > 0)) return [false, `Too ${way}.`];
    const power = Math.round(Math.log10(ratio));
    if (power && power % 3 === 0 && Math.abs(ratio / 10 ** power - 1) <= Math.max(tolerance, 0.005)) {
      return [false, `The right digits, but too ${way} by a factor of ${few(10 ** Math.abs(power))}: look at the unit.`];
    }
    if (ratio > 2) return [false, `Too high: ${few(ratio)} times the answer.`];
    if (exact && off < 1) return [false, `Nearly: ${by}. This one can be counted exactly.`];
    return [false, ratio < 0.5 ? `Too low: the answer is ${few(1 / ratio)} times as much.` : `Not quite: ${by}.`];
  };

  const predictions = [...article.querySelectorAll(".cc-predict")], results = new Map();
  const tally = make("p", {className: "cc-tally", role: "status", hidden: true});
  const count = (prediction, right) => {
    if (!results.has(prediction)) results.set(prediction, right);  // the first answer is the prediction
    const good = [...results.values()].filter(Boolean).length;
    tally.hidden = false;
    tally.textContent = `Predictions on this page: ${results.size} of ${predictions.length} answered, ${good} right or close enough.`;
  };
  const asks = (place) => {
    const {answer, tolerance, unit, choices} = place.dataset;
    let fold = place;
    while (!fold.matches(".cc-answer")) fold = fold.nextElementSibling;
    fold.open = false;
    const says = make("output");
    const judge = (right, words) => {
      says.textContent = words;
      count(place, right);
      fold.open = true;
    };
    const form = make("form", {className: "cc-guess"});
    if (choices) {
      choices.split("/").forEach((choice) => {
        const button = make("button", {type: "button"}, choice);
        button.addEventListener("click", () => {
          const right = choice === answer;
          judge(right, right ? "Right." : `No: ${answer}.`);
        });
        form.append(button);
      });
    } else {
      const input = make("input", {inputMode: "decimal", size: 9, autocomplete: "off"});
      input.setAttribute("aria-label", `Your prediction${unit ? ", " + unit : ""}`);
      form.append(input, ` ${unit} `, make("button", {}, "Check"));
    }
    const open = make("button", {type: "button"}, "Show me");
    open.addEventListener("click", () => { fold.open = true; });
    form.append(open, says);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const guess = read(form.querySelector("input").value);
      const percent = unit === "percent" && distance(100 * guess, Number(answer), Number(tolerance))[0];
      if (Number.isNaN(guess)) says.textContent = "A number, such as 12.5.";
      else if (percent && !distance(guess, Number(answer), Number(tolerance))[0]) says.textContent = "As a fraction, yes. Write it in percent.";
      else judge(...distance(guess, Number(answer), Number(tolerance)));
    });
    place.append(form);
  };

  if (marks.length) offer();
  predictions.forEach(asks);
  if (predictions.length) article.append(tally);
})();
