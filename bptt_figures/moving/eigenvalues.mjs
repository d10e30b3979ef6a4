import { cut, explorable, label, line, number, transposeTimes }
  from "./frame.mjs";

// the first entry of dL/dh_{T-s} for s = 0..T, when h_t = W h_{t-1} and W
// turns by an angle (in degrees) and stretches by r; it is 1 at s = 0
export const trace = (r, degrees, T) => {
  const angle = degrees * Math.PI / 180;
  const a = r * Math.cos(angle), b = r * Math.sin(angle);
  const W = [[a, -b], [b, a]], entries = [1];
  let dh = [1, 0];
  for (let s = 1; s <= T; s++) {
    dh = transposeTimes(W, dh);
    entries.push(dh[0]);
  }
  return entries;
};

export const finding = (r, degrees, T) => {
  const size = r ** T, turns = degrees * T / 360;
  return `|λ| = ${r.toFixed(2)}: ${T} steps back leave a gradient of `
    + `${number(size)}, turned round ${turns.toFixed(1)} times. To stay `
    + `between 0.1 and 10, |λ| has to lie between `
    + `${(0.1 ** (1 / T)).toFixed(3)} and ${(10 ** (1 / T)).toFixed(3)}: the `
    + "band narrows as T grows.";
};

const R = 85;
const circle = r => `M${(135 - R * r).toFixed(1)} 125`
  + `a${(R * r).toFixed(1)} ${(R * r).toFixed(1)} 0 1 0 `
  + `${(2 * R * r).toFixed(1)} 0a${(R * r).toFixed(1)} ${(R * r).toFixed(1)} `
  + `0 1 0 ${(-2 * R * r).toFixed(1)} 0z`;

explorable("bptt-eigenvalues", parts => () => {
  const r = +parts.r.value, degrees = +parts.angle.value, T = +parts.T.value;
  const angle = degrees * Math.PI / 180;
  parts.band.setAttribute("d", circle(10 ** (1 / T)) + circle(0.1 ** (1 / T)));
  for (const sign of [1, -1]) {
    const at = parts[sign > 0 ? "up" : "down"];
    at.setAttribute("cx", (135 + R * r * Math.cos(angle)).toFixed(1));
    at.setAttribute("cy", (125 - sign * R * r * Math.sin(angle)).toFixed(1));
  }
  const curve = values => line(cut(values.map(
    (v, s) => [40 + 280 * s / T, 120 - 50 * v]), 12, 228));
  const sizes = Array.from({ length: T + 1 }, (_, s) => r ** s);
  parts.trace.setAttribute("d", curve(trace(r, degrees, T)));
  parts.above.setAttribute("d", curve(sizes));
  parts.below.setAttribute("d", curve(sizes.map(v => -v)));
  parts.last.textContent = T;
  label(parts, "r", r.toFixed(2));
  label(parts, "angle", degrees + "°");
  label(parts, "T", T);
  parts.finding.textContent = finding(r, degrees, T);
});
