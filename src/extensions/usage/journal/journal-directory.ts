import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { isObject, parseJson } from '../../../protocol/json.js';

const OWNED = 'owner-';
const ADOPTED = 'adopted-';
const OWNER_FILE = 'owner.json';
/** One of another machine or container that has given no sign of life for so long is dead. */
const SILENT_MS = 30_000;

/** Which process it is that writes to a folder. */
interface Owner {
  readonly pid: number;
  /** When the process began, as its machine counts; `null` where that is not told. */
  readonly began: string | null;
  /** The machine and the space of process ids: within one of them a process can be looked for. */
  readonly place: string;
}

/**
 * The folder of the journals: each process writes into one of its own, and takes over those of processes that are dead.
 * A folder changes hands by being renamed, which succeeds for one of several who try.
 */
export class JournalDirectory {
  /** Of this process, and of this journal in it. */
  readonly own: string;
  private readonly ownerFile: string;
  /** The last signs of life of others, and when they were seen here: their clocks are not ours. */
  private readonly signs = new Map<string, { readonly saidAt: number; readonly seenAt: number }>();

  /** @throws what the file system has against it. */
  constructor(readonly root: string) {
    const id = randomUUID();
    this.own = join(root, `${OWNED}${id}`);
    this.ownerFile = join(this.own, OWNER_FILE);
    // Never seen without its owner: a folder without one may be taken.
    const unfinished = join(root, `new-${id}`);
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    writeFileSync(join(unfinished, OWNER_FILE), JSON.stringify(THIS_PROCESS));
    renameSync(unfinished, this.own);
  }

  /** A sign of life. @returns whether the folder is still there and ours. */
  touch(): boolean {
    const now = new Date();
    try {
      utimesSync(this.ownerFile, now, now);
      return true;
    } catch {
      return false;
    }
  }

  /** Takes over what dead processes have left. @returns their folders, now within our own. */
  adopt(): string[] {
    const adopted: string[] = [];
    const names = namesIn(this.root);
    for (const folder of this.signs.keys()) if (!names.includes(basename(folder))) this.signs.delete(folder);
    for (const name of names) {
      const path = join(this.root, name);
      if (!name.startsWith(OWNED) || path === this.own || this.isAlive(path)) continue;
      const taken = join(this.own, `${ADOPTED}${name.slice(OWNED.length)}`);
      if (!moved(path, taken)) continue;
      // What that one had taken over itself, and not come to the end of.
      for (const inner of namesIn(taken)) {
        if (!inner.startsWith(ADOPTED)) continue;
        const innerTaken = join(this.own, inner);
        if (moved(join(taken, inner), innerTaken)) adopted.push(innerTaken);
      }
      adopted.push(taken);
    }
    return adopted;
  }

  private isAlive(folder: string): boolean {
    const path = join(folder, OWNER_FILE);
    let owner: unknown;
    let saidAt: number;
    try {
      owner = parseJson(readFileSync(path, 'utf8'));
      saidAt = statSync(path).mtimeMs;
    } catch (error) {
      // Left on purpose where there is none; what cannot be read is not for us.
      return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
    }
    if (isObject(owner) && owner['place'] === THIS_PROCESS.place && typeof owner['pid'] === 'number') {
      return isRunning(owner['pid'], owner['began']);
    }
    return this.hasSpokenLately(folder, saidAt);
  }

  private hasSpokenLately(folder: string, saidAt: number): boolean {
    const now = performance.now();
    const sign = this.signs.get(folder);
    if (sign?.saidAt === saidAt) return now - sign.seenAt < SILENT_MS;
    this.signs.set(folder, { saidAt, seenAt: now });
    return true;
  }

  /** Nobody writes to it any longer. @param isNeeded whether it is to be left for who comes next. */
  leave(isNeeded: boolean): void {
    const isHeld = isNeeded || namesIn(this.own).some((name) => name.startsWith(ADOPTED));
    rmSync(isHeld ? this.ownerFile : this.own, { recursive: true, force: true });
  }
}

/** The files of a folder in the order in which they were written. */
export function segmentsIn(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.journal'))
    .sort()
    .map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function isRunning(pid: number, began: unknown): boolean {
  if (THIS_PROCESS.began !== null) return began === beginOf(pid);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Linux tells when a process began, so that one is not taken for another that had its number before. */
function beginOf(pid: number | 'self'): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // One that is dead, and that nobody has asked about.
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}

function placeOfThisProcess(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${statSync('/proc/self/ns/pid').ino}`;
  } catch {
    return hostname();
  }
}

const THIS_PROCESS: Owner = { pid: process.pid, began: beginOf('self'), place: placeOfThisProcess() };
