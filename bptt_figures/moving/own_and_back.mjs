import { explorable, label, sub, times, transposeTimes } from "./frame.mjs";

// the network that spells "hello": what it reads, and what is right
export const model = {
  U: [[-1, -1, 1, 0], [-1, 0, 0, 0]],
  W: [[1, 0], [-2, 1]],
  V: [[0, 0], [-1, -1], [0, 1], [1, -1]],
  c: [-1, 0, 0, 0],
  h0: [0, 0.5],
  inputs: [0, 1, 2, 2],
  targets: [1, 2, 2, 3],
};

// for each step t = 1..4 the own share, what is handed back, and their sum;
// strength multiplies W
export const shares = strength => {
  const { U, V, c, h0, inputs, targets } = model;
  const W = model.W.map(row => row.map(w => strength * w));
  const h = [h0], own = [];
  inputs.forEach((letter, i) => {
    h.push(times(W, h[i]).map((v, j) => Math.tanh(U[j][letter] + v)));
    const e = times(V, h[i + 1]).map((v, k) => Math.exp(v + c[k]));
    const S = e.reduce((p, q) => p + q);
    own.push(transposeTimes(V, e.map((v, k) => v / S - (k === targets[i]))));
  });
  const steps = [];
  let back = [0, 0];
  for (let t = inputs.length; t >= 1; t--) {
    const error = own[t - 1].map((v, j) => v + back[j]);
    steps[t - 1] = { own: own[t - 1], back, error };
    back = transposeTimes(W, error.map((v, j) => v * (1 - h[t][j] ** 2)));
  }
  return steps;
};

const two = v => ((Math.round(100 * v) || 0) / 100).toFixed(2)
  .replace("-", "−");

export const finding = (t, unit, steps) => {
  const [own, back, error] = ["own", "back", "error"].map(
    name => steps[t - 1][name][unit]);
  const start = `${sub("h", t)}, unit ${unit + 1}: its own output brings `
    + `${two(own)}, `;
  const sum = `together ${two(error)}. `;
  if (t === steps.length) return start + "nothing is handed back, for there "
    + `is no step ${t + 1}: ${sum}The loss ${error < 0 ? "falls" : "rises"} `
    + "with it.";
  const text = start + `${sub("h", t + 1)} hands back ${two(back)}, ${sum}`;
  if (!back) return text + "Nothing comes back on this unit.";
  const more = Math.abs(back) > Math.abs(own)
    ? "What comes later counts for more"
    : "Its own step counts for more";
  return text + more + (own * back < 0
    ? ", and the two contradict each other." : ", and the two agree.");
};

explorable("bptt-own-and-back", parts => () => {
  const t = +parts.t.value, unit = +parts.unit.value;
  const strength = +parts.strength.value, steps = shares(strength);
  const top = Math.max(...steps.flatMap(step =>
    Object.values(step).map(column => Math.abs(column[unit]))));
  steps.forEach((step, i) => {
    const bars = { h: step.own, W: step.back, d: step.error };
    for (const [css, column] of Object.entries(bars)) {
      const to = 112 - 92 * column[unit] / top, part = parts[css + (i + 1)];
      part.setAttribute("y", Math.min(112, to).toFixed(1));
      part.setAttribute("height", Math.abs(112 - to).toFixed(1));
    }
    parts["n" + (i + 1)].textContent = two(step.error[unit]);
    parts["g" + (i + 1)].classList.toggle("now", i + 1 === t);
  });
  label(parts, "t", t);
  label(parts, "strength", strength.toFixed(1));
  parts.finding.textContent = finding(t, unit, steps);
});
