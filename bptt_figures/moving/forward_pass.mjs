import { explorable, label, sub, times } from "./frame.mjs";

// the network that spells "hello"; its letters are the classes
export const model = {
  names: ["h", "e", "l", "o"],
  U: [[-1, -1, 1, 0], [-1, 0, 0, 0]],
  W: [[1, 0], [-2, 1]],
  V: [[0, 0], [-1, -1], [0, 1], [1, -1]],
  c: [-1, 0, 0, 0],
  h0: [0, 0.5],
};

// for each step what the input brings, what the state brings, h and ŷ;
// strength multiplies W
export const pass = (word, strength) => {
  const { names, U, W, V, c, h0 } = model;
  let h = h0;
  return [...word].map(letter => {
    const Ux = U.map(row => row[names.indexOf(letter)]);
    const Wh = times(W, h).map(v => strength * v);
    h = Ux.map((v, i) => Math.tanh(v + Wh[i]));
    const e = times(V, h).map((v, k) => Math.exp(v + c[k]));
    const S = e.reduce((p, q) => p + q);
    return { Ux, Wh, h, yhat: e.map(v => v / S) };
  });
};

const two = v => ((Math.round(100 * v) || 0) / 100).toFixed(2)
  .replace("-", "−");
const pair = v => `(${two(v[0])}, ${two(v[1])})`;
const best = yhat => yhat.indexOf(Math.max(...yhat));

export const says = ({ yhat }) =>
  `${model.names[best(yhat)]} with ${two(Math.max(...yhat))}`;

export const finding = (word, strength, t, steps) => {
  const now = steps[t - 1], letter = word[t - 1];
  const other = [...word].findIndex((x, i) => x === letter && i !== t - 1);
  const text = `Step ${t} reads ${letter}. The input brings U${sub("x", t)} = `
    + `${pair(now.Ux)}, the state before brings W${sub("h", t - 1)} = `
    + `${pair(now.Wh)}; tanh of their sum is ${sub("h", t)} = `
    + `${pair(now.h)}. The network says ${says(now)}. `;
  if (!strength) return text + "Nothing is handed on, so the same letter "
    + "always gets the same answer.";
  if (other < 0) return text + "No other step reads this letter.";
  return text + `Step ${other + 1} reads ${letter} too and says `
    + `${says(steps[other])}: the inputs are equal, so only what the state `
    + "brings can make a difference.";
};

explorable("bptt-forward-pass", parts => () => {
  const word = [1, 2, 3, 4].map(t => parts["x" + t].value).join("");
  const t = +parts.t.value, strength = +parts.W.value;
  const steps = pass(word, strength);
  const bar = (part, from, to) => {
    part.setAttribute("y", Math.min(from, to).toFixed(1));
    part.setAttribute("height", Math.abs(to - from).toFixed(1));
  };
  steps.forEach(({ h, yhat }, i) => {
    const step = i + 1;
    yhat.forEach((v, k) => bar(parts["y" + step + k], 108, 108 - 84 * v));
    h.forEach((v, j) => bar(parts["h" + step + j], 192, 192 - 44 * v));
    parts["g" + step].classList.toggle("now", step === t);
    parts["r" + step].textContent = word[i];
    parts["r" + step].classList.toggle("now", step === t);
    parts["s" + step].textContent = model.names[best(yhat)];
    parts["s" + step].classList.toggle("now", step === t);
  });
  label(parts, "t", t);
  parts.finding.textContent = finding(word, strength, t, steps);
});
