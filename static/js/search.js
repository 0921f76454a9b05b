// Suggestions under the search field: the combobox of the ARIA patterns. Without this script the form is a plain search.
"use strict";

for (const form of document.querySelectorAll("form[data-suggestions]")) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let options = [];
  let active = -1;
  let asked = "";
  let timer = 0;

  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };
  const choose = (index) => {
    active = index;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[index].id);
      options[index].scrollIntoView({ block: "nearest" });
    }
  };
  const open = () => {
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  const option = (href, text, note = "", picture = "") => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    item.setAttribute("role", "option");
    item.dataset.href = href;
    name.textContent = text;
    if (picture) {
      const image = new Image();
      image.alt = "";
      image.src = new URL(picture).pathname;
      item.append(image);
    }
    item.append(name);
    if (note) {
      const more = document.createElement("span");
      more.textContent = note;
      item.append(more);
    }
    return item;
  };
  const list_of = (values) => new URLSearchParams(values).toString();
  const show = (found) => {
    const words = found.didYouMean;
    options = [
      ...(words ? [option(`${form.action}?${list_of({ q: words })}`, form.dataset.didYouMean.replace("{}", words))] : []),
      ...found.categories.map((one) => option(`${form.action}?${list_of({ category: one.category })}`, one.name, String(one.count))),
      ...found.products.map((one) => option(
        form.dataset.products.replace(/%7B%7D|\{\}/, one.slug), one.name, one.inStock ? one.priceText : form.dataset.soldOut, one.image,
      )),
    ];
    options.forEach((item, index) => { item.id = `${list.id}-${index}`; });
    list.replaceChildren(...options);
    choose(-1);
    open();
    status.textContent = options.length ? form.dataset.found.replace("{}", options.length) : "";
  };
  const ask = async () => {
    const text = input.value.trim();
    asked = text;
    if (text.length < 2) {
      options = [];
      close();
      return;
    }
    const answer = await fetch(`${form.dataset.suggestions}?${list_of({ q: text })}`, {
      headers: { "Accept-Language": document.documentElement.lang }, credentials: "omit",
    }).catch(() => null);
    if (answer?.ok && asked === text && document.activeElement === input) show(await answer.json());
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      open();
      // One place more than there are options: the field itself.
      const places = options.length + 1;
      choose(((active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      window.location.assign(options[active].dataset.href);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) window.location.assign(item.dataset.href);
  });
  input.addEventListener("blur", close);
}
