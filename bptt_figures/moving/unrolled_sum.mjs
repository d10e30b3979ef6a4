import { explorable, label, number, sub, times, transposeTimes }
  from "./frame.mjs";

export const model = {
  U: [[0.9], [-0.6]],
  W: [[0.8, -0.4], [0.5, 0.7]],
  b: [0.1, -0.1],
  V: [[1.2, -0.7], [-0.6, 0.9]],
  c: [0, 0.2],
  x: [[1], [0.5], [-0.8], [0.4], [0.9]],
  h0: [0.6, -0.4],
  labels: [1, 0, 1, 1, 1],
};

// every term (k, s) of dL/dW: the loss at s, through the use of W at k
export const terms = T => {
  const { U, W, b, V, c, x, h0, labels } = model;
  const h = [h0], all = [], total = W.map(row => row.map(() => 0));
  for (let s = 1; s <= T; s++) {
    const Wh = times(W, h[s - 1]), Ux = times(U, x[s - 1]);
    h.push(Wh.map((v, i) => Math.tanh(Ux[i] + v + b[i])));
    const e = times(V, h[s]).map((v, i) => Math.exp(v + c[i]));
    const S = e.reduce((p, q) => p + q);
    let dh = transposeTimes(V, e.map((v, i) => v / S - (i === labels[s - 1])));
    for (let k = s; k >= 1; k--) {
      const delta = dh.map((v, i) => v * (1 - h[k][i] ** 2));
      const matrix = delta.map(v => h[k - 1].map(u => v * u));
      matrix.forEach((row, i) => row.forEach((v, j) => total[i][j] += v));
      all.push({ k, s, matrix });
      dh = transposeTimes(W, delta);
    }
  }
  return { all, total };
};

const dot = (A, B) => A.flat().reduce((p, a, i) => p + a * B.flat()[i], 0);

// 0 stands for every k, or every s
export const chosen = ({ all, total }, k, s) => {
  const some = all.filter(
    term => (!k || term.k === k) && (!s || term.s === s));
  const sum = total.map((row, i) => row.map(
    (_, j) => some.reduce((p, term) => p + term.matrix[i][j], 0)));
  return {
    some, norm: Math.sqrt(dot(sum, sum)),
    share: dot(sum, total) / dot(total, total),
  };
};

const percent = share => Math.round(100 * share) + "\u00a0%";

export const finding = (k, s, T, { some, norm, share }) => {
  const size = `Its norm is ${number(norm)}, its share ${percent(share)}.`
    .replace("-", "−");
  if (k && s) return `Term k = ${k}, s = ${s}: the loss ${sub("L", s)} goes `
    + `back ${s - k} step${s - k === 1 ? "" : "s"} in time and meets W where `
    + `it made ${sub("h", k)} from ${sub("h", k - 1)}. ${size}`;
  if (k) return `Column k = ${k}: one use of W, every loss from `
    + `${sub("L", k)} on. The column adds up to ${sub("δ", k)} `
    + `${sub("h", k - 1)}ᵀ. ${size} BPTT adds columns: one for each step.`;
  if (s) return `Row s = ${s}: one loss, and every use of W before it, `
    + `${s} in all. The row adds up to the gradient of ${sub("L", s)} alone. `
    + size;
  return `All ${some.length} terms: they add up to ∂L/∂W, whose norm is `
    + `${number(norm)}. There is no other algorithm in BPTT: it is the chain `
    + "rule, with W counted once for each of its uses.";
};

explorable("bptt-unrolled-sum", parts => {
  let k = 2, s = 4, T = 0, sums;
  const button = (k, s) => parts[k + "," + s];
  const show = (k, s) => {
    const { some, norm, share } = chosen(sums, k, s);
    const lit = (part, on) => parts[part]?.classList.toggle("off", !on);
    for (let t = 0; t <= 5; t++) {
      lit("D" + t, some.some(term => term.s === t));
      lit("W" + t, some.some(term => term.k === t));
      lit("H" + t, some.some(term => term.k === t + 1));
      lit("B" + t, some.some(term => term.k < t && t <= term.s));
    }
    parts.finding.textContent = finding(k, s, T, { some, norm, share });
  };
  const press = () => {
    for (let i = 0; i <= 5; i++) for (let j = 0; j <= 5; j++) {
      const on = i === k && j === s;
      button(i, j)?.setAttribute("aria-pressed", on);
      if (button(i, j)) button(i, j).tabIndex = on ? 0 : -1;
    }
    show(k, s);
  };
  const at = event => event.target.dataset.p?.split(",").map(Number);
  const choose = event => { if (at(event)?.length > 1) {
    [k, s] = at(event);
    press();
  } };
  const grid = parts.grid;
  grid.addEventListener("click", choose);
  grid.addEventListener("focusin", choose);
  grid.addEventListener("mouseover", event =>
    at(event)?.length > 1 && show(...at(event)));
  grid.addEventListener("mouseleave", () => show(k, s));
  grid.addEventListener("keydown", event => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0],
      ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const to = button(k + move[0], s + move[1]);
    if (to && s + move[1] <= T && k + move[0] <= T) to.focus();
  });
  return () => {
    T = +parts.T.value;
    label(parts, "T", T);
    sums = terms(T);
    if (k > T || s > T) k = s = 0;
    for (let t = 1; t <= 5; t++)
      parts["t" + t].classList.toggle("off", t > T);
    for (let i = 0; i <= 5; i++) for (let j = 0; j <= 5; j++) {
      const one = button(i, j);
      if (!one) continue;
      one.classList.toggle("off", i > T || j > T);
      if (!i || !j || i > T || j > T) continue;
      const { share } = chosen(sums, i, j);
      one.textContent = percent(share).slice(0, -2).replace("-", "−");
      one.ariaLabel = `k ${i}, s ${j}: ${one.textContent} %`;
      one.style.setProperty("--n", Math.min(60, Math.round(
        300 * Math.abs(share))));
    }
    press();
  };
});
