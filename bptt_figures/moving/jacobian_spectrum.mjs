import { cut, explorable, label, line, number } from "./frame.mjs";

// drawn once; radius holds the spectral radii of the kinds
export const model = {
  kinds: [
    [[0.1, -0.1, 0.6, 0.1], [-0.5, 0.4, 1.3, 0.9], [-0.7, -1.3, -0.6, 0],
      [-2.3, -0.2, -1.2, -0.7]],
    [[0.5, -0.5, -0.5, -0.5], [0.5, 0.5, -0.5, 0.5], [0.5, 0.5, 0.5, -0.5],
      [0.5, -0.5, 0.5, 0.5]],
    [[1, 0.8, 0.8, 0.8], [0, 1, 0.8, 0.8], [0, 0, 1, 0.8], [0, 0, 0, 1]],
  ],
  radius: [1.736012, 1, 1],
  U: [0.8, -0.5, 0.6, 0.4],
  x: [0.3, -1.2, 0.8, 1.5, -0.4, 0.1, -0.9, 1.1, 0.6, -1.6, 0.2, 0.9, -0.7,
    -0.1, 1.3, -1, 0.5, 0.7, -0.3, 1],
  h0: [0.3, -0.2, 0.1, 0.4],
};

// the singular values of A, largest first, by rotations of its columns
export const singularValues = A => {
  const columns = A[0].map((_, j) => A.map(row => row[j]));
  const dot = (u, v) => u.reduce((sum, a, i) => sum + a * v[i], 0);
  for (let sweep = 0; sweep < 30; sweep++)
    for (let i = 0; i < columns.length; i++)
      for (let j = i + 1; j < columns.length; j++) {
        const [u, v] = [columns[i], columns[j]], p = dot(u, v);
        if (p === 0) continue;
        const z = (dot(v, v) - dot(u, u)) / 2 / p;
        const t = (z < 0 ? -1 : 1) / (Math.abs(z) + Math.hypot(1, z));
        const c = 1 / Math.hypot(1, t), s = c * t;
        columns[i] = u.map((a, k) => c * a - s * v[k]);
        columns[j] = u.map((a, k) => s * a + c * v[k]);
      }
  return columns.map(u => Math.sqrt(dot(u, u))).sort((a, b) => b - a);
};

// those of dh_T/dh_{T-s} for s = 1..T
export const spectrum = (kind, rho, T, name) => {
  const { kinds, radius, U, x, h0 } = model;
  const W = kinds[kind].map(row => row.map(w => w * rho / radius[kind]));
  const h = [h0];
  for (let t = 1; t <= T; t++) h.push(W.map((row, i) => {
    const a = row.reduce(
      (sum, w, j) => sum + w * h[t - 1][j], U[i] * x[t - 1]);
    return name === "tanh" ? Math.tanh(a) : a;
  }));
  let J = W.map((_, i) => W.map((_, j) => +(i === j)));
  const values = [];
  for (let t = T; t >= 1; t--) {
    const D = W.map((row, i) => row.map(
      w => w * (name === "tanh" ? 1 - h[t][i] ** 2 : 1)));
    J = J.map(row => W.map(
      (_, j) => row.reduce((sum, v, i) => sum + v * D[i][j], 0)));
    values.push(singularValues(J));
  }
  return values;
};

export const finding = (name, rho, T, values) => {
  const last = values[T - 1], large = last[0], small = last.at(-1);
  // smaller ones drown in the round-off of the largest
  const least = small < 1e-10 * large
    ? "less than " + number(1e-10 * large) : number(small);
  const spread = large / small < 1.01
    ? `all singular values are ${number(large)}: every direction fares alike`
    : `the singular values reach from ${least} to ${number(large)}: `
      + "what is left of a gradient depends on its direction";
  return `${name}, ρ = ${rho.toFixed(2)}, ${T} steps: ${spread}. The spectral `
    + `radius alone says ${number(rho ** T)}.`;
};

const Y = v => 120 - 15 * Math.max(-99, Math.log10(v));

explorable("bptt-jacobian-spectrum", parts => () => {
  const rho = +parts.rho.value, T = +parts.T.value;
  const name = parts.activation.value;
  const values = spectrum(parts.kind.selectedIndex, rho, T, name);
  const draw = (part, row) => parts[part].setAttribute("d", line(cut(
    [1, ...row].map((v, s) => [50 + 250 * s / T, Y(v)]), 15, 225)));
  for (let k = 0; k < 4; k++) draw("s" + k, values.map(all => all[k]));
  draw("power", values.map((_, s) => rho ** (s + 1)));
  parts.last.textContent = T;
  label(parts, "rho", rho.toFixed(2));
  label(parts, "T", T);
  parts.finding.textContent = finding(name, rho, T, values);
});
