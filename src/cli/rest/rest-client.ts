import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isObject, parseJson } from '../../protocol/json.js';
import { CommandFailure, EXIT, exitCodeOf } from '../exit-code.js';
import { plain } from '../table.js';
import { type Terminal } from '../terminal.js';

/** Where a command asks, and with what. */
export interface Target {
  readonly urlVariable: string;
  readonly secretVariable: string;
  readonly usualUrl: string;
  /** For messages. */
  readonly what: string;
  readonly fileOption: string;
}

export const ADMINISTRATION: Target = {
  urlVariable: 'NESTGATE_ADMIN_URL',
  secretVariable: 'NESTGATE_ADMIN_TOKEN',
  usualUrl: 'http://localhost:8081',
  what: 'The administration',
  fileOption: '--token-file',
};

export const GATEWAY: Target = {
  urlVariable: 'NESTGATE_URL',
  secretVariable: 'NESTGATE_API_KEY',
  usualUrl: 'http://localhost:8080',
  what: 'The gateway',
  fileOption: '--key-file',
};

export interface TargetOptions {
  readonly url?: string | undefined;
  /** With the secret in it. */
  readonly secretFile?: string | undefined;
}

export interface RestRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Asks over HTTP, and makes one sentence of every way in which that may fail. */
export class RestClient {
  private constructor(
    private readonly base: string,
    private readonly secret: string,
    private readonly target: Target,
  ) {}

  /** @throws CommandFailure where it is not said where and with what to ask. */
  static async to(target: Target, { url, secretFile }: TargetOptions, terminal: Terminal): Promise<RestClient> {
    const base = url ?? (terminal.env[target.urlVariable] || target.usualUrl);
    const parsed = URL.canParse(base) ? new URL(base) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.search !== '') {
      const remedy = `give --url, or ${target.urlVariable}, as ${target.usualUrl}, without credentials`;
      throw new CommandFailure(`That is not an address: ${remedy}.`, EXIT.usage);
    }
    return new RestClient(base.replace(/\/+$/, ''), await secretOf(target, secretFile, terminal), target);
  }

  /**
   * @returns an answer that is good.
   * @throws CommandFailure
   */
  async ask({ method, path, headers, body }: RestRequest): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.base}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${this.secret}`,
          'user-agent': 'nestgate-cli',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new CommandFailure(this.unreachable(error), EXIT.unreachable);
    }
    if (response.ok) return response;
    throw new CommandFailure(await this.complaintOf(response), exitCodeOf(response.status));
  }

  private unreachable(error: unknown): string {
    const { what, urlVariable } = this.target;
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = isObject(cause) && typeof cause['code'] === 'string' ? ` (${cause['code']})` : '';
    return `${what} does not answer at ${this.base}${reason}: start it, or say where it is with --url or ${urlVariable}.`;
  }

  /** Problem details, or OpenAI's envelope, as a sentence. */
  private async complaintOf(response: Response): Promise<string> {
    const answer = parseJson(await response.text().catch(() => ''));
    const error = isObject(answer) && isObject(answer['error']) ? answer['error'] : answer;
    const told = isObject(error) ? (error['detail'] ?? error['message']) : undefined;
    if (!isObject(error) || typeof told !== 'string') {
      const { what, urlVariable } = this.target;
      return `${what} is not what answers at ${this.base} (status ${response.status}): correct --url or ${urlVariable}.`;
    }
    const details = [
      ...(typeof error['code'] === 'string' ? [error['code']] : []),
      ...(typeof error['param'] === 'string' ? [`parameter ${error['param']}`] : []),
      `request ${String(response.headers.get('x-request-id') ?? error['request_id'])}`,
    ];
    return plain(`${told} (${details.join(', ')})`);
  }
}

async function secretOf(target: Target, file: string | undefined, terminal: Terminal): Promise<string> {
  const { secretVariable, fileOption } = target;
  const secret = file === undefined ? terminal.env[secretVariable] : await contentOf(file, fileOption, terminal);
  const trimmed = secret?.trim() ?? '';
  if (trimmed === '') {
    const missing = file === undefined ? `${secretVariable} is not set` : `The file of ${fileOption} is empty`;
    throw new CommandFailure(
      `${missing}: set ${secretVariable}, or name a file that holds it with ${fileOption}.`,
      EXIT.usage,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    const where = file === undefined ? secretVariable : `The file of ${fileOption}`;
    throw new CommandFailure(`${where} holds more than one secret, or none: put it there alone.`, EXIT.usage);
  }
  return trimmed;
}

async function contentOf(file: string, option: string, { directory }: Terminal): Promise<string> {
  try {
    return await readFile(resolve(directory, file), 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new CommandFailure(`The file of ${option} cannot be read${reason}: name another.`, EXIT.usage);
  }
}
