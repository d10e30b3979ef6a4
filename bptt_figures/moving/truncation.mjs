import { explorable, label, line, number, spread } from "./frame.mjs";

export const model = { T: 10, w: 0.9, u: 0.05, h0: 0.2 };

// (dL/dw, dL/du) of one sequence, from all steps and from the last k alone;
// h_t = tanh(w h_{t-1} + u x_t), L = (h_T - 0.8 x_{T-lag})^2 / 2
export const gradients = (x, lag, k) => {
  const { w, u } = model, h = [model.h0], T = x.length, full = [0, 0];
  let cut;
  for (const v of x) h.push(Math.tanh(w * h.at(-1) + u * v));
  let dh = h[T] - 0.8 * x[T - 1 - lag];
  for (let t = T; t >= 1; t--) {
    const delta = dh * (1 - h[t] ** 2);
    full[0] += delta * h[t - 1];
    full[1] += delta * x[t - 1];
    if (t === T - k + 1) cut = [...full];
    dh = w * delta;
  }
  return { full, cut };
};

// exact over every sequence of T signs: the mean of both gradients, and the
// sum of their variances
export const expected = (lag, k) => {
  const { T } = model, N = 2 ** T;
  const found = { full: [0, 0, 0], cut: [0, 0, 0] };
  for (let i = 0; i < N; i++) {
    const x = Array.from({ length: T }, (_, t) => i >> t & 1 ? 1 : -1);
    const one = gradients(x, lag, k);
    for (const way in found) {
      const [a, b] = one[way];
      [a, b, a * a + b * b].forEach((v, j) => found[way][j] += v / N);
    }
  }
  for (const way in found) found[way][2] -=
    found[way][0] ** 2 + found[way][1] ** 2;
  return found;
};

export const error = ([a, b], [c, d]) =>
  Math.hypot(a - c, b - d) / Math.hypot(c, d);

// relative root mean square error of the mean over 1, 2, 4 ... sequences
export const errors = ([a, b, variance], truth) => Array.from(
  { length: 15 }, (_, i) => Math.sqrt(
    error([a, b], truth) ** 2
      + variance / 2 ** i / (truth[0] ** 2 + truth[1] ** 2)));

export const angle = ([a, b], [c, d]) =>
  Math.abs(Math.atan2(a * d - b * c, a * c + b * d)) * 180 / Math.PI;

const arrow = ([x, y]) => {
  const s = Math.hypot(x, y) / 9, p = x / s, q = y / s;
  const at = (v, w) => `${(170 + v).toFixed(1)} ${(112 - w).toFixed(1)}`;
  return `M170 112L${at(x, y)}M${at(x - p - q / 2, y - q + p / 2)}L${at(x, y)}`
    + `L${at(x - p + q / 2, y - q - p / 2)}`;
};

export const finding = (lag, k, { full, cut }, rows) => {
  const place = k > lag ? "inside" : "outside";
  return `Lag ${lag}, window k = ${k}: what the loss depends on lies ${place} `
    + "the window. The mean truncated gradient "
    + `stands at ${Math.round(angle(cut, full))}° to the true one; its bias `
    + `is ${number(error(cut, full))} of the true norm. Over 16\u00a0384 `
    + `sequences the full gradient is off by ${number(rows.full[14])}, `
    + `the truncated one by ${number(rows.cut[14])}: noise averages out, bias does not.`;
};

explorable("bptt-truncation", parts => () => {
  const lag = +parts.lag.value, k = +parts.k.value;
  const means = expected(lag, k);
  const { full, cut } = means;
  const rows = { full: errors(full, full), cut: errors(cut, full) };
  const longest = Math.max(Math.hypot(full[0], full[1]),
    Math.hypot(cut[0], cut[1]));
  const Y = v => 70 - 50 * Math.log10(Math.max(0.01, Math.min(10, v)));
  const places = spread([Y(rows.full[14]), Y(rows.cut[14])]);
  ["full", "cut"].forEach((way, i) => {
    const [x, y] = means[way].map(v => v * 85 / longest);
    parts[way].setAttribute("d", arrow([x, y]));
    const name = parts[way + "-name"];
    name.setAttribute("x", (170 + x + (i ? -9 : 9)).toFixed(1));
    name.setAttribute("y", (116 - y).toFixed(1));
    parts[way + "-error"].setAttribute("d", line(rows[way].map(
      (v, i) => [50 + 15 * i, Y(v)])));
    parts[way + "-end"].setAttribute("y", (places[i] + 4).toFixed(1));
  });
  label(parts, "lag", lag);
  label(parts, "k", k);
  parts.finding.textContent = finding(lag, k, means, rows);
});
