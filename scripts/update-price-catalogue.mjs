// Writes the data files of src/pricing anew from the installed @pydantic/genai-prices. Run by hand, after that
// package was updated and the project was built:
//
//   npm run build && node scripts/update-price-catalogue.mjs
//
// What the file says then is for a person to look at: run the specs of src/pricing, which compare it with the package,
// and read the difference.
import { readFileSync, writeFileSync } from 'node:fs';
import { findProvider } from '@pydantic/genai-prices';
import { MODEL_HOSTS } from '../dist/catalogue/model-hosts.js';
import { pricedForms, testOf } from '../dist/pricing/model-patterns.js';

const PACKAGE = '@pydantic/genai-prices';
const FOLDER = 'src/pricing';
/** As long as all the others together. */
const LARGE_LIST = 'openrouter';
const LINE_LENGTH = 170;

/** The package's providers whose names the gateway meets. */
const LISTS = [...new Set([...MODEL_HOSTS.values()].flatMap(({ list }) => list ?? []))].sort((a, b) =>
  a < b ? -1 : 1,
);

/** Our rates by the package's, with for how many units those are. */
const RATES = {
  input_mtok: ['input', 1e6],
  cache_read_mtok: ['cacheRead', 1e6],
  cache_write_mtok: ['cacheWrite5m', 1e6],
  cache_write_1h_mtok: ['cacheWrite1h', 1e6],
  input_audio_mtok: ['inputAudio', 1e6],
  input_image_mtok: ['inputImage', 1e6],
  output_mtok: ['output', 1e6],
  output_reasoning_mtok: ['reasoning', 1e6],
  output_audio_mtok: ['outputAudio', 1e6],
  output_image_mtok: ['outputImage', 1e6],
  input_audio_hours: ['second', 3600],
  web_searches_kcount: ['search', 1e3],
  requests_kcount: ['request', 1e3],
};

/** No price at all means that a model is free, of these; of all others that nobody knows. */
const FREE = { google: /^gemma-/, mistral: /:free$/, openai: /^moderation$/, openrouter: /:free$/ };

/** Its list has names of other people too, without their makers. */
const isOwnName = (list, name) => list !== 'openrouter' || name.includes('/');

/** Pico-USD for a million units. The package's numbers are short decimals: what they are in binary does not matter. */
function rateOf(price, per) {
  const [whole, fraction = ''] = price.toFixed(12).split('.');
  const pico = BigInt(whole + fraction) * 1_000_000n;
  const divisor = BigInt(per);
  return Number((pico * 2n + divisor) / (divisor * 2n));
}

const baseOf = (price) => (typeof price === 'number' ? price : price.base);
const priceAt = (price, start) => price.tiers.find((tier) => tier.start === start)?.price ?? price.base;

function ratesOf(prices) {
  const known = Object.entries(prices).flatMap(([key, price]) => (key in RATES ? [[...RATES[key], price]] : []));
  const rates = Object.fromEntries(known.map(([name, per, price]) => [name, rateOf(baseOf(price), per)]));
  const tiered = known.filter(([, , price]) => typeof price !== 'number');
  const starts = [...new Set(tiered.flatMap(([, , { tiers }]) => tiers.map(({ start }) => start)))].sort(
    (a, b) => a - b,
  );
  if (starts.length === 0) return rates;
  const above = starts.map((start) => ({
    above: start,
    ...Object.fromEntries(tiered.map(([name, per, price]) => [name, rateOf(priceAt(price, start), per)])),
  }));
  return { ...rates, tiers: above };
}

function periodOf({ constraint, prices }) {
  const rates = ratesOf(prices);
  if (constraint === undefined) return rates;
  if (constraint.type === 'start_date') return { from: constraint.start_date, ...rates };
  return { hours: [constraint.start_time.slice(0, 5), constraint.end_time.slice(0, 5)], ...rates };
}

/** The names in the forms that they are looked for in. */
function patternsOf(match) {
  if (match.or !== undefined) return match.or.flatMap(patternsOf);
  if (match.and !== undefined) return [match.and.flatMap(patternsOf).join('&')];
  if (match.equals !== undefined) return [pricedForms(match.equals)[0]];
  if (match.starts_with !== undefined) return [`${pricedForms(match.starts_with)[0]}*`];
  if (match.ends_with !== undefined) return [`*${pricedForms(match.ends_with)[0]}`];
  if (match.contains !== undefined) return [`*${pricedForms(match.contains)[0]}*`];
  return [`/${match.regex}/`];
}

function entriesOf(list) {
  const entries = findProvider({ providerId: list }).models.flatMap(({ id, match, prices }) => {
    const periods = (Array.isArray(prices) ? prices : [{ prices }]).map(periodOf);
    const isPriced = periods.some((period) => 'input' in period || 'second' in period || 'request' in period);
    if (!isPriced && FREE[list]?.test(id) !== true) return [];
    const patterns = [...new Set(patternsOf(match))].filter((name) => isOwnName(list, name));
    return patterns.length === 0 ? [] : [{ patterns, periods }];
  });
  return withoutNeedless(entries);
}

/** A name whose shorter form leads to the same prices says nothing. */
function withoutNeedless(entries) {
  const isName = (pattern) => !/[*&]|^\/.*\/$/.test(pattern);
  const find = (rest, name) => {
    const tests = rest.map(({ patterns, periods }) => ({ test: testOf(patterns.join(' ')), periods }));
    for (const form of pricedForms(name)) {
      const found = tests.find(({ test }) => test(form));
      if (found !== undefined) return found.periods;
    }
    return undefined;
  };
  for (const entry of entries) {
    for (const name of entry.patterns.filter(isName)) {
      if (entry.patterns.length === 1 || pricedForms(name).length === 1) continue;
      const patterns = entry.patterns.filter((pattern) => pattern !== name);
      const rest = entries.map((other) => (other === entry ? { ...entry, patterns } : other));
      if (find(rest, name) === entry.periods) entry.patterns = patterns;
    }
  }
  return entries;
}

/** 150000000000 as 15e10: shorter, and the same whole number. */
const numberText = (value) =>
  String(value).replace(/^(\d*[1-9])(0{3,})$/, (_, digits, zeros) => `${digits}e${zeros.length}`);

function textOf(value) {
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${name === 'above' ? member : textOf(member)}`)
    .join(', ')} }`;
}

/** As many entries a line as there is room for. */
function linesOf(entries, indent) {
  const lines = [];
  for (const { patterns, periods } of entries) {
    const prices = periods.map((period) => (Object.keys(period).length === 0 ? '{}' : textOf(period)));
    const text = `[${[textOf(patterns.join(' ')), ...prices].join(', ')}],`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < LINE_LENGTH) lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines.map((line) => `${indent}${line}\n`).join('');
}

const { version } = JSON.parse(readFileSync(`node_modules/${PACKAGE}/package.json`, 'utf8'));
const lists = LISTS.map((list) => [list, entriesOf(list)]);
const HEAD =
  '// Made by scripts/update-price-catalogue.mjs: change that, not this. The package is under the MIT license.\n';
const isLarge = ([list]) => list === LARGE_LIST;

writeFileSync(
  `${FOLDER}/${LARGE_LIST}-prices.data.ts`,
  `${HEAD}import { type CatalogueEntry } from './price-catalogue.js';

/** In pico-USD for a million units: 15e10 is 0.15 USD for a million tokens. */
// prettier-ignore
export const OPENROUTER_PRICES: readonly CatalogueEntry[] = [
${linesOf(lists.find(isLarge)[1], '  ')}];
`,
);
writeFileSync(
  `${FOLDER}/price-catalogue.data.ts`,
  `${HEAD}import { OPENROUTER_PRICES } from './openrouter-prices.data.js';
import { type PriceCatalogue } from './price-catalogue.js';

/** In pico-USD for a million units: 15e10 is 0.15 USD for a million tokens. */
// prettier-ignore
export const PRICE_CATALOGUE: PriceCatalogue = {
  source: '${PACKAGE} ${version}',
  date: '${new Date().toISOString().slice(0, 10)}',
  lists: {
${lists.map((one) => (isLarge(one) ? `    '${LARGE_LIST}': OPENROUTER_PRICES,\n` : `    '${one[0]}': [\n${linesOf(one[1], '      ')}    ],\n`)).join('')}  },
};
`,
);
const count = lists.reduce((sum, [, entries]) => sum + entries.length, 0);
console.log(`${count} models, ${PACKAGE} ${version}`);
