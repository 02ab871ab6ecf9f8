(function () {
  "use strict";
  document.documentElement.classList.add("js");
  const bodies = Array.from(document.querySelectorAll("table.ledger > tbody"));
  const words = new Map();
  const field = (id) => document.getElementById(id);
  const fields = ["paper", "printed", "standing", "engine"].map(field);
  const search = field("search");
  const full = field("full");

  function text(body) {
    if (!words.has(body)) {
      const tex = Array.from(body.querySelectorAll("[data-tex]"), (e) => e.dataset.tex);
      words.set(body, [body.textContent, ...tex].join(" ").toLowerCase());
    }
    return words.get(body);
  }

  function fits(body, wanted) {
    const chosen = fields.every((f) => !f.value || body.dataset[f.id].split(" ").includes(f.value));
    if (!chosen || (full.checked && body.dataset.full !== "1")) return false;
    return wanted.every((word) => text(body).includes(word));
  }

  function filter() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const body of bodies) {
      body.hidden = !fits(body, wanted);
      left += body.hidden ? 0 : 1;
    }
    field("count").textContent = left + " of " + bodies.length;
    field("none").hidden = left > 0;
  }

  function clear() {
    for (const f of fields) f.value = "";
    search.value = "";
    full.checked = false;
    filter();
  }

  function arrive() {
    const body = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!body || body.tagName !== "TBODY") return;
    if (body.hidden) clear();
    body.querySelector("details").open = true;
    body.scrollIntoView();
  }

  function light(node, on) {
    for (const edge of document.querySelectorAll("path.edge")) {
      const meets = edge.dataset.from === node.dataset.id || edge.dataset.to === node.dataset.id;
      if (meets) edge.classList.toggle("lit", on);
    }
  }

  for (const f of [...fields, full]) f.addEventListener("change", filter);
  search.addEventListener("input", filter);
  window.addEventListener("hashchange", arrive);
  for (const node of document.querySelectorAll("a.node")) {
    for (const enter of ["mouseenter", "focus"]) node.addEventListener(enter, () => light(node, true));
    for (const leave of ["mouseleave", "blur"]) node.addEventListener(leave, () => light(node, false));
  }
  filter();
  arrive();
})();
