(function () {
  "use strict";
  document.documentElement.classList.add("js");
  const bodies = Array.from(document.querySelectorAll("table.ledger > tbody"));
  const table = document.querySelector("table.ledger");
  const indexed = new Map();
  const field = (id) => document.getElementById(id);
  const fields = ["paper", "printed", "standing", "engine"].map(field);
  const search = field("search");
  const full = field("full");

  // "Equation 9", "eq. (9)" and "(9)" are one word, and so are the ways to write a proposition's number.
  const NAMES = {
    eq: "equations?|eqs?\\.?|formulas?", prop: "propositions?|props?\\.?", thm: "theorems?|thms?\\.?", cor: "corollary|corollaries|cor\\.?",
    lemma: "lemmas?", remark: "remarks?", definition: "definitions?|def\\.?", assumption: "assumptions?", footnote: "footnotes?",
    sec: "sections?|sec\\.?|appendix", fig: "figures?|figs?\\.?",
  };
  function normal(text) {
    let told = text.toLowerCase();
    for (const [short, long] of Object.entries(NAMES)) {
      told = told.replace(new RegExp("(?<![\\w.])(?:" + long + ")\\s*\\(?([a-z]?\\.?\\d[\\w.]*\\w|\\d)\\)?", "g"), " " + short + "$1 ");
    }
    return told.replace(/\((\d+[a-z]?)\)/g, " eq$1 ");
  }
  const words = (text) => normal(text).split(/[\s,;:()]+/).filter(Boolean);

  function title(paper) {
    const head = document.querySelector('.counts th[data-paper="' + CSS.escape(paper) + '"] span');
    return head ? head.textContent : "";
  }

  function index(body) {
    if (!indexed.has(body)) {
      const [paper, name] = body.id.toLowerCase().split(/:(.*)/);
      const tex = Array.from(body.querySelectorAll("[data-tex]"), (e) => e.dataset.tex).join(" ");
      const raw = (body.textContent + " " + tex).toLowerCase();
      const short = (name || "").replace(/^(\d+[a-z]?)$/, "eq$1");
      indexed.set(body, {
        paper, name, short, parts: short.split("-"), source: words(body.querySelector(".source").textContent),
        title: words(title(body.dataset.paper)), text: raw + " " + normal(raw),
      });
    }
    return indexed.get(body);
  }

  const papers = new Set(bodies.map((body) => body.dataset.paper.toLowerCase()));

  function weight(at, word) {
    if (word === at.name || word === at.short || word === at.paper + ":" + at.name) return 80;
    if (at.parts[0] === word) return 60;
    if (papers.has(word)) return word === at.paper ? 50 : at.source.includes(word) ? 5 : at.text.includes(word) ? 1 : 0;
    if (at.source.includes(word)) return 50;
    if (at.short.startsWith(word + ".") || at.source.some((w) => w.startsWith(word + "."))) return 45;
    if (at.parts.includes(word)) return 40;
    if (at.title.includes(word)) return 8;
    return at.text.includes(word) ? 1 : 0;
  }

  // All words, or most of them and one that is the claim's very name or source.
  function rank(body, asked) {
    if (!asked.length) return 1;
    const at = index(body);
    const weights = asked.map((word) => weight(at, word));
    const missing = weights.filter((w) => !w).length;
    if (missing && !(Math.max(...weights) >= 40 && 2 * missing <= asked.length)) return 0;
    const phrase = at.text.includes(asked.join(" ")) ? 10 : 0;
    return weights.reduce((a, b) => a + b, 0) + phrase;
  }

  function chosen(body) {
    const fits = fields.every((f) => !f.value || body.dataset[f.id].split(" ").includes(f.value));
    return fits && (!full.checked || body.dataset.full === "1");
  }

  function filter() {
    const asked = words(search.value);
    const ranks = new Map(bodies.map((body) => [body, chosen(body) ? rank(body, asked) : 0]));
    const order = asked.length ? [...bodies].sort((a, b) => ranks.get(b) - ranks.get(a)) : bodies;
    if (order.some((body, i) => table.tBodies[i] !== body)) table.append(...order);
    for (const body of bodies) body.hidden = !ranks.get(body);
    const left = bodies.filter((body) => !body.hidden).length;
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

  // Copying.

  function put(text, button) {
    const said = button.textContent;
    const done = () => {
      button.textContent = "copied";
      setTimeout(() => { button.textContent = said; }, 1200);
    };
    const by_hand = () => {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, by_hand);
    else by_hand();
  }

  function button(said, label, text) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "copy";
    made.textContent = said;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", () => put(text(), made));
    return made;
  }

  for (const body of bodies) {
    const link = () => location.href.split("#")[0] + "#" + encodeURIComponent(body.id);
    body.querySelector("details.claim").addEventListener("toggle", (event) => {
      const inside = event.target;
      if (inside.querySelector(".copy")) return;
      inside.querySelector(".rests").append(" ", button("copy link", "copy the link to " + body.id, link));
      for (const pre of inside.querySelectorAll("pre.stated")) {
        pre.before(button("copy statement", "copy the statement", () => pre.textContent));
      }
    });
  }

  // The graph.

  const graph = document.querySelector("svg.graph");
  const nodes = Array.from(document.querySelectorAll("a.node"));
  const edges = Array.from(document.querySelectorAll("path.edge"));
  const size = [graph.width.baseVal.value, graph.height.baseVal.value];
  let zoom = 1;

  function scale(by) {
    zoom = by ? Math.min(4, Math.max(0.1, zoom * by)) : Math.min(1, graph.parentElement.clientWidth / size[0]);
    graph.setAttribute("width", size[0] * zoom);
    graph.setAttribute("height", size[1] * zoom);
  }

  function only(paper) {
    const own = (id) => id.split(":")[0] === paper;
    const kept = new Set(nodes.map((n) => n.dataset.id).filter((id) => !paper || own(id)));
    for (const { dataset } of edges) {
      if (paper && own(dataset.from)) kept.add(dataset.to);
      if (paper && own(dataset.to)) kept.add(dataset.from);
    }
    const off = (element, is) => element.classList.toggle("off", is);
    for (const node of nodes) off(node, !kept.has(node.dataset.id));
    for (const edge of edges) {
      off(edge, Boolean(paper) && !own(edge.dataset.from) && !own(edge.dataset.to));
    }
  }

  function show(id) {
    only(field("graph-paper").value = "");
    if (zoom < 0.7) scale(1 / zoom);
    for (const node of nodes) node.classList.toggle("found", node.dataset.id === id);
    const node = nodes.find((n) => n.dataset.id === id);
    if (node) node.scrollIntoView({ block: "center", inline: "center" });
  }

  function light(node, on) {
    for (const edge of edges) {
      const meets = edge.dataset.from === node.dataset.id || edge.dataset.to === node.dataset.id;
      if (meets) edge.classList.toggle("lit", on);
    }
  }

  for (const f of [...fields, full]) f.addEventListener("change", filter);
  search.addEventListener("input", () => {
    filter();
    field("claims").scrollIntoView();  // what was found stands below the first screen
  });
  window.addEventListener("hashchange", arrive);
  field("graph-paper").addEventListener("change", (event) => only(event.target.value));
  for (const b of document.querySelectorAll("[data-zoom]")) b.addEventListener("click", () => scale(Number(b.dataset.zoom)));
  for (const a of document.querySelectorAll("[data-show]")) {
    a.addEventListener("click", (event) => {
      event.preventDefault();
      show(a.dataset.show);
    });
  }
  for (const node of nodes) {
    for (const enter of ["mouseenter", "focus"]) node.addEventListener(enter, () => light(node, true));
    for (const leave of ["mouseleave", "blur"]) node.addEventListener(leave, () => light(node, false));
  }
  filter();
  arrive();
})();
