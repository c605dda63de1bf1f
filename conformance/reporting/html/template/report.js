"use strict";
(() => {
  const form = document.getElementById("filter");
  const count = form.querySelector("output");
  const laws = [...document.querySelectorAll("details.law")];
  const functions = [...document.querySelectorAll("section.function")];
  const dtypes = [...form.elements.dtype.options].slice(1).map((o) => o.value);
  const fields = ["q", "function", "dtype", "outcome"];
  const texts = new Map();
  const column = document.createElement("style");
  document.head.append(column);

  const text = (law) => {
    if (!texts.has(law)) texts.set(law, law.textContent.toLowerCase());
    return texts.get(law);
  };
  const wanted = () => Object.fromEntries(fields.map((f) => [f, form.elements[f].value]));

  // A law's key has the states of its cases, each after the indices of its dtypes: "013pass 2fail";
  // a state without an index is that of every dtype.
  const hasCase = (law, dtype, outcome) => {
    if (!dtype && !outcome) return true;
    const index = String(dtypes.indexOf(dtype));
    return law.dataset.k.split(" ").some((key) => {
      const at = key.match(/^\d*/)[0];
      return (!dtype || !at || at.includes(index)) && (!outcome || key.slice(at.length) === outcome);
    });
  };

  function apply() {
    const w = wanted();
    const words = w.q.toLowerCase().split(/\s+/).filter(Boolean);
    const active = fields.some((f) => w[f]);
    let shown = 0;
    for (const section of functions) {
      const chosen = !w.function || section.id === w.function;
      let some = 0;
      for (const law of section.querySelectorAll("details.law")) {
        const fits = chosen && hasCase(law, w.dtype, w.outcome) && words.every((x) => text(law).includes(x));
        law.hidden = !fits;
        some += fits;
      }
      shown += some;
      const rest = section.querySelector("details.rest");
      if (rest) {
        const left = rest.querySelectorAll("details.law:not([hidden])").length;
        rest.hidden = !left;
        rest.open = active && left > 0;
      }
      section.hidden = active && !some;
      for (const item of section.querySelectorAll("[data-d]")) item.hidden = Boolean(w.dtype) && item.dataset.d !== w.dtype;
    }
    for (const row of document.querySelectorAll("tr[data-f]")) {
      row.hidden = document.getElementById(row.dataset.f).hidden;
    }
    const at = dtypes.indexOf(w.dtype);
    column.textContent = at < 0 ? "" : `.cases:not(.wide) td:nth-child(n+3):not(:nth-child(${at + 3})) { opacity: .3 }`;
    count.value = active ? `${shown} of ${laws.length} laws` : `${laws.length} laws`;
    document.getElementById("none").hidden = shown > 0 || !laws.length;
  }

  // The fragment is #anchor, #?filters or #anchor?filters; without script #anchor still works.
  function fragment() {
    const [anchor, filters] = location.hash.slice(1).split(/\?(.*)/s);
    return { anchor, filters: new URLSearchParams(filters || "") };
  }
  function write(anchor) {
    const filters = new URLSearchParams(Object.entries(wanted()).filter(([, value]) => value));
    const all = String(filters);
    history.replaceState(null, "", `#${anchor}${all ? `?${all}` : ""}`);
  }
  function goto(anchor) {
    const target = anchor && document.getElementById(anchor);
    if (!target) return;
    target.hidden = false;
    for (let e = target; e; e = e.parentElement) {
      if (e.localName === "details") e.open = true;
      if (e.hidden) e.hidden = false;
    }
    target.scrollIntoView();
  }
  function read() {
    const { anchor, filters } = fragment();
    for (const f of fields) {
      const field = form.elements[f];
      field.value = filters.get(f) || "";
      if (field.selectedIndex < 0) field.value = "";
    }
    apply();
    goto(anchor);
  }

  form.addEventListener("input", () => { apply(); write(""); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); write(""); }));
  window.addEventListener("hashchange", read);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const anchor = link.getAttribute("href").slice(1);
    write(anchor);
    goto(anchor);
  });
  for (const law of laws) {
    law.addEventListener("toggle", () => { if (law.open) write(law.id); });
  }

  async function copy(words) {
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const area = document.createElement("textarea");
      area.value = words;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }
  for (const script of document.querySelectorAll("pre.script")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await copy(script.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    script.before(button);
  }

  form.hidden = false;
  read();
})();
