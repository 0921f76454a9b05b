// Progressive enhancement; every page works without it.
"use strict";

document.documentElement.classList.add("with-js");

// The summary of errors takes the focus, also where the browser ignores `autofocus`, which comes before the first frame.
const summary = document.querySelector(".error-summary");
if (summary) requestAnimationFrame(() => document.activeElement === summary || summary.focus());

// A submitted button shows that it is busy, and a second click does nothing.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.isBusy) {
      event.preventDefault();
      return;
    }
    form.dataset.isBusy = "yes";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busyText) button.textContent = button.dataset.busyText;
  });
}

// A page from the back/forward cache has no busy buttons.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// A changed quantity is submitted; the focus returns to its field afterwards.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  form.querySelector("input.quantity").addEventListener("change", (event) => {
    sessionStorage.setItem("focus", event.target.id);
    form.requestSubmit(form.querySelector("[data-without-js]"));
  });
}
const left = sessionStorage.getItem("focus");
sessionStorage.removeItem("focus");
if (left && !document.querySelector(".error-summary")) document.getElementById(left)?.focus();

// The datalist of the city field has the municipalities of the department.
const department = document.querySelector("[data-municipalities]");
const cities = document.getElementById("city-list");
async function listCities() {
  const address = `${department.dataset.municipalities}?department=${encodeURIComponent(department.value)}`;
  const answer = await fetch(address);
  if (!answer.ok) return;
  cities.replaceChildren(...(await answer.json()).map((name) => new Option(name, name)));
}
if (department && cities) {
  department.addEventListener("change", listCities);
  if (department.value) listCities();
}

// The total shows the price of the chosen delivery method.
for (const radio of document.querySelectorAll("input[name=method]")) {
  radio.addEventListener("change", () => {
    const shipping = document.getElementById("summary-shipping");
    if (shipping) shipping.textContent = radio.dataset.shipping;
    document.getElementById("summary-total").textContent = radio.dataset.total;
  });
}

// Email and phone are validated when they lose the focus; typing removes the message.
const looksRight = {
  email: (text) => /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(text),
  phone: (text) => text.replace(/^\+?57(?=\d{10}$)/, "").replace(/\D/g, "").length >= 10,
};
for (const input of document.querySelectorAll("[data-check]")) {
  const id = `${input.id}-error`;
  input.addEventListener("blur", () => {
    const text = input.value.trim();
    if (!text || looksRight[input.dataset.check](text) || document.getElementById(id)) return;
    const message = document.createElement("p");
    message.id = id;
    message.className = "field-error";
    message.textContent = input.dataset.checkMessage;
    input.before(message);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${input.id}-hint ${id}`);
  });
  input.addEventListener("input", () => {
    document.getElementById(id)?.remove();
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", `${input.id}-hint`);
  });
}

// A page that waits for the payment reloads itself.
const waiting = document.querySelector("[data-reload]");
if (waiting) setTimeout(() => window.location.reload(), Number(waiting.dataset.reload));
