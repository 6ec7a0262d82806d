import { type LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { KnownNames, type Resolve } from './known-names.js';

const NAME = 'api.example.com';
const at = (...addresses: string[]): LookupAddress[] => addresses.map((address) => ({ address, family: 4 }));
const failed = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** A name server whose answers the test gives, and what was found by whom. */
class Stage {
  readonly asked: ((answer: LookupAddress[] | NodeJS.ErrnoException) => void)[] = [];
  readonly names = new KnownNames(this.resolve.bind(this) as Resolve);

  /** What somebody gets who wants a connection now; `waits` where it is not there yet. */
  find(name = NAME): { result: string } {
    const found = { result: 'waits' };
    this.names.lookup(name, {}, (error, addresses) => {
      found.result = error?.code ?? addresses.map(({ address }) => address).join(' ');
    });
    return found;
  }

  async know(...addresses: string[]): Promise<void> {
    const found = this.find();
    this.asked.at(-1)?.(at(...addresses));
    await settle();
    expect(found.result).toBe(addresses.join(' '));
  }

  private resolve(_name: string, _options: object, answer: Parameters<Resolve>[2]): void {
    this.asked.push((given) => (given instanceof Error ? answer(given, []) : answer(null, given)));
  }
}

const settle = (): Promise<void> => Promise.resolve();

beforeEach(() => {
  Logger.overrideLogger(false);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  Logger.overrideLogger(undefined as never);
});

// R28.
describe('the addresses of a host', () => {
  it('are asked for once by all who want them at a time, and not again for ten seconds', async () => {
    const stage = new Stage();
    const [one, other] = [stage.find(), stage.find()];
    expect([one.result, other.result, stage.asked.length]).toEqual(['waits', 'waits', 1]);
    stage.asked[0]?.(at('203.0.113.1', '203.0.113.2'));
    expect([one.result, other.result]).toEqual(['203.0.113.1 203.0.113.2', '203.0.113.1 203.0.113.2']);
    vi.advanceTimersByTime(9_999);
    const later = stage.find();
    await settle();
    expect([later.result, stage.asked.length]).toEqual(['203.0.113.1 203.0.113.2', 1]);
  });

  it('that have changed are found after that', async () => {
    const stage = new Stage();
    await stage.know('203.0.113.1');
    vi.advanceTimersByTime(10_000);
    await stage.know('203.0.113.9');
    expect(stage.asked.length).toBe(2);
  });

  it('are asked for at once where nobody could be reached', async () => {
    const stage = new Stage();
    await stage.know('203.0.113.1');
    stage.names.distrust(NAME);
    await stage.know('203.0.113.9');
    expect(stage.asked.length).toBe(2);
  });

  it.each(['EAI_AGAIN', 'ESERVFAIL', 'EAI_FAIL'])(
    'stand in for five minutes while the name server answers with %s, and no longer',
    async (code) => {
      const stage = new Stage();
      await stage.know('203.0.113.1');
      for (const seconds of [10, 50, 239]) {
        vi.advanceTimersByTime(seconds * 1_000);
        const found = stage.find();
        stage.asked.at(-1)?.(failed(code));
        expect(found.result).toBe('203.0.113.1');
      }
      vi.advanceTimersByTime(1_000);
      const found = stage.find();
      stage.asked.at(-1)?.(failed(code));
      expect(found.result).toBe(code);
    },
  );

  it('stand in after half a second of silence, for others at once, and the answer counts when it comes', async () => {
    const stage = new Stage();
    await stage.know('203.0.113.1');
    vi.advanceTimersByTime(10_000);
    const first = stage.find();
    vi.advanceTimersByTime(499);
    expect(first.result).toBe('waits');
    vi.advanceTimersByTime(1);
    expect(first.result).toBe('203.0.113.1');
    const second = stage.find();
    vi.advanceTimersByTime(0);
    expect([second.result, stage.asked.length]).toEqual(['203.0.113.1', 2]);
    // Another name has nothing to do with it.
    const other = stage.find('other.example.com');
    stage.asked.at(-1)?.(at('203.0.113.5'));
    expect(other.result).toBe('203.0.113.5');
    stage.asked[1]?.(at('203.0.113.9'));
    const third = stage.find();
    await settle();
    expect([first.result, second.result, third.result]).toEqual(['203.0.113.1', '203.0.113.1', '203.0.113.9']);
  });

  it('do not stand in for those of a name that there is no more', async () => {
    const stage = new Stage();
    await stage.know('203.0.113.1');
    vi.advanceTimersByTime(10_000);
    const found = stage.find();
    stage.asked.at(-1)?.(failed('ENOTFOUND'));
    expect(found.result).toBe('ENOTFOUND');
  });

  it('that were never known are waited for', () => {
    const stage = new Stage();
    const found = stage.find();
    vi.advanceTimersByTime(60_000);
    expect(found.result).toBe('waits');
    stage.asked[0]?.(failed('EAI_AGAIN'));
    expect(found.result).toBe('EAI_AGAIN');
  });

  it('are counted with the time that they took, by how it ended', async () => {
    const stage = new Stage();
    await stage.know('203.0.113.1');
    vi.advanceTimersByTime(10_000);
    stage.find();
    expect(stage.names.underWay).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(stage.names.standIns).toBe(1);
    stage.asked.at(-1)?.(failed('EAI_AGAIN'));
    stage.find();
    stage.asked.at(-1)?.(failed('ENOTFOUND'));
    expect(stage.names.underWay).toBe(0);
    expect(stage.names.lookups).toEqual({
      found: { count: 1, seconds: 0 },
      failed: { count: 1, seconds: 2 },
      not_found: { count: 1, seconds: 0 },
    });
    // One that was answered too late stood in, and one that is not there has nobody to.
    expect(stage.names.standIns).toBe(1);
  });
});
