import { beforeAll, describe, expect, it } from 'vitest';
import { NOT_CARRIED_OVER, notCarriedOver } from './not-carried-over.js';
import { chunksOf, inStreamError, type Json } from './openai-reader.js';
import {
  chats,
  type Exchange,
  isFailed,
  isStream,
  kindOf,
  kinds,
  operations,
  others,
  pathOf,
  Playback,
  type Recording,
  recordingsAvailable,
  requestBody,
  requestText,
  responseBytes,
} from './openai-recordings.js';

interface Played extends Exchange {
  readonly recording: Recording;
}

/** What a provider said in an error that the client is not told: the names of the members. */
function lostMembers({ recording, text }: Played): string[] {
  const chunks = isStream(recording)
    ? chunksOf(responseBytes(recording).toString())
    : [recording.response.body as Json];
  const { error, ...beside } = chunks.at(-1) ?? {};
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const told = Object.values(errorOf(last.replace(/^data: /, '')));
  const lost = (members: Json): string[] =>
    Object.entries(members).flatMap(([name, value]) =>
      told.includes(value) || told.includes(String(value)) ? [] : name,
    );
  // Mistral has no envelope.
  if (error === undefined) return lost(beside).map((name) => `error.${name}`);
  return [...lost(error as Json).map((name) => `error.${name}`), ...lost(beside)];
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();

describe.skipIf(!recordingsAvailable)('the list of what is not carried over', () => {
  const played: Played[] = [];
  /** What the gateway refused by itself of the requests as recorded. */
  const refused: { recording: string; param: unknown }[] = [];
  const absent: [path: string, status: number, code: unknown][] = [];

  beforeAll(async () => {
    for (const kind of kinds) {
      const playback = await Playback.start(kind);
      for (const recording of recorded.filter((one) => kindOf(one) === kind)) {
        played.push({ recording, ...(await playback.exchange(recording)) });
        const { dispatches } = playback.upstream;
        const { text } = await playback.post(
          pathOf(recording),
          requestText(recording.request.body ?? requestBody(recording)),
        );
        if (playback.upstream.dispatches === dispatches) {
          refused.push({ recording: recording.id, param: errorOf(text)['param'] });
        }
      }
      await playback.close();
    }
    const playback = await Playback.start('openai');
    for (const { path } of notCarriedOver('operation')) {
      const { status, text } = await playback.post(path, '{}');
      absent.push([path, status, errorOf(text)['code']]);
    }
    await playback.close();
  });

  it('names the operations that are recorded, and that the gateway does not have', () => {
    expect(unique(others.map(({ operation }) => operation))).toEqual(names('operation'));
    expect(absent).toEqual(notCarriedOver('operation').map(({ path }) => [path, 404, 'unknown_url']));
  });

  it('names the recordings without a request', () => {
    const without = recorded.filter(({ request }) => !request.body).map(({ id }) => id);
    expect(unique(notCarriedOver('request').map(({ recording }) => recording))).toEqual(unique(without));
  });

  it('names the requests that the gateway refuses', () => {
    expect(notCarriedOver('refused request').map(({ recording, param }) => ({ recording, param }))).toEqual(refused);
  });

  it('names the calls whose cost is an estimate', () => {
    const estimated = played.filter(({ record }) => record.grade === 'estimated').map(({ recording }) => recording.id);
    expect(unique(notCarriedOver('usage').map(({ recording }) => recording))).toEqual(unique(estimated));
    const without = played.filter(({ record }) => record.grade === 'none').map(({ recording }) => recording.id);
    expect(unique(without)).toEqual(unique(recorded.filter(isFailed).map(({ id }) => id)));
  });

  it('names what of an error is not told', () => {
    const members = played
      .filter(({ recording }) => isFailed(recording) || inStreamError(recording) !== undefined)
      .map(lostMembers);
    const lost = unique(members.flat());
    expect(unique(notCarriedOver('error member').map(({ name }) => name))).toEqual(lost);
  });

  it('names the headers that are not sent on', () => {
    const lost = played.flatMap(({ recording, headers }) =>
      Object.entries(recording.response.headers)
        .filter(([name, value]) => headers.get(name) !== value)
        .map(([name]) => name.replace(/^x-ratelimit-.*/, 'x-ratelimit-*')),
    );
    expect(names('header')).toEqual(unique(lost));
  });

  it('gives a reason for each', () => {
    for (const { reason } of NOT_CARRIED_OVER) expect(reason).toMatch(/^\p{Lu}.+\.$/u);
  });
});

/** What is played. */
const recorded = [...chats, ...operations];

const names = (what: 'operation' | 'header'): string[] => unique(notCarriedOver(what).map(({ name }) => name));

const errorOf = (text: string): Json =>
  (text.startsWith('{') ? ((JSON.parse(text) as Json)['error'] as Json) : {}) ?? {};
