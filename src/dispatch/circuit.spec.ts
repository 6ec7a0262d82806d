import { describe, expect, it } from 'vitest';
import { Circuit } from './circuit.js';

const call = {};
const other = {};

/** A circuit on a clock that the test moves. */
class Stage {
  now = 1_000;
  readonly circuit = new Circuit(this.now);

  after(milliseconds: number): this {
    this.now += milliseconds;
    return this;
  }

  /** @returns whether the last of them opened it. */
  fail(times: number, by: object = call): boolean {
    let opened = false;
    for (let time = 0; time < times; time++) opened = this.circuit.failed(by, this.now);
    return opened;
  }

  succeed(times: number): void {
    for (let time = 0; time < times; time++) this.circuit.succeeded();
  }

  admits(by: object = call): boolean {
    return this.circuit.admits(by, this.now);
  }
}

describe('a closed circuit', () => {
  it('opens with the fifth failure in a row, and not before', () => {
    const stage = new Stage();
    expect(stage.fail(4)).toBe(false);
    expect(stage.admits()).toBe(true);
    expect(stage.fail(1)).toBe(true);
    expect(stage.admits()).toBe(false);
    expect(stage.circuit.openFor).toBe(5_000);
  });

  it('begins to count anew with each success', () => {
    const stage = new Stage();
    stage.fail(4);
    stage.succeed(1);
    expect(stage.fail(4)).toBe(false);
  });

  it('counts failures in a row however far apart', () => {
    const stage = new Stage();
    for (let time = 0; time < 4; time++) stage.after(11_000).fail(1);
    expect(stage.after(11_000).fail(1)).toBe(true);
  });

  it('opens when half of twenty tries fail within ten seconds', () => {
    const stage = new Stage();
    for (let time = 0; time < 9; time++) {
      stage.fail(1);
      stage.succeed(1);
    }
    stage.succeed(1);
    expect(stage.circuit.isOpen).toBe(false);
    expect(stage.fail(1)).toBe(true);
  });

  it.each([
    ['of fewer tries', 9, 0],
    ['of tries that are longer ago', 10, 10_001],
  ])('does not open when half fail %s', (_name, pairs, pause) => {
    const stage = new Stage();
    for (let time = 0; time < pairs; time++) {
      stage.succeed(1);
      if (time === pairs - 1) stage.after(pause);
      expect(stage.fail(1)).toBe(false);
    }
  });

  it('is quiet when nothing has failed for ten seconds', () => {
    const stage = new Stage();
    stage.fail(1);
    expect(stage.circuit.isQuiet(stage.now + 10_000)).toBe(false);
    expect(stage.circuit.isQuiet(stage.now + 10_001)).toBe(true);
    stage.fail(4);
    expect(stage.circuit.isQuiet(stage.now + 10_001)).toBe(false);
  });
});

describe('an open circuit', () => {
  const opened = (): Stage => {
    const stage = new Stage();
    stage.fail(5);
    return stage;
  };

  it('lets one probe through when its time is over', () => {
    const stage = opened();
    expect(stage.after(4_999).admits()).toBe(false);
    expect(stage.after(1).admits()).toBe(true);
    expect(stage.admits(other)).toBe(false);
    expect(stage.circuit.isHalfOpen(stage.now)).toBe(true);
  });

  it('closes when the probe goes well', () => {
    const stage = opened();
    stage.after(5_000).admits();
    expect(stage.circuit.answered(stage.now)).toBe(true);
    expect(stage.admits(other)).toBe(true);
    expect(stage.fail(4)).toBe(false);
  });

  it('opens for twice as long each time that a probe fails, up to a minute', () => {
    const stage = opened();
    const times = [10_000, 20_000, 40_000, 60_000, 60_000].map(() => {
      stage.after(stage.circuit.openFor).admits();
      expect(stage.fail(1)).toBe(true);
      return stage.circuit.openFor;
    });
    expect(times).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(stage.after(59_999).admits()).toBe(false);
  });

  it('lets another probe through when the first says nothing, or never comes back', () => {
    const stage = opened();
    stage.after(5_000).admits();
    stage.circuit.ignored(other);
    expect(stage.admits(other)).toBe(false);
    stage.circuit.ignored(call);
    expect(stage.admits(other)).toBe(true);
    expect(stage.after(59_999).admits()).toBe(false);
    expect(stage.after(1).admits()).toBe(true);
  });

  it('takes no notice of what was under way when it opened', () => {
    const stage = opened();
    expect(stage.circuit.answered(stage.now - 1)).toBe(false);
    expect(stage.fail(10, other)).toBe(false);
    expect(stage.circuit.openFor).toBe(5_000);
  });

  it('closes when a try goes well that was made all the same', () => {
    const stage = opened();
    expect(stage.after(1).circuit.answered(stage.now)).toBe(true);
  });
});
