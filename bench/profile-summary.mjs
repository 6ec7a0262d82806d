import { readFileSync } from 'node:fs';

/**
 * The functions that took the most time by themselves in a CPU profile, as lines to read at once; the file itself opens
 * in Chrome's developer tools or https://www.speedscope.app.
 * @param {string} file
 */
export function profileSummary(file) {
  /** @type {{ nodes: { id: number, callFrame: { functionName: string, url: string, lineNumber: number } }[], samples: number[], timeDeltas: number[] }} */
  let profile;
  try {
    profile = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return `No CPU profile was written: ${String(error)}`;
  }
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '');
      return [id, `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}:${lineNumber + 1}`}`];
    }),
  );
  /** @type {Map<string, number>} */
  const selfTime = new Map();
  let total = 0;
  profile.samples.forEach((id, at) => {
    const name = names.get(id) ?? '?';
    const delta = profile.timeDeltas[at] ?? 0;
    if (name === '(idle)') return;
    total += delta;
    selfTime.set(name, (selfTime.get(name) ?? 0) + delta);
  });
  const top = [...selfTime].sort(([, a], [, b]) => b - a).slice(0, 25);
  const lines = top.map(([name, time]) => `${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [`CPU profile: ${file}`, 'Self time, start included, idle excluded:', ...lines].join('\n');
}
