import { SCENARIOS } from '../scenarios.mjs';
import { addedTo, ratesOf } from './ladder.mjs';
import { Runs } from './runs.mjs';

const COLOURS = ['#8a8f98', '#1f6feb', '#7fb0f5', '#d29922', '#cf6679', '#6e9e4f', '#a371f7'];
const FONT = 'font-family="system-ui, sans-serif" font-size="12" fill="#333"';

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @param {number} width @param {number} height @param {string} title @param {readonly string[]} parts */
const svg = (width, height, title, parts) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="24" ${FONT} font-weight="600">${escaped(title)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');

/**
 * Lying bars, the longest as long as there is room.
 * @param {string} title @param {readonly { name: string, value: number, label: string }[]} bars
 */
export function barChart(title, bars) {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const parts = bars.flatMap(({ name, value, label }, at) => {
    const y = 44 + at * 28;
    const length = Math.max(1, (value / most) * 400);
    return [
      `<text x="130" y="${y + 14}" text-anchor="end" ${FONT}>${escaped(name)}</text>`,
      `<rect x="140" y="${y}" width="${length.toFixed(1)}" height="20" rx="2" fill="${COLOURS[at % COLOURS.length]}"/>`,
      `<text x="${(148 + length).toFixed(1)}" y="${y + 14}" ${FONT}>${escaped(label)}</text>`,
    ];
  });
  return svg(720, 56 + bars.length * 28, title, parts);
}

/**
 * Lines over the same steps, which stand equally far apart.
 * @param {string} title @param {string} unit of the values @param {readonly string[]} steps
 * @param {readonly { name: string, values: readonly (number | undefined)[] }[]} lines
 */
export function lineChart(title, unit, steps, lines) {
  const [left, top, width, height] = [64, 48, 480, 220];
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const most = niceCeiling(Math.max(...known, Number.MIN_VALUE));
  const least = Math.min(0, ...known);
  /** @param {number} step */
  const x = (step) => left + (steps.length < 2 ? width / 2 : (step / (steps.length - 1)) * width);
  /** @param {number} value */
  const y = (value) => top + height - ((value - least) / (most - least)) * height;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const value = least + part * (most - least);
    const at = y(value).toFixed(1);
    return [
      `<line x1="${left}" x2="${left + width}" y1="${at}" y2="${at}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end" ${FONT}>${value.toFixed(2)}</text>`,
    ];
  });
  const labels = steps.map(
    (step, at) => `<text x="${x(at).toFixed(1)}" y="${top + height + 20}" text-anchor="middle" ${FONT}>${step}</text>`,
  );
  const drawn = lines.flatMap(({ name, values }, at) => {
    const colour = COLOURS[(at + 1) % COLOURS.length];
    const points = values.flatMap((value, step) =>
      value === undefined ? [] : [`${x(step).toFixed(1)},${y(value).toFixed(1)}`],
    );
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map((point) => `<circle cx="${point.replace(',', '" cy="')}" r="3" fill="${colour}"/>`),
      `<rect x="${left + width + 20}" y="${top + at * 20}" width="12" height="12" fill="${colour}"/>`,
      `<text x="${left + width + 38}" y="${top + at * 20 + 11}" ${FONT}>${escaped(name)}</text>`,
    ];
  });
  const axis = `<text x="16" y="${top - 8}" ${FONT}>${escaped(unit)}</text>`;
  return svg(760, top + height + 36, title, [axis, ...grid, ...labels, ...drawn]);
}

/** The next of 1, 2, 2.5, 5 with zeros. @param {number} value */
function niceCeiling(value) {
  const scale = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * scale >= value) ?? 10) * scale;
}

/**
 * The charts of a run, by the name of their file.
 * @param {import('../benchmark.mjs').Outcome} outcome
 * @returns {Record<string, string>}
 */
export function chartsOf({ runs, subjects }) {
  /** @type {Record<string, string>} */
  const charts = {};
  for (const { name, title, how } of SCENARIOS) {
    if (how === 'closed') {
      const measured = new Runs(runs, name);
      const bars = subjects.flatMap(({ subject }) => {
        const value = measured.perSecond(subject);
        if (value === undefined) return [];
        const ratio = measured.ratio(subject, 'bare');
        const label = `${value.toFixed(value < 20 ? 1 : 0)}/s${ratio === undefined ? '' : ` (${ratio.toFixed(2)})`}`;
        return [{ name: subject, value, label }];
      });
      if (bars.length > 0) charts[`${name}.svg`] = barChart(`${title}: requests per second (to the bare proxy)`, bars);
    } else if (how === 'open') {
      const rates = ratesOf(runs, name);
      if (rates.length > 0) charts[`${name}.svg`] = ladderChart(name, title, runs, rates, subjects);
    }
  }
  return charts;
}

/**
 * @param {string} name @param {string} title @param {readonly import('./runs.mjs').Run[]} runs
 * @param {readonly number[]} rates @param {readonly import('../benchmark.mjs').SubjectInfo[]} subjects
 */
function ladderChart(name, title, runs, rates, subjects) {
  const added = rates.map((rate) => new Runs(runs, name, rate));
  const others = subjects.map(({ subject }) => subject).filter((subject) => subject !== 'bare');
  const lines = others.flatMap((subject) => {
    const steps = added.map((measured) => addedTo(measured, subject));
    if (steps.every(({ p50 }) => p50 === undefined)) return [];
    return /** @type {const} */ (['p50', 'p99']).map((which) => ({
      name: `${subject} ${which}`,
      values: steps.map((step) => step[which]),
    }));
  });
  return lineChart(`${title}: added to the bare proxy`, 'ms', rates.map(String), lines);
}
