import { explorable, label, sub, times, transposeTimes } from "./frame.mjs";

// rows of U, W and b in the order i, f, o, g, two for each
export const model = {
  U: [[0.5, -0.3], [-0.8, 0.4], [0.3, 0.9], [0.6, -0.5], [0.7, 0.2],
    [-0.4, 0.8], [1.1, -0.7], [-0.6, 1.2]],
  W: [[0.4, -0.9], [0.7, 0.3], [-0.5, 0.8], [0.9, -0.2], [0.6, 0.5],
    [-0.7, 0.4], [0.8, 0.9], [-1, 0.6]],
  b: [0, 0, 1, 1, 0, 0, 0.2, -0.2],
  V: [[1.5, -1], [-1.2, 1.4]],
  c: [0, 0],
  x: [[1, 0], [0.5, -1], [-1, 0.6], [0.8, 0.9]],
  labels: [0, 1, 1, 0],
  h0: [[0, 0], [0.8, -0.6]],
  c0: [0.5, -0.5],
};

const logistic = a => 1 / (1 + Math.exp(-a));

// the errors of the pre-activations, and the states; start chooses h_0
export const backward = start => {
  const { U, W, b, V, c, x, labels, h0, c0 } = model;
  const h = [h0[start]], cell = [c0], gates = [];
  x.forEach((x_t, s) => {
    const Ux = times(U, x_t), Wh = times(W, h[s]);
    const G = b.map((v, p) => (p < 6 ? logistic : Math.tanh)(
      Ux[p] + Wh[p] + v));
    gates.push(G);
    cell.push([0, 1].map(p => G[2 + p] * cell[s][p] + G[p] * G[6 + p]));
    h.push([0, 1].map(p => G[4 + p] * Math.tanh(cell[s + 1][p])));
  });
  const delta = [];
  let dh = [0, 0], dc = [0, 0];
  for (let t = x.length; t >= 1; t--) {
    const e = times(V, h[t]).map((v, k) => Math.exp(v + c[k]));
    const S = e.reduce((p, q) => p + q);
    const own = transposeTimes(
      V, e.map((v, k) => v / S - (k === labels[t - 1])));
    const G = gates[t - 1], all = [], next = [];
    for (const p of [0, 1]) {
      const [i, f, o, g] = [G[p], G[2 + p], G[4 + p], G[6 + p]];
      const u = Math.tanh(cell[t][p]), d = own[p] + dh[p];
      const q = d * o * (1 - u * u) + dc[p];
      all[p] = q * g * i * (1 - i);
      all[2 + p] = q * cell[t - 1][p] * f * (1 - f);
      all[4 + p] = d * u * o * (1 - o);
      all[6 + p] = q * i * (1 - g * g);
      next[p] = f * q;
    }
    delta[t - 1] = all;
    dh = transposeTimes(W, all);
    dc = next;
  }
  return { delta, h };
};

// for each step the error of one gate, what it meets, and their product
export const terms = (gate, of, start) => {
  const { delta, h } = backward(start);
  return delta.map((all, s) => {
    const error = all.slice(2 * gate, 2 * gate + 2);
    const read = of === "W" ? h[s] : of === "U" ? model.x[s] : [1];
    return { error, read, term: error.map(d => read.map(r => d * r)) };
  });
};

export const added = (steps, t) => steps.slice(0, t).reduce(
  (sum, { term }) => sum.map((row, i) => row.map((v, j) => v + term[i][j])),
  steps[0].term.map(row => row.map(() => 0)));

const three = v => ((Math.round(1000 * v) || 0) / 1000).toFixed(3)
  .replace("-", "−");
const norm = A => Math.hypot(...A.flat());
const meets = (of, t) =>
  of === "W" ? sub("h", t - 1) : of === "U" ? sub("x", t) : "1";

export const finding = (gate, of, t, start, steps) => {
  const name = `∂L/∂${of} of ${"ifog"[gate]}`, { term } = steps[t - 1];
  const what = `Step ${t}: the error of ${"ifog"[gate]} meets ${meets(of, t)}.`;
  const apart = norm(added(steps, t).map((row, i) => row.map(
    (v, j) => v - added(steps, steps.length)[i][j])));
  if (of === "W" && t === 1 && !start) return what + " That is zero, so the "
    + "first step adds nothing, whatever its error is. "
    + `${name} has all its length, ${three(apart)}, still to come.`;
  const added_ = ` The product has the length ${three(norm(term))}. `;
  return what + added_ + (t === steps.length
    ? `All ${t} steps are added: this is ${name}.`
    : `With ${t} of ${steps.length} steps the sum is still `
      + `${three(apart)} away from ${name}.`);
};

explorable("bptt-outer-products", parts => () => {
  const gate = +parts.gate.value, of = parts.of.value, t = +parts.t.value;
  const start = +parts.start.value, steps = terms(gate, of, start);
  const { error, read, term } = steps[t - 1], wide = of !== "b";
  const top = Math.max(...[...steps.map(one => one.term),
    added(steps, 4)].flat(2).map(Math.abs));
  const fill = (part, v, size) => {
    const seen = v !== undefined;
    parts[part].classList.toggle("off", !seen);
    parts[part + "="].classList.toggle("off", !seen);
    if (!seen) return;
    parts[part + "="].textContent = three(v);
    parts[part].setAttribute("class", v < 0 ? "neg" : "");
    parts[part].setAttribute("fill-opacity", Math.min(
      .5, .5 * Math.abs(v) / size).toFixed(2));
  };
  const sum = added(steps, t), whole = added(steps, 4);
  for (const i of [0, 1]) {
    fill("d" + i, error[i], Math.max(...error.map(Math.abs)));
    fill("r" + i, read[i], Math.max(...read.map(Math.abs), .1));
    for (const j of [0, 1]) {
      fill(`t${i}${j}`, term[i][j], top);
      fill(`s${i}${j}`, sum[i][j], top);
      fill(`w${i}${j}`, whole[i][j], top);
    }
  }
  const letter = "ifog"[gate];
  parts.delta.textContent = `δ of ${letter}, t = ${t}`;
  parts.delta.setAttribute("x", 46);
  parts.read.textContent = meets(of, t) + (wide ? "ᵀ" : "");
  parts.term.textContent = "product";
  parts.sum.textContent = `steps 1 to ${t}`;
  parts.whole.textContent = `∂L/∂${of}`;
  label(parts, "t", t);
  parts.finding.textContent = finding(gate, of, t, start, steps);
});
