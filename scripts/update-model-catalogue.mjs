// Writes src/catalogue/model-catalogue.data.ts anew from the installed @pydantic/genai-prices. Run by hand, after that
// package was updated and the project was built:
//
//   npm run build && node scripts/update-model-catalogue.mjs
//
// What the file says then is for a person to look at: run the specs of src/catalogue, and read the difference.
import { readFileSync, writeFileSync } from 'node:fs';
import { findProvider } from '@pydantic/genai-prices';
import { nameForms } from '../dist/catalogue/model-names.js';

const PACKAGE = '@pydantic/genai-prices';
const FILE = 'src/catalogue/model-catalogue.data.ts';
const LINE_LENGTH = 170;

/** The package's providers whose names the gateway meets: the lists of src/catalogue/model-hosts.ts. */
const LISTS = [
  'anthropic',
  'aws',
  'cerebras',
  'cohere',
  'deepseek',
  'google',
  'groq',
  'mistral',
  'openai',
  'openrouter',
  'perplexity',
  'x-ai',
  'zai',
];

/** Windows that the package has wrong: src/catalogue/model-families.ts has what the provider's own pages say. */
const WRONG = {
  deepseek: /^deepseek-(chat|reasoner)/,
  google: /^gemini-(2\.5-flash|3-pro|3\.1-flash)-image/,
  openai: /^gpt-5(\.\d|-\d)?-chat/,
};

/** Every name that stands for the model alone. */
function namesOf({ id, match }) {
  const alternatives = match.or ?? [match];
  return [id, ...alternatives.flatMap(({ equals }) => equals ?? [])];
}

function entriesOf(list) {
  const windows = new Map();
  const named = findProvider({ providerId: list })
    .models.filter((model) => model.context_window > 0)
    .flatMap((model) => namesOf(model).map((name) => ({ forms: nameForms(name), window: model.context_window })))
    .filter(({ forms: [name] }) => WRONG[list]?.test(name) !== true);
  for (const { forms, window } of named) if (!windows.has(forms[0])) windows.set(forms[0], window);
  // The shortest form will do where no longer one says otherwise.
  for (const { forms, window } of named) {
    const shortest = forms.at(-1);
    if (!windows.has(shortest)) windows.set(shortest, window);
    const [name] = forms;
    const next = forms.slice(1).find((form) => windows.has(form));
    if (next !== undefined && windows.get(next) === windows.get(name)) windows.delete(name);
  }
  return Object.fromEntries(
    [...windows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, contextWindow]) => [name, { contextWindow }]),
  );
}

/** As many entries a line as there is room for. */
function linesOf(entries) {
  const lines = [];
  for (const [name, entry] of Object.entries(entries)) {
    const text = `'${name}': ${JSON.stringify(entry)
      .replace(/"(\w+)":/g, ' $1: ')
      .replace('}', ' }')},`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < LINE_LENGTH) lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines.map((line) => `      ${line}\n`).join('');
}

const { version } = JSON.parse(readFileSync(`node_modules/${PACKAGE}/package.json`, 'utf8'));
const lists = LISTS.map((list) => [list, entriesOf(list)]);
const code = `// Made by scripts/update-model-catalogue.mjs: change that, not this. The package is under the MIT license.
import { type Catalogue } from './model-facts.js';

/** Windows in tokens, by the provider's name for the model in its shortest form. */
// prettier-ignore
export const CATALOGUE: Catalogue = {
  source: '${PACKAGE} ${version}',
  date: '${new Date().toISOString().slice(0, 10)}',
  models: {
${lists.map(([list, entries]) => `    '${list}': {\n${linesOf(entries)}    },\n`).join('')}  },
};
`;
writeFileSync(FILE, code);
const count = lists.reduce((sum, [, entries]) => sum + Object.keys(entries).length, 0);
console.log(`${FILE}: ${count} models, ${PACKAGE} ${version}`);
