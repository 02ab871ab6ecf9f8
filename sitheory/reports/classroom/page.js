const FLOOR = 2 ** -350, LEAST = 2 ** -300, TRAIL = 500, SETTLE = 500, SHOWN = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const of = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The toy function: no state is normalised, a step multiplies it by S; a power of two is taken out, which is exact.
class Toy {
  constructor(alpha, elr, x, y) {
    Object.assign(this, { alpha, elr, x: [...x], y: [...y], t: 0, over: false });
    this.rate = alpha.map((a) => group_rate(elr, a));
    this.measure();
  }
  measure() {
    this.s = this.x.map((x, i) => group_norm_sq(x, this.y[i]));
    this.whole = this.s.reduce((sum, s) => sum + s, 0);
    this.loss = this.x.reduce((sum, x, i) => sum + group_loss(this.alpha[i], x, this.s[i]), 0);
  }
  step() {
    if (this.over) return;
    const turns = this.s.map((s, i) => group_turn(this.rate[i], this.x[i], this.y[i], s));
    turns.forEach((g, i) => { [this.x[i], this.y[i]] = group_step(this.x[i], this.y[i], g, this.whole); });
    const half = Math.floor(Math.log2(this.x.reduce((sum, x, i) => sum + group_norm_sq(x, this.y[i]), 0)) / 2);
    const scale = 2 ** -half, kept = (v) => (v !== 0 && Math.abs(v) < FLOOR ? Math.sign(v) * FLOOR : v);
    this.x = this.x.map((v) => kept(v * scale));
    this.y = this.y.map((v) => kept(v * scale));
    this.t += 1;
    this.measure();
    this.over = !(this.whole < Infinity) || this.s.some((s) => s < LEAST * this.whole);
  }
  elrs() { return this.s.map((s) => group_elr(this.elr, this.whole, s)); }
  point() {
    const r = Math.sqrt(this.whole);
    return [this.x[0] / r, this.y[0] / r, Math.sqrt(Math.max(0, this.whole - this.s[0])) / r];
  }
}

// One planar group with loss 1 - cos phi, by descent with weight decay.
class Decay {
  constructor(lr, wd, x, y) { Object.assign(this, { lr, wd, x, y, t: 0 }); this.keep = resting_cos(lr, wd); this.measure(); }
  measure() {
    this.norm = Math.sqrt(this.x * this.x + this.y * this.y);
    this.cos = this.x / this.norm; this.sin = this.y / this.norm;
    this.loss = 1 + harmonic_value(-1, 0, this.cos, this.sin);
  }
  step() {
    const push = planar_push(harmonic_slope(1, -1, 0, this.cos, this.sin), this.x, this.y);
    const [gx, gy] = planar_grad(push, this.x, this.y);
    [this.x, this.y] = [kept_step(this.x, gx, this.lr, this.keep), kept_step(this.y, gy, this.lr, this.keep)];
    this.t += 1;
    this.measure();
  }
}

// Scalar RMSprop in the valley (1 + x^2) y^2 / 2; its memory is 1/(1 - decay) steps.
class Valley {
  constructor(lr, x, y, moment) { Object.assign(this, { lr, x, y, moment, decay: 1 - lr * lr, t: 0 }); }
  step() {
    const wall = 0.5 * this.y * this.y, height = 1 + valley_height(1, this.x);
    const along = valley_grad(1, this.x, wall), across = height * this.y;
    const stride = this.lr / Math.sqrt(this.moment);
    this.moment = rmsprop_moment(this.moment, along * along + across * across, this.decay);
    this.x = valley_step(this.x, 1, wall, stride);
    this.y = valley_step_across(this.y, height, this.y, stride);
    this.t += 1;
  }
}

// A layer under AdamW whose gradients are noise, in expectation: |W|^2 and <W, u> are all that its norm and turn need.
class Layer {
  constructor(lr, wd, size) {
    Object.assign(this, { lr, alpha: keep(lr, wd), beta: 0.9, inner: 0, t: 0 });
    this.update = average_sq(this.beta);
    this.rest = average_rest_norm_sq(this.update, lr, this.alpha, this.beta);
    this.norm_sq = size * size * this.rest;
  }
  next() { return norm_sq_next(this.norm_sq, this.inner, this.update, this.lr, this.alpha); }
  chord_sq() { return 2 * (1 - dot_next(this.norm_sq, this.inner, this.lr, this.alpha) / Math.sqrt(this.norm_sq * this.next())); }
  step() {
    const next = this.next();
    this.inner = average_inner_next(this.inner, this.update, this.lr, this.alpha, this.beta);
    this.norm_sq = next;
    this.t += 1;
  }
}
const degrees = (chord_sq) => (360 / Math.PI) * Math.asin(Math.min(1, Math.sqrt(Math.max(0, chord_sq)) / 2));

// Drawing.
function paper(canvas, ratio) {
  const width = Math.max(200, canvas.clientWidth || 300), dense = Math.min(2, devicePixelRatio || 1);
  const wide = Math.round(width * dense), pen = canvas.getContext("2d");
  if (canvas.width !== wide) { canvas.width = wide; canvas.height = Math.round(width * ratio * dense); pen.scale(dense, dense); }
  pen.clearRect(0, 0, width, width * ratio);
  return [pen, width, width * ratio];
}
const TILT = 1.05, UP = [Math.cos(TILT), Math.sin(TILT)];
const seen = ([x, y, z]) => [x, UP[0] * z + UP[1] * y, UP[0] * y - UP[1] * z]; // right, up, away
function ball(size) {
  const image = document.createElement("canvas"), r = size / 2;
  image.width = image.height = size;
  const pen = image.getContext("2d"), data = pen.createImageData(size, size);
  for (let j = 0; j < size; j += 1) for (let i = 0; i < size; i += 1) {
    const u = (i + 0.5 - r) / (r - 1), v = (r - j - 0.5) / (r - 1), away = 1 - u * u - v * v;
    if (away < 0) continue;
    const w = -Math.sqrt(away), y = UP[1] * v + UP[0] * w, s = group_norm_sq(u, y);
    const share = s > 0 ? group_loss(1, u, s) : 0.5, k = 4 * (j * size + i), shade = 0.75 + 0.25 * Math.sqrt(away);
    [68 + 185 * share, 1 + 230 * share, 84 + 60 * share * (1 - share) * 2 - 47 * share].forEach((c, d) => { data.data[k + d] = c * shade; });
    data.data[k + 3] = 255;
  }
  pen.putImageData(data, 0, 0);
  return image;
}
const INKS = ["--a", "--b", "--c"];
const toys = [], sliders = [], captions = [], balls = [];
let alpha = [...START.alpha], decay, valley, layers, columns = 0, playing = !calm;

function slider(parent, name, low, high, value, changed) {
  const label = document.createElement("label"), input = document.createElement("input"), out = document.createElement("output");
  Object.assign(input, { type: "range", min: Math.log10(low), max: Math.log10(high), step: 0.001, value: Math.log10(value) });
  const shown = () => { out.textContent = Number((10 ** input.value).toPrecision(3)); };
  input.addEventListener("input", () => { shown(); changed(10 ** input.value); });
  label.append(name, input, out);
  parent.append(label);
  shown();
  return { input, shown };
}
function restart(i) {
  const start = [[0.3, 0.25, 0.2], [0.5, 0.45, 0.6]];
  toys[i] = { run: new Toy(alpha, toys[i].run.elr, ...start), trail: [] };
}
START.elr.forEach((elr, i) => {
  const figure = document.createElement("figure"), canvas = document.createElement("canvas"), told = document.createElement("figcaption");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Run ${i + 1} on the sphere`);
  figure.append(canvas);
  toys[i] = { run: { elr } };
  sliders[i] = slider(figure, "ELR", 0.02, 2, elr, (value) => { toys[i].run.elr = value; restart(i); });
  figure.append(told);
  of("spheres").append(figure);
  captions[i] = told;
  balls[i] = canvas;
  restart(i);
});
alpha.forEach((a, i) => slider(of("alphas"), `α${"₁₂₃"[i]}`, 0.25, 8, a, (value) => {
  alpha = alpha.map((old, j) => (j === i ? value : old));
  toys.forEach((_, j) => restart(j));
  columns = 0;
}));
let globe;
function drawSphere(i) {
  const [pen, size] = paper(balls[i], 1), r = size / 2 - 2, { run, trail } = toys[i];
  if (!globe || globe.width !== balls[i].width) globe = ball(balls[i].width);
  pen.drawImage(globe, 0, 0, size, size);
  pen.strokeStyle = "rgba(255,255,255,.8)";
  pen.lineWidth = 1.2;
  for (let k = 1; k < trail.length; k += 1) {
    const [a, b] = [seen(trail[k - 1]), seen(trail[k])];
    pen.globalAlpha = 0.1 + 0.9 * (k / trail.length);
    pen.beginPath(); pen.moveTo(size / 2 + r * a[0], size / 2 - r * a[1]); pen.lineTo(size / 2 + r * b[0], size / 2 - r * b[1]); pen.stroke();
  }
  pen.globalAlpha = 1;
  const [right, up] = seen(run.point());
  pen.fillStyle = colour(INKS[i]); pen.strokeStyle = "#fff"; pen.lineWidth = 2;
  pen.beginPath(); pen.arc(size / 2 + r * right, size / 2 - r * up, 6, 0, 7); pen.fill(); pen.stroke();
  const level = equilibrium_loss(alpha, run.elr), below = run.elr <= threshold(alpha);
  const told = run.over ? "a group has vanished beside the others, or numbers overflowed" : below ? "at or below the threshold: runs tend to 0" : `predicted level ${level.toPrecision(4)}`;
  captions[i].textContent = `step ${run.t}, loss ${run.loss.toPrecision(4)}, ${told}; group ELRs ${run.elrs().map((e) => e.toPrecision(3)).join(", ")}`;
}
const LOW = 0.02, HIGH = 2, BELOW = 20, place = (elr, width) => (Math.log(elr / LOW) / Math.log(HIGH / LOW)) * width;
const chart = document.createElement("canvas");
function drawDiagram() {
  const [pen, width, height] = paper(of("diagram"), 0.36), most = alpha.reduce((a, b) => a + b, 0), wanted = Math.round(width / 2);
  const high = (loss) => height - BELOW - (loss / most) * (height - BELOW - 4);
  if (chart.width !== of("diagram").width || columns === 0) { chart.width = of("diagram").width; chart.height = of("diagram").height; columns = 0; }
  const kept = chart.getContext("2d"), dense = chart.width / width;
  kept.fillStyle = colour("--ink"); kept.globalAlpha = 0.35;
  for (let n = 0; n < 4 && columns < wanted; n += 1, columns += 1) { // a few columns a frame, each drawn once
    const elr = LOW * (HIGH / LOW) ** ((columns + 0.5) / wanted), run = new Toy(alpha, elr, [0.3, 0.25, 0.2], [0.5, 0.45, 0.6]);
    for (let t = 0; t < SETTLE + SHOWN; t += 1) {
      run.step();
      if (t >= SETTLE) kept.fillRect(dense * place(elr, width), dense * high(run.loss), 1.2 * dense, 1.2 * dense);
    }
  }
  pen.drawImage(chart, 0, 0, width, height);
  pen.globalAlpha = 1; pen.strokeStyle = colour("--soft"); pen.setLineDash([2, 3]);
  const edge = place(threshold(alpha), width);
  pen.beginPath(); pen.moveTo(edge, 0); pen.lineTo(edge, height - BELOW); pen.stroke();
  pen.setLineDash([6, 4]); pen.beginPath();
  for (let i = 0; i <= 100; i += 1) { const elr = LOW * (HIGH / LOW) ** (i / 100); if (elr >= threshold(alpha)) pen.lineTo(place(elr, width), high(equilibrium_loss(alpha, elr))); }
  pen.stroke(); pen.setLineDash([]);
  pen.fillStyle = colour("--soft"); pen.font = "12px system-ui"; pen.textAlign = "center";
  for (const elr of [0.05, 0.1, 0.2, 0.5, 1]) pen.fillText(String(elr), place(elr, width), height - 2);
  pen.textAlign = "left"; pen.fillText(`loss ${Number(most.toPrecision(3))}`, 0, 12); pen.fillText("loss 0", 0, height - BELOW - 6); pen.fillText("ELR", 0, height - 2);
  toys.forEach(({ run }, i) => { pen.strokeStyle = colour(INKS[i]); pen.lineWidth = 2; pen.beginPath(); pen.moveTo(place(run.elr, width), 0); pen.lineTo(place(run.elr, width), height - BELOW); pen.stroke(); });
}
function moveNearest(where) {
  const elr = Math.min(HIGH, Math.max(LOW, LOW * (HIGH / LOW) ** where)), off = toys.map(({ run }) => Math.abs(Math.log(run.elr / elr)));
  const i = off.indexOf(Math.min(...off));
  toys[i].run.elr = elr; restart(i);
  sliders[i].input.value = Math.log10(elr); sliders[i].shown();
}
of("diagram").addEventListener("pointermove", (e) => { if (e.buttons) moveNearest(e.offsetX / of("diagram").clientWidth); });
of("diagram").addEventListener("pointerdown", (e) => moveNearest(e.offsetX / of("diagram").clientWidth));
of("diagram").addEventListener("keydown", (e) => {
  const turn = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
  if (turn) { e.preventDefault(); moveNearest(Math.log((toys[1].run.elr * 1.02 ** turn) / LOW) / Math.log(HIGH / LOW)); }
});

const history = [], path = [];
function restartDecay() { decay = new Decay(10 ** of("lr").value, 10 ** of("wd").value, 0.8, 0.6); history.length = 0; }
function restartValley() { const lr = 10 ** of("small").value; valley = new Valley(lr, 1, 1e-3, lr * lr); path.length = 0; }
function drawDecay() {
  const [pen, size] = paper(of("plane"), 1), reach = Math.max(...history.map((h) => h.norm), decay.norm) * 1.1, r = size / 2;
  pen.strokeStyle = colour("--line");
  pen.beginPath(); pen.moveTo(0, r); pen.lineTo(size, r); pen.moveTo(r, 0); pen.lineTo(r, size); pen.stroke();
  pen.strokeStyle = colour("--a"); pen.beginPath();
  history.slice(-TRAIL).forEach((h) => pen.lineTo(r + (r * h.x) / reach, r - (r * h.y) / reach));
  pen.stroke();
  pen.fillStyle = colour("--b"); pen.beginPath(); pen.arc(r + (r * decay.x) / reach, r - (r * decay.y) / reach, 5, 0, 7); pen.fill();
  const [ink, width, height] = paper(of("series"), 0.5), half = height / 2;
  const line = (of_, name, top, low, high) => {
    ink.strokeStyle = colour(name); ink.beginPath();
    history.forEach((h, k) => ink.lineTo((k / history.length) * width, top + (half - 14) * (1 - (of_(h) - low) / (high - low || 1)) + 10));
    ink.stroke();
  };
  ink.fillStyle = colour("--soft"); ink.font = "12px system-ui";
  ink.fillText(`norm, ${decay.norm.toPrecision(3)}`, 4, 12); ink.fillText(`log₁₀ loss, ${Math.log10(Math.max(decay.loss, 1e-16)).toFixed(1)}`, 4, half + 12);
  line((h) => h.norm, "--a", 0, 0, reach);
  line((h) => Math.log10(Math.max(h.loss, 1e-16)), "--b", half, -16, 0.4);
}
function drawValley() {
  const [pen, width, height] = paper(of("valley"), 0.3), far = 3 * valley.lr, X = (x) => ((x + 0.1) / 1.2) * width, Y = (y) => height / 2 - (y / far) * (height / 2);
  pen.strokeStyle = colour("--line");
  for (let k = 1; k <= 5; k += 1) for (const side of [-1, 1]) {
    pen.beginPath();
    for (let x = -0.1; x <= 1.1; x += 0.02) pen.lineTo(X(x), Y((side * far * k) / 5 / Math.sqrt(1 + valley_height(1, x))));
    pen.stroke();
  }
  pen.globalAlpha = 0.5; pen.fillStyle = colour("--a");
  for (const [x, y] of path) pen.fillRect(X(x), Y(y), 1.6, 1.6);
  pen.globalAlpha = 1; pen.fillStyle = colour("--b"); pen.beginPath(); pen.arc(X(valley.x), Y(valley.y), 5, 0, 7); pen.fill();
  pen.fillStyle = colour("--soft"); pen.font = "12px system-ui";
  pen.fillText(`step ${valley.t}, x ${valley.x.toFixed(3)}, sharpness ${(1 + valley_height(1, valley.x)).toFixed(3)}`, 4, 14);
}
const SIZES = [0.1, 1, 10], ROWS = 800, LENGTH = 4; // times 1/(lr wd)
function restartLayers() {
  layers = SIZES.map((size) => ({ run: new Layer(10 ** of("adamlr").value, 10 ** of("adamwd").value, size), rows: [] }));
}
function stepLayers() {
  const whole = Math.ceil(LENGTH / (1 - layers[0].run.alpha)), stride = Math.ceil(whole / ROWS);
  for (const { run, rows } of layers) {
    if (rows.length > ROWS) continue;
    rows.push([Math.sqrt(run.norm_sq / run.rest), degrees(run.chord_sq())]);
    for (let n = 0; n < stride; n += 1) run.step();
  }
}
function drawLayers() {
  const [pen, width, height] = paper(of("turns"), of("turns").clientWidth < 500 ? 1 : 0.32), { run } = layers[0];
  const narrow = width < 500, half = narrow ? width : width / 2 - 10, tall = narrow ? height / 2 - 10 : height;
  const rest = degrees(average_rest_chord_sq(run.alpha, run.beta));
  [["norm, over its rest", (row) => row[0], 0, 0, 1], ["turn per step", (row) => row[1] / rest, narrow ? 0 : half + 20, narrow ? tall + 20 : 0, rest]]
    .forEach(([name, value, left, top, unit], panel) => {
      const high = (v) => top + 18 + (tall - 22) * (0.5 - Math.log10(v) / 2.6);
      pen.font = "12px system-ui"; pen.fillStyle = colour("--soft"); pen.strokeStyle = colour("--soft"); pen.lineWidth = 1;
      pen.fillText(name, left + 48, top + 12);
      for (const v of [0.1, 1, 10]) pen.fillText(`${Number((v * unit).toPrecision(2))}${panel ? "°" : ""}`, left, high(v) + 4);
      pen.setLineDash([6, 4]); pen.beginPath(); pen.moveTo(left + 48, high(1)); pen.lineTo(left + half, high(1)); pen.stroke(); pen.setLineDash([]);
      layers.forEach(({ rows }, i) => {
        pen.strokeStyle = colour(INKS[i]); pen.lineWidth = 2; pen.beginPath();
        rows.forEach((row, k) => pen.lineTo(left + 48 + ((half - 48) * k) / ROWS, high(value(row))));
        pen.stroke();
      });
    });
  const last = layers.map(({ run: now }) => degrees(now.chord_sq()).toPrecision(3)).join("°, ");
  of("told").textContent = `Step ${run.t} of ${Math.ceil(LENGTH / (1 - run.alpha))}; turns per step ${last}°. Dashed: at rest, ${rest.toPrecision(3)}° whatever the size. The lines are expectations, not random runs.`;
}
function paint() { toys.forEach((_, i) => drawSphere(i)); drawDiagram(); drawDecay(); drawValley(); drawLayers(); }
function advance(steps) {
  for (let n = 0; n < steps; n += 1) {
    toys.forEach(({ run, trail }) => { run.step(); trail.push(run.point()); if (trail.length > TRAIL) trail.shift(); });
    decay.step(); history.push({ norm: decay.norm, loss: decay.loss, x: decay.x, y: decay.y }); if (history.length > 2000) history.shift();
    stepLayers();
  }
  for (let n = 0; n < 20 * steps; n += 1) { valley.step(); if (n % 7 === 0) { path.push([valley.x, valley.y]); if (path.length > 3000) path.shift(); } }
}
const RESTART = { small: restartValley, lr: restartDecay, wd: restartDecay, adamlr: restartLayers, adamwd: restartLayers, speed: () => {} };
for (const [id, restarted] of Object.entries(RESTART)) {
  const out = document.querySelector(`output[for="${id}"]`), shown = () => { out.textContent = Number((10 ** of(id).value).toPrecision(3)); };
  of(id).addEventListener("input", () => { shown(); restarted(); });
  shown();
}
function press() { of("play").textContent = playing ? "pause" : "play"; of("play").setAttribute("aria-pressed", String(playing)); }
of("play").addEventListener("click", () => { playing = !playing; press(); });
of("again").addEventListener("click", () => { toys.forEach((_, i) => restart(i)); restartDecay(); restartValley(); restartLayers(); });
document.addEventListener("keydown", (e) => { if (e.key === " " && !(e.target instanceof HTMLButtonElement)) { e.preventDefault(); playing = !playing; press(); } });
let owed = 0, last = performance.now();
function frame(now) {
  if (playing) {
    owed += (Math.min(100, now - last) / 1000) * 10 ** of("speed").value;
    advance(Math.floor(owed));
    owed -= Math.floor(owed);
  }
  last = now;
  paint();
  requestAnimationFrame(frame);
}
restartDecay(); restartValley(); restartLayers(); press(); requestAnimationFrame(frame);
