import { isObject, parseJson } from '../protocol/json.js';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.js';
import { type RestClient } from './rest/rest-client.js';
import { type GivenOptions } from './rest/run-rest-command.js';
import { plain, tableOf } from './table.js';
import { print, printJson, type Terminal } from './terminal.js';

/**
 * Says what would become of a request; 1 where it would be refused.
 * @throws CommandFailure
 */
export async function explain(
  message: string,
  options: GivenOptions,
  client: RestClient,
  terminal: Terminal,
): Promise<ExitCode> {
  const { key, endpoint } = options;
  const body = {
    ...(key === undefined ? {} : { key }),
    ...(endpoint === undefined ? {} : { endpoint }),
    request: requestOf(message, options),
  };
  const response = await client.ask({ method: 'POST', path: '/admin/explain', body });
  const explanation = parseJson(await response.text());
  if (!isObject(explanation)) throw new CommandFailure('The answer is none: is that a Nestgate of this version?');
  const refusedWith = typeof explanation['refusedWith'] === 'string' ? plain(explanation['refusedWith']) : null;
  const { deployments, limits, budgets, model, requestModel, ceiling } = explanation;
  if (options['json'] === true) {
    printJson(terminal, explanation);
  } else {
    const verdict = refusedWith === null ? 'It would be sent.' : `It would be refused: ${refusedWith}.`;
    const asked = model === requestModel ? '' : `, asked for as ${String(requestModel)}`;
    print(terminal, verdict);
    print(terminal, plain(`Model ${String(model)}${asked}; it costs at most ${ceilingOf(ceiling)}.`));
    table(terminal, deployments, [
      ['DEPLOYMENT', 'deployment'],
      ['CHANCE', 'chance'],
      ['PASSED OVER', 'passedOver'],
      ['CIRCUIT', 'circuit'],
      ['AT MOST', 'ceiling'],
    ]);
    table(terminal, limits, [
      ['LIMIT', 'limit'],
      ['COUNTS', 'counts'],
      ['ALLOWED', 'allowed'],
      ['REMAINING', 'remaining'],
      ['REFUSES', 'refuses'],
    ]);
    table(terminal, budgets, [
      ['BUDGET', 'budget'],
      ['SUBJECT', 'subject'],
      ['LIMIT', 'limit'],
      ['SPENT', 'spent'],
      ['LEFT', 'left'],
      ['REFUSES', 'refuses'],
    ]);
  }
  return refusedWith === null ? EXIT.ok : EXIT.failed;
}

function requestOf(message: string, { model, data }: GivenOptions): Record<string, unknown> {
  const given = data === undefined ? {} : parseJson(data as string);
  if (!isObject(given)) throw new CommandFailure('--data is not a JSON object: give the request.', EXIT.usage);
  const request = {
    ...(data === undefined ? { messages: [{ role: 'user', content: message }] } : {}),
    ...given,
    ...(model === undefined ? {} : { model }),
  };
  if (request.model === undefined) throw new CommandFailure('Of which model? Say --model.', EXIT.usage);
  return request;
}

function ceilingOf(ceiling: unknown): string {
  return typeof ceiling === 'string' ? `${ceiling} USD` : 'what nobody knows: a deployment has no price';
}

function table(terminal: Terminal, items: unknown, columns: Parameters<typeof tableOf>[1]): void {
  if (Array.isArray(items) && items.length > 0) print(terminal, `\n${tableOf(items, columns)}`);
}
