// What the sliders of a control are set to, name -> value; each says its value, on the page and to a screen reader.
const chosen = sliders => Object.fromEntries(sliders.map(input => {
  const text = input.dataset.values.split("|")[input.value];
  input.nextElementSibling.textContent = text;
  input.setAttribute("aria-valuetext", text);
  return [input.dataset.name, isNaN(text) ? text : Number(text)];
}));
